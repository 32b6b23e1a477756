//! What the engine asks of the ledger. A trait, so that a test can stop the engine at any append.

use tollgate_ledger::{Ledger, LedgerError};
use tollgate_model::{Digest, Fact, RunId, RunRecord, StepId, StepResult, StepStarted, Timestamp};

/// A result that is known already.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The run in which it came about.
    pub run: RunId,
    /// The result.
    pub result: StepResult,
}

/// The engine's view of the ledger.
pub trait Journal {
    /// Appends facts, all or none, after the last one that this journal has seen.
    ///
    /// # Errors
    /// Another engine appended in between, or the ledger can't be written.
    fn append(&mut self, at: Timestamp, facts: &[Fact]) -> Result<(), LedgerError>;

    /// The newest passed result under that key.
    ///
    /// # Errors
    /// The ledger can't be read.
    fn passed_with_key(&self, key: &Digest) -> Result<Option<Hit>, LedgerError>;

    /// The newest run.
    ///
    /// # Errors
    /// The ledger can't be read.
    fn last_run(&self) -> Result<Option<RunId>, LedgerError>;

    /// Runs that began and did not end, oldest first.
    ///
    /// # Errors
    /// The ledger can't be read.
    fn open_runs(&self) -> Result<Vec<RunRecord>, LedgerError>;

    /// How that step was started the last time before `run`.
    ///
    /// # Errors
    /// The ledger can't be read.
    fn last_started(
        &self,
        step: &StepId,
        before: RunId,
    ) -> Result<Option<StepStarted>, LedgerError>;
}

impl Journal for Ledger {
    fn append(&mut self, at: Timestamp, facts: &[Fact]) -> Result<(), LedgerError> {
        let expected = self.head()?.seq;
        Self::append(self, expected, at, facts).map(|_| ())
    }

    fn passed_with_key(&self, key: &Digest) -> Result<Option<Hit>, LedgerError> {
        let cached = Self::passed_with_key(self, key)?;
        Ok(cached.map(|cached| Hit { run: cached.run, result: cached.result }))
    }

    fn last_run(&self) -> Result<Option<RunId>, LedgerError> {
        Self::last_run(self)
    }

    fn open_runs(&self) -> Result<Vec<RunRecord>, LedgerError> {
        let mut records = Vec::new();
        for run in Self::open_runs(self)? {
            records.extend(self.run(run)?);
        }
        Ok(records)
    }

    fn last_started(
        &self,
        step: &StepId,
        before: RunId,
    ) -> Result<Option<StepStarted>, LedgerError> {
        Self::last_started(self, step, before)
    }
}
