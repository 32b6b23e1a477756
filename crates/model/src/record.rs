//! One run, folded from its facts. `apply` is the one place that says which transitions are legal.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    Fact, ReleaseRecorded, RunFinished, RunStarted, StepFinished, StepId, StepResult, StepReused,
    StepSkipped, StepStarted, Timestamp, Verdict,
};

/// A run as its facts tell it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// How it began.
    pub started: RunStarted,
    /// When it began.
    pub started_at: Timestamp,
    /// Its steps by name; every step of the run is here from the start.
    pub steps: BTreeMap<StepId, StepRecord>,
    /// The releases that it made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub releases: Vec<ReleaseRecorded>,
    /// How it ended; none while it goes on.
    pub finished: Option<RunFinished>,
}

/// A step of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Where it stands.
    pub state: StepState,
    /// When it came to this state; none while it waits.
    pub since: Option<Timestamp>,
}

/// Where a step stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum StepState {
    /// Not begun.
    Waiting,
    /// An attempt runs (or ran when the engine died).
    Running(StepStarted),
    /// Known already.
    Reused(StepReused),
    /// Came to its end.
    Finished(StepFinished),
    /// Will not run.
    Skipped(StepSkipped),
}

/// A fact that can't follow on what is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IllegalTransition {
    /// The fact's kind.
    pub fact: &'static str,
    /// What forbids it.
    pub why: String,
}

impl StepState {
    /// Whether the step is done with in this run.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Reused(_) | Self::Finished(_) | Self::Skipped(_))
    }

    /// The verdict, once it is over. Only a passed step's result is ever reused, and a skipped
    /// step has shown nothing.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        match self {
            Self::Waiting | Self::Running(_) => None,
            Self::Reused(_) => Some(Verdict::Pass),
            Self::Finished(fact) => Some(fact.result.verdict),
            Self::Skipped(_) => Some(Verdict::Undecided),
        }
    }

    /// The result, where the step came to one in this run.
    #[must_use]
    pub fn result(&self) -> Option<&StepResult> {
        match self {
            Self::Finished(fact) => Some(&fact.result),
            _ => None,
        }
    }

    fn may_become(&self, fact: &Fact) -> bool {
        match (self, fact) {
            (
                Self::Waiting,
                Fact::StepReused(_)
                | Fact::StepStarted(StepStarted { attempt: 1, .. })
                | Fact::StepFinished(_)
                | Fact::StepSkipped(_),
            ) => true,
            (Self::Running(now), Fact::StepStarted(next)) => {
                next.attempt == now.attempt + 1 && next.key == now.key
            }
            (Self::Running(now), Fact::StepFinished(end)) => end.key == Some(now.key),
            _ => false,
        }
    }
}

impl RunRecord {
    /// The run that begins with this fact.
    #[must_use]
    pub fn begin(started: RunStarted, at: Timestamp) -> Self {
        let waiting = || StepRecord { state: StepState::Waiting, since: None };
        let steps = started.steps.iter().map(|id| (id.clone(), waiting())).collect();
        Self { started, started_at: at, steps, releases: Vec::new(), finished: None }
    }

    /// Takes in one fact.
    ///
    /// # Errors
    /// The fact belongs to another run, or can't follow on what is there. Nothing has changed then.
    pub fn apply(&mut self, fact: &Fact, at: Timestamp) -> Result<(), IllegalTransition> {
        let refuse = |why: String| Err(IllegalTransition { fact: fact.kind(), why });
        if fact.run() != Some(self.started.run) {
            let to = fact.run().map_or_else(|| "no run".to_owned(), |run| run.to_string());
            return refuse(format!("it belongs to {to}, not to {}", self.started.run));
        }
        if self.finished.is_some() {
            return refuse(format!("{} is over", self.started.run));
        }
        match fact {
            Fact::RunStarted(_) | Fact::Delivery(_) => {
                refuse(format!("{} has begun already", self.started.run))
            }
            Fact::ReleaseRecorded(release) => match self.forbids(release) {
                Some(why) => refuse(why),
                None => {
                    self.releases.push(release.clone());
                    Ok(())
                }
            },
            Fact::RunFinished(end) => {
                self.finished = Some(end.clone());
                Ok(())
            }
            Fact::StepReused(StepReused { step, .. })
            | Fact::StepStarted(StepStarted { step, .. })
            | Fact::StepFinished(StepFinished { step, .. })
            | Fact::StepSkipped(StepSkipped { step, .. }) => self.move_step(step, fact, at),
        }
    }

    fn move_step(
        &mut self,
        step: &StepId,
        fact: &Fact,
        at: Timestamp,
    ) -> Result<(), IllegalTransition> {
        let refuse = |why: String| Err(IllegalTransition { fact: fact.kind(), why });
        let Some(record) = self.steps.get_mut(step) else {
            return refuse(format!("`{step}` is no step of {}", self.started.run));
        };
        if !record.state.may_become(fact) {
            return refuse(format!("`{step}` is {}", record.state));
        }
        record.since = Some(at);
        record.state = match fact.clone() {
            Fact::StepReused(fact) => StepState::Reused(fact),
            Fact::StepStarted(fact) => StepState::Running(fact),
            Fact::StepFinished(fact) => StepState::Finished(fact),
            Fact::StepSkipped(fact) => StepState::Skipped(fact),
            Fact::RunStarted(_)
            | Fact::ReleaseRecorded(_)
            | Fact::RunFinished(_)
            | Fact::Delivery(_) => return Ok(()),
        };
        Ok(())
    }

    /// Only what passed as a whole becomes a release, and each step's image once.
    fn forbids(&self, release: &ReleaseRecorded) -> Option<String> {
        let (run, step) = (self.started.run, &release.step);
        if !self.steps.contains_key(step) {
            return Some(format!("`{step}` is no step of {run}"));
        }
        if self.releases.iter().any(|known| known.step == *step) {
            return Some(format!("the image of `{step}` is a release of {run} already"));
        }
        let at_commit = self.started.commit.as_ref();
        if at_commit.is_none_or(|commit| commit.dirty || commit.sha != release.commit) {
            return Some(format!("{run} was not at commit {}", release.commit));
        }
        (!self.verdict().passed()).then(|| format!("{run} has not passed"))
    }

    /// The verdict on all steps so far; a step that is not over is undecided.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let of = |step: &StepRecord| step.state.verdict().unwrap_or(Verdict::Undecided);
        Verdict::all(self.steps.values().map(of))
    }

    /// Whether every step is over.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.steps.values().all(|step| step.state.is_over())
    }
}

impl fmt::Display for StepState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Waiting => "waiting",
            Self::Running(_) => "running",
            Self::Reused(_) => "cached",
            Self::Finished(fact) => match fact.result.verdict {
                Verdict::Pass => "passed",
                Verdict::Fail => "failed",
                Verdict::Undecided => "undecided",
            },
            Self::Skipped(_) => "skipped",
        })
    }
}

impl fmt::Display for IllegalTransition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "illegal fact `{}`: {}", self.fact, self.why)
    }
}

impl std::error::Error for IllegalTransition {}
