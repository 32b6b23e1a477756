//! The ledger as others see it.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};
use tollgate_model::{
    Digest, EnvironmentRecord, Fact, ReleaseId, ReleaseRecorded, RunId, RunRecord, StepId,
    StepStarted, Timestamp,
};

use crate::append::{self, Standing};
use crate::views::{self, Views};
use crate::{
    CachedResult, Corruption, Entry, Head, JudgedRun, LedgerError, LiveDigest, RunSummary,
    StepOutcome, cursor, query, schema, verify,
};

/// A handle on a ledger. Several may be open on one file, in one process or in many.
pub struct Ledger {
    conn: Connection,
    /// How the open runs stood after our own last append, so that the next one need not look.
    standing: Option<Standing>,
}

impl Ledger {
    /// Opens the ledger in `path`, or begins one there.
    ///
    /// # Errors
    /// The file is something else, is of a later format, or can't be read or written.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        Self::with_views(schema::open(path)?)
    }

    /// A ledger that is gone with its handle: for tests.
    ///
    /// # Errors
    /// SQLite can't be set up.
    pub fn open_in_memory() -> Result<Self, LedgerError> {
        Self::with_views(schema::open_in_memory()?)
    }

    fn with_views(conn: Connection) -> Result<Self, LedgerError> {
        let mut ledger = Self { conn, standing: None };
        if append::view_version(&ledger.conn)? != views::VERSION {
            ledger.rebuild_views()?;
        }
        Ok(ledger)
    }

    /// Where the ledger ends.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn head(&self) -> Result<Head, LedgerError> {
        append::read_head(&self.conn)
    }

    /// Appends all of `facts` after entry `expected`, or nothing. They are on disk when this
    /// returns. Facts that can't follow on what is there are refused.
    ///
    /// # Errors
    /// [`LedgerError::Conflict`] where another got in between, [`LedgerError::Illegal`] where a
    /// fact can't follow; or the database failed.
    pub fn append(
        &mut self,
        expected: u64,
        at: Timestamp,
        facts: &[Fact],
    ) -> Result<Head, LedgerError> {
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let head = append::read_head(&tx)?;
        if head.seq != expected {
            return Err(LedgerError::Conflict { expected, actual: head.seq });
        }
        // Taken out, so that a failure below leaves no half-applied fold behind.
        let mut standing = match self.standing.take().filter(|known| known.seq == head.seq) {
            Some(known) => known,
            None => Standing::load(&tx, head)?,
        };
        let head = append::append(&tx, head, &mut standing.fold, at, facts)?;
        tx.commit()?;
        self.standing = Some(Standing { seq: head.seq, ..standing });
        Ok(head)
    }

    /// At most `limit` entries after entry `after`, in order.
    ///
    /// # Errors
    /// The database can't be read, or an entry is damaged.
    pub fn read(&self, after: u64, limit: usize) -> Result<Vec<Entry>, LedgerError> {
        query::read(&self.conn, after, limit)
    }

    /// All entries of a run, in order.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn run_entries(&self, run: RunId) -> Result<Vec<Entry>, LedgerError> {
        query::run_entries(&self.conn, run)
    }

    /// A run, folded from its entries.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn run(&self, run: RunId) -> Result<Option<RunRecord>, LedgerError> {
        query::run(&self.conn, run)
    }

    /// The run that began last. Numbers only grow: the next run's must be greater.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn last_run(&self) -> Result<Option<RunId>, LedgerError> {
        query::last_run(&self.conn)
    }

    /// At most `limit` runs, newest first.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn runs(&self, limit: usize) -> Result<Vec<RunSummary>, LedgerError> {
        query::runs(&self.conn, limit)
    }

    /// Runs that began and have not finished, oldest first.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn open_runs(&self) -> Result<Vec<RunId>, LedgerError> {
        query::open_runs(&self.conn)
    }

    /// The newest pass of a step with this key.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn passed_with_key(&self, key: &Digest) -> Result<Option<CachedResult>, LedgerError> {
        query::passed_with_key(&self.conn, key)
    }

    /// How a step last began in a run before `before`, to explain why it runs again.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn last_started(
        &self,
        step: &StepId,
        before: RunId,
    ) -> Result<Option<StepStarted>, LedgerError> {
        query::last_started(&self.conn, step, before)
    }

    /// How a step ended in the last runs in which it ran, newest first: for its flakiness.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn step_history(
        &self,
        step: &StepId,
        limit: usize,
    ) -> Result<Vec<StepOutcome>, LedgerError> {
        query::step_history(&self.conn, step, limit)
    }

    /// The predictions that the gate `step` judged, at most `limit`, newest first.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn judged(&self, step: &StepId, limit: usize) -> Result<Vec<JudgedRun>, LedgerError> {
        query::judged(&self.conn, step, limit)
    }

    /// Which predictions were compared on which holdout, the first use first. Used again, the
    /// same predictions tell nothing new: they count once.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn uses_of_holdouts(&self) -> Result<BTreeMap<Digest, Vec<Digest>>, LedgerError> {
        query::uses_of_holdouts(&self.conn)
    }

    /// At most `limit` records of releases, newest first. A release that was recorded several times,
    /// as its evidence was had anew, is there several times.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn releases(&self, limit: usize) -> Result<Vec<(Timestamp, ReleaseRecorded)>, LedgerError> {
        query::releases(&self.conn, limit)
    }

    /// All records of one release, newest first.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn release(
        &self,
        release: &ReleaseId,
    ) -> Result<Vec<(Timestamp, ReleaseRecorded)>, LedgerError> {
        query::release(&self.conn, release)
    }

    /// Evidence of releases in the store, which is kept for as long as the ledger is.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn evidence(&self) -> Result<Vec<Digest>, LedgerError> {
        query::evidence(&self.conn)
    }

    /// How every environment stands of which there is a fact, by name.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn environments(&self) -> Result<BTreeMap<String, EnvironmentRecord>, LedgerError> {
        query::environments(&self.conn)
    }

    /// What happened to one environment: at most `limit` entries, newest first.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn deliveries(&self, environment: &str, limit: usize) -> Result<Vec<Entry>, LedgerError> {
        query::deliveries(&self.conn, environment, limit)
    }

    /// All content of the store that facts refer to, last used first. A reuse of a key is a use
    /// of everything that was recorded under it. For garbage collection.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn live_digests(&self) -> Result<Vec<LiveDigest>, LedgerError> {
        query::live_digests(&self.conn)
    }

    /// The last entry that the observer `name` has taken in; 0 where it has not begun.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn cursor(&self, name: &str) -> Result<u64, LedgerError> {
        cursor::get(&self.conn, name)
    }

    /// Notes that `name` has taken in everything up to `seq`. Never goes back.
    ///
    /// # Errors
    /// There is no such entry yet, or the database failed.
    pub fn advance_cursor(&mut self, name: &str, seq: u64) -> Result<(), LedgerError> {
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        cursor::advance(&tx, name, seq)?;
        Ok(tx.commit()?)
    }

    /// Drops the views. Questions and appends fail until they are rebuilt, at the latest by the
    /// next [`Self::open`]; entries, head and cursors are untouched.
    ///
    /// # Errors
    /// The database failed.
    pub fn drop_views(&mut self) -> Result<(), LedgerError> {
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        Views::main(&tx).drop()?;
        append::set_view_version(&tx, 0)?;
        Ok(tx.commit()?)
    }

    /// Builds the views anew from the entries.
    ///
    /// # Errors
    /// An entry is damaged or can't follow on those before, or the database failed.
    pub fn rebuild_views(&mut self) -> Result<(), LedgerError> {
        self.standing = None;
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        append::rebuild_views(&tx)?;
        Ok(tx.commit()?)
    }

    /// Reads everything and checks it: the file's pages, the chain, every transition, the head,
    /// and the views against the fold. Memory does not grow with the ledger.
    ///
    /// # Errors
    /// What is damaged, each with its place; at most 100 of them.
    pub fn verify(&self) -> Result<Head, Vec<Corruption>> {
        verify::verify(&self.conn)
    }
}
