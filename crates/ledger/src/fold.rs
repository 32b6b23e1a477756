//! How open runs and environments stand: all that is needed to tell whether a fact is legal.

use std::collections::BTreeMap;

use tollgate_model::{
    Delivery, EnvironmentRecord, Fact, IllegalTransition, RunId, RunRecord, Timestamp,
};

/// Folded from entries. Grows with the number of open runs and of environments, not with history.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Fold {
    /// The greatest run so far. A run's number is used once.
    pub(crate) last_run: u64,
    pub(crate) open: BTreeMap<RunId, RunRecord>,
    pub(crate) environments: BTreeMap<String, EnvironmentRecord>,
}

impl Fold {
    /// Takes in one fact; hands out the run that it closed.
    pub(crate) fn apply(
        &mut self,
        fact: &Fact,
        at: Timestamp,
    ) -> Result<Option<RunRecord>, IllegalTransition> {
        let run = match fact.run() {
            Some(run) => run,
            None => return self.deliver(fact, at).map(|()| None),
        };
        if let Fact::RunStarted(started) = fact {
            self.last_run = self.next_run(run, fact)?;
            self.open.insert(started.run, RunRecord::begin(started.clone(), at));
            return Ok(None);
        }
        let record = self.open.get_mut(&run).ok_or_else(|| not_open(run, fact, self.last_run))?;
        record.apply(fact, at)?;
        Ok(if record.finished.is_some() { self.open.remove(&run) } else { None })
    }

    fn deliver(&mut self, fact: &Fact, at: Timestamp) -> Result<(), IllegalTransition> {
        let Fact::Delivery(Delivery { environment, event, .. }) = fact else { return Ok(()) };
        self.environments.entry(environment.clone()).or_default().apply(event, at)
    }

    fn next_run(&self, run: RunId, fact: &Fact) -> Result<u64, IllegalTransition> {
        if run.0 > self.last_run {
            return Ok(run.0);
        }
        let why = format!("{run} is not later than {}", RunId(self.last_run));
        Err(IllegalTransition { fact: fact.kind(), why })
    }
}

fn not_open(run: RunId, fact: &Fact, last_run: u64) -> IllegalTransition {
    let state = if run.0 > last_run { "has not begun" } else { "is not open" };
    IllegalTransition { fact: fact.kind(), why: format!("{run} {state}") }
}
