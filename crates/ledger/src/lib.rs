//! The append-only, hash-chained record of [`tollgate_model::Fact`], in one SQLite file.
//!
//! A fact is appended before anything acts on it, at a sequence number that the writer expects:
//! of two writers that decide on the same head, exactly one gets it. Each entry's hash covers the
//! entry before, so that [`Ledger::verify`] names the first place where history was changed.
//! Beside the entries stand *views*: tables that only answer questions fast, are updated in the
//! same transaction, and can be dropped and rebuilt at any time.
//!
//! What is absent: a clock (times are handed in), deletion, update, and any knowledge of what the
//! facts mean beyond which transitions are legal, which the model says.
//!
//! What the chain can't show: a person who rewrites the last entries *and* the head row makes a
//! shorter ledger that is sound in itself. Only an anchor outside catches that: compare
//! [`Ledger::head`] with a head that was written down elsewhere, such as in a promotion's commit.

mod append;
mod chain;
mod compare;
mod cursor;
mod error;
mod fold;
mod ledger;
mod query;
mod schema;
mod sql;
mod stored;
mod verify;
mod views;

pub use chain::{Entry, Head};
pub use error::LedgerError;
pub use ledger::Ledger;
pub use query::{CachedResult, JudgedRun, LiveDigest, RunSummary, StepCounts, StepOutcome};
pub use verify::{Corruption, Damage, verify_file};
