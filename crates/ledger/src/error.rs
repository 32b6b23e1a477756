//! Why the ledger refused or could not do something.

use tollgate_model::IllegalTransition;

/// What can go wrong with a ledger.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Someone else appended in between; read on and decide again.
    #[error("the ledger stands at entry {actual}, not {expected}: another engine appended to it")]
    Conflict {
        /// The head that the writer decided on.
        expected: u64,
        /// The head that is there.
        actual: u64,
    },
    /// A fact can't follow on what is there. Nothing was appended.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
    /// The file is something else.
    #[error("{path} is not a Tollgate ledger")]
    NotALedger {
        /// The file.
        path: String,
    },
    /// The file was written by a later Tollgate.
    #[error(
        "{path} is a ledger of format {found}, and this Tollgate knows formats up to {known}: \
         use the Tollgate that wrote it, or a later one"
    )]
    NewerFormat {
        /// The file.
        path: String,
        /// Its format.
        found: i64,
        /// The newest format that is known here.
        known: i64,
    },
    /// An entry is not what was written.
    #[error("entry {seq} of the ledger is damaged: {why}")]
    Damaged {
        /// Which entry.
        seq: u64,
        /// What is wrong with it.
        why: String,
    },
    /// A cursor was set past the last entry.
    #[error("cursor `{name}` can't stand at entry {seq}: the ledger ends at {head}")]
    CursorPastHead {
        /// Whose cursor.
        name: String,
        /// Where it was to be set.
        seq: u64,
        /// The last entry.
        head: u64,
    },
    /// The database below failed.
    #[error("the ledger's database failed: {0}")]
    Database(#[from] rusqlite::Error),
}
