//! Which runs are open and how they stand: all that is needed to tell whether a fact is legal.

use std::collections::BTreeMap;

use tollgate_model::{Fact, IllegalTransition, RunId, RunRecord, Timestamp};

/// Folded from entries. Grows with the number of open runs, not with history.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Fold {
    /// The greatest run so far. A run's number is used once.
    pub(crate) last_run: u64,
    pub(crate) open: BTreeMap<RunId, RunRecord>,
}

impl Fold {
    /// Takes in one fact; hands out the run that it closed.
    pub(crate) fn apply(
        &mut self,
        fact: &Fact,
        at: Timestamp,
    ) -> Result<Option<RunRecord>, IllegalTransition> {
        if let Fact::RunStarted(started) = fact {
            self.last_run = self.next_run(fact)?;
            self.open.insert(started.run, RunRecord::begin(started.clone(), at));
            return Ok(None);
        }
        let run = fact.run();
        let record = self.open.get_mut(&run).ok_or_else(|| not_open(fact, self.last_run))?;
        record.apply(fact, at)?;
        Ok(if record.finished.is_some() { self.open.remove(&run) } else { None })
    }

    fn next_run(&self, fact: &Fact) -> Result<u64, IllegalTransition> {
        let RunId(run) = fact.run();
        if run > self.last_run {
            return Ok(run);
        }
        let why = format!("{} is not later than {}", fact.run(), RunId(self.last_run));
        Err(IllegalTransition { fact: fact.kind(), why })
    }
}

fn not_open(fact: &Fact, last_run: u64) -> IllegalTransition {
    let state = if fact.run().0 > last_run { "has not begun" } else { "is not open" };
    IllegalTransition { fact: fact.kind(), why: format!("{} {state}", fact.run()) }
}
