//! An entry as it stands in the table.

use rusqlite::Row;
use tollgate_model::{Digest, Fact};

use crate::chain::Link;
use crate::sql::{Raw, uint};

/// The columns `seq, at, prev, hash, kind, body` of a row, unparsed.
pub(crate) struct Stored<'r> {
    pub(crate) seq: u64,
    pub(crate) at: i64,
    pub(crate) prev: Digest,
    pub(crate) hash: Digest,
    kind: &'r [u8],
    body: &'r [u8],
}

impl<'r> Stored<'r> {
    pub(crate) fn read(row: &'r Row<'_>) -> rusqlite::Result<Self> {
        let (Raw(prev), Raw(hash)) = (row.get(2)?, row.get(3)?);
        Ok(Self {
            seq: uint(row.get(0)?),
            at: row.get(1)?,
            prev,
            hash,
            kind: row.get_ref(4)?.as_bytes().unwrap_or_default(),
            body: row.get_ref(5)?.as_bytes().unwrap_or_default(),
        })
    }

    /// Whether its hash is that of its content, had it been written as entry `seq`.
    pub(crate) fn was_written_as(&self, seq: u64) -> bool {
        let Self { at, prev, kind, body, .. } = *self;
        Link { prev, seq, at, kind, body }.hash() == self.hash
    }

    /// What happened, else why that can't be told.
    pub(crate) fn fact(&self) -> Result<Fact, String> {
        let fact: Fact = serde_json::from_slice(self.body).map_err(|error| error.to_string())?;
        if fact.kind().as_bytes() == self.kind {
            return Ok(fact);
        }
        Err(format!("it is kept as `{}`", String::from_utf8_lossy(self.kind)))
    }
}
