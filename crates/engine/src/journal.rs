//! What the engine asks of the ledger. A trait, so that a test can stop the engine at any append.

use std::collections::BTreeMap;

use tollgate_ledger::{JudgedRun, Ledger, LedgerError};
use tollgate_model::{Digest, Fact, ReleaseId, RunId, RunRecord, StepId, StepResult, Timestamp};

/// So many results of a gate are looked through for a baseline.
const LOOKED_BACK: usize = 1_000;

/// A result that is known already.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The run in which it came about.
    pub run: RunId,
    /// When.
    pub at: Timestamp,
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

    /// The predictions that the gate `step` judged, newest first.
    ///
    /// # Errors
    /// The ledger can't be read.
    fn judged(&self, step: &StepId) -> Result<Vec<JudgedRun>, LedgerError>;

    /// Which predictions were compared on which holdout, the first use first.
    ///
    /// # Errors
    /// The ledger can't be read.
    fn uses_of_holdouts(&self) -> Result<BTreeMap<Digest, Vec<Digest>>, LedgerError>;

    /// Whether that release is recorded already.
    ///
    /// # Errors
    /// The ledger can't be read.
    fn has_release(&self, release: &ReleaseId) -> Result<bool, LedgerError>;

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
}

/// The ledger of one engine. It remembers the last entry that it has seen, so that whoever appends
/// beside it is found out by its next append, whatever became of the lease.
pub struct LedgerJournal<'l> {
    ledger: &'l mut Ledger,
    seen: u64,
}

impl<'l> LedgerJournal<'l> {
    /// Over this ledger, as it is now.
    ///
    /// # Errors
    /// The ledger can't be read.
    pub fn new(ledger: &'l mut Ledger) -> Result<Self, LedgerError> {
        let seen = ledger.head()?.seq;
        Ok(Self { ledger, seen })
    }

    /// Whether all that others appended up to there is of environments.
    fn only_deliveries(&self, actual: u64) -> Result<bool, LedgerError> {
        if actual <= self.seen {
            return Ok(false);
        }
        let others = usize::try_from(actual - self.seen).unwrap_or(usize::MAX);
        let entries = self.ledger.read(self.seen, others)?;
        Ok(entries.iter().all(|entry| matches!(entry.fact, Fact::Delivery(_))))
    }
}

impl Journal for LedgerJournal<'_> {
    fn append(&mut self, at: Timestamp, facts: &[Fact]) -> Result<(), LedgerError> {
        loop {
            match self.ledger.append(self.seen, at, facts) {
                Ok(head) => {
                    self.seen = head.seq;
                    return Ok(());
                }
                // What happens to environments does not stand against what happens to a run.
                Err(LedgerError::Conflict { actual, .. }) if self.only_deliveries(actual)? => {
                    self.seen = actual;
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn passed_with_key(&self, key: &Digest) -> Result<Option<Hit>, LedgerError> {
        let cached = self.ledger.passed_with_key(key)?;
        Ok(cached.map(|cached| Hit { run: cached.run, at: cached.at, result: cached.result }))
    }

    fn judged(&self, step: &StepId) -> Result<Vec<JudgedRun>, LedgerError> {
        self.ledger.judged(step, LOOKED_BACK)
    }

    fn uses_of_holdouts(&self) -> Result<BTreeMap<Digest, Vec<Digest>>, LedgerError> {
        self.ledger.uses_of_holdouts()
    }

    fn has_release(&self, release: &ReleaseId) -> Result<bool, LedgerError> {
        Ok(!self.ledger.release(release)?.is_empty())
    }

    fn last_run(&self) -> Result<Option<RunId>, LedgerError> {
        self.ledger.last_run()
    }

    fn open_runs(&self) -> Result<Vec<RunRecord>, LedgerError> {
        let mut records = Vec::new();
        for run in self.ledger.open_runs()? {
            records.extend(self.ledger.run(run)?);
        }
        Ok(records)
    }
}
