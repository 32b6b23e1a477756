//! Cursors: how far each observer has read. They are its own affair, so they are neither facts
//! nor part of the chain.

use rusqlite::{Connection, OptionalExtension};

use crate::LedgerError;
use crate::append::read_head;
use crate::sql::{int, uint};

pub(crate) fn get(conn: &Connection, name: &str) -> Result<u64, LedgerError> {
    let mut statement = conn.prepare_cached("SELECT seq FROM cursor WHERE name = ?1")?;
    let seq: Option<i64> = statement.query_row([name], |row| row.get(0)).optional()?;
    Ok(seq.map_or(0, uint))
}

/// Never backwards: of two observers by the same name, the one behind changes nothing.
pub(crate) fn advance(conn: &Connection, name: &str, seq: u64) -> Result<(), LedgerError> {
    let head = read_head(conn)?.seq;
    if seq > head {
        return Err(LedgerError::CursorPastHead { name: name.to_owned(), seq, head });
    }
    let sql = "INSERT INTO cursor VALUES (?1, ?2)
        ON CONFLICT (name) DO UPDATE SET seq = max(seq, excluded.seq)";
    conn.prepare_cached(sql)?.execute((name, int(seq)))?;
    Ok(())
}
