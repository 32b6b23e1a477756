//! The file: how it is made, known again, and told from other files.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::sql::{Raw, int};
use crate::{Head, LedgerError};

/// Stands in the file's header, so that `file` and we can tell a ledger: "Toll".
const APPLICATION_ID: i64 = 0x546F_6C6C;

/// Raised when a ledger can't be read by what came before.
const FORMAT: i64 = 1;

/// How long a writer waits for another. Appends take milliseconds; this is for a stalled disk.
const PATIENCE: Duration = Duration::from_secs(10);

/// Enough that no statement of ours is ever prepared twice.
const STATEMENTS: usize = 64;

const TABLES: &str = "
    CREATE TABLE entry (
        seq INTEGER PRIMARY KEY CHECK (seq > 0),
        at INTEGER NOT NULL,
        prev BLOB NOT NULL,
        hash BLOB NOT NULL,
        kind TEXT NOT NULL,
        body TEXT NOT NULL
    ) STRICT;
    CREATE TABLE head (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        seq INTEGER NOT NULL,
        hash BLOB NOT NULL
    ) STRICT;
    CREATE TABLE cursor (name TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE view_version (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER) STRICT;
    INSERT INTO view_version VALUES (1, 0);
";

pub(crate) fn open(path: &Path) -> Result<Connection, LedgerError> {
    let mut conn = Connection::open(path)?;
    prepare(&mut conn, &path.display().to_string())?;
    Ok(conn)
}

pub(crate) fn open_in_memory() -> Result<Connection, LedgerError> {
    let mut conn = Connection::open_in_memory()?;
    prepare(&mut conn, "memory")?;
    Ok(conn)
}

pub(crate) fn open_read_only(path: &Path) -> Result<Connection, LedgerError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(PATIENCE)?;
    let path = path.display().to_string();
    match recognise(&conn, &path)? {
        Known::Ledger => Ok(conn),
        Known::Empty => Err(LedgerError::NotALedger { path }),
    }
}

/// Nothing is written to a file before it is known to be empty or ours.
fn prepare(conn: &mut Connection, path: &str) -> Result<(), LedgerError> {
    conn.busy_timeout(PATIENCE)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    recognise(conn, path)?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "foreign_keys", false)?;
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if let Known::Empty = recognise(&tx, path)? {
        create(&tx)?;
    }
    Ok(tx.commit()?)
}

enum Known {
    Empty,
    Ledger,
}

fn recognise(conn: &Connection, path: &str) -> Result<Known, LedgerError> {
    let path = || path.to_owned();
    let id = pragma(conn, "application_id").map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => LedgerError::NotALedger { path: path() },
        _ => error.into(),
    })?;
    let objects: i64 = conn.query_row("SELECT count(*) FROM sqlite_master", [], |r| r.get(0))?;
    match (id, objects, pragma(conn, "user_version")?) {
        (0, 0, 0) => Ok(Known::Empty),
        (APPLICATION_ID, _, found) if found > FORMAT => {
            Err(LedgerError::NewerFormat { path: path(), found, known: FORMAT })
        }
        (APPLICATION_ID, _, FORMAT) => Ok(Known::Ledger),
        _ => Err(LedgerError::NotALedger { path: path() }),
    }
}

fn pragma(conn: &Connection, name: &str) -> rusqlite::Result<i64> {
    conn.pragma_query_value(None, name, |row| row.get(0))
}

fn create(conn: &Connection) -> Result<(), LedgerError> {
    let head = Head::genesis();
    conn.execute_batch(TABLES)?;
    conn.execute("INSERT INTO head VALUES (1, ?1, ?2)", (int(head.seq), Raw(head.hash)))?;
    conn.pragma_update(None, "application_id", APPLICATION_ID)?;
    conn.pragma_update(None, "user_version", FORMAT)?;
    Ok(())
}
