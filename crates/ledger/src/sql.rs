//! Between SQLite's words and ours.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use tollgate_model::Digest;

/// A sequence number or a run's number. SQLite's integers are signed; 2^63 entries never happen.
pub(crate) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Back again. A negative number was not written by us; it becomes one that is not there.
pub(crate) fn uint(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// A digest as 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Raw(pub(crate) Digest);

impl ToSql for Raw {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_bytes())))
    }
}

impl FromSql for Raw {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let bytes = value.as_blob()?;
        let bytes = <[u8; 32]>::try_from(bytes).map_err(|_| FromSqlError::InvalidType)?;
        Ok(Self(Digest::from_bytes(bytes)))
    }
}
