//! The file: how it is made, known again, and told from other files.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::sql::{Raw, int};
use crate::{Head, LedgerError};

/// Stands in the file's header, so that `file` and we can tell a ledger: "Toll".
const APPLICATION_ID: i64 = 0x546F_6C6C;

/// Raised when a ledger can't be read by what came before.
const FORMAT: i64 = 1;

/// How long a writer waits for another. Appends take milliseconds; this is for a stalled disk.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often the journal is tried: only a crowd that opens one new ledger needs more than two.
const TRIES: u32 = 1_000;

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
    use_log(conn)?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "foreign_keys", false)?;
    // Else SQLite plans a statement anew whenever another key is bound to it.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Pages (1 MiB). What stands in the log alone no verification covers: keep it short. The last
    // handle to close moves all of it into the file.
    conn.pragma_update(None, "wal_autocheckpoint", 256)?;
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if let Known::Empty = recognise(&tx, path)? {
        create(&tx)?;
    }
    Ok(tx.commit()?)
}

/// Changing the journal is the one thing for which SQLite does not wait: of two handles that begin
/// a ledger at once, one is told that it is locked. An empty transaction waits for the other.
fn use_log(conn: &mut Connection) -> Result<(), LedgerError> {
    let mut tries = 0;
    loop {
        match conn.pragma_update(None, "journal_mode", "WAL") {
            Err(error) if tries < TRIES && is_busy(&error) => tries += 1,
            done => return Ok(done?),
        }
        conn.transaction_with_behavior(TransactionBehavior::Immediate)?.commit()?;
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

const IDENTITY: &str = "
    SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)
    FROM pragma_application_id, pragma_user_version
";

enum Known {
    Empty,
    Ledger,
}

/// In one statement, so that a ledger that another is just beginning is seen whole or not at all.
fn recognise(conn: &Connection, path: &str) -> Result<Known, LedgerError> {
    let path = || path.to_owned();
    let found = conn.query_row(IDENTITY, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    let found: (i64, i64, i64) = found.map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => LedgerError::NotALedger { path: path() },
        _ => error.into(),
    })?;
    match found {
        (0, 0, 0) => Ok(Known::Empty),
        (APPLICATION_ID, found, _) if found > FORMAT => {
            Err(LedgerError::NewerFormat { path: path(), found, known: FORMAT })
        }
        (APPLICATION_ID, FORMAT, _) => Ok(Known::Ledger),
        _ => Err(LedgerError::NotALedger { path: path() }),
    }
}

fn create(conn: &Connection) -> Result<(), LedgerError> {
    let head = Head::genesis();
    conn.execute_batch(TABLES)?;
    conn.execute("INSERT INTO head VALUES (1, ?1, ?2)", (int(head.seq), Raw(head.hash)))?;
    conn.pragma_update(None, "application_id", APPLICATION_ID)?;
    conn.pragma_update(None, "user_version", FORMAT)?;
    Ok(())
}
