//! Facts: few, permanent, and appended before anything acts on them.

use serde::{Deserialize, Serialize};

use crate::{Delivery, Digest, ReleaseRecorded, RunEnd, RunId, StepId, StepResult, Verdict};

/// One thing that happened, for ever. Log lines and progress are signals, not facts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// A run began.
    RunStarted(RunStarted),
    /// A step's result was known already, so it did not run.
    StepReused(StepReused),
    /// An attempt of a step is about to run: the intent, written before the effect.
    StepStarted(StepStarted),
    /// A step came to its end: the outcome, written after the effect.
    StepFinished(StepFinished),
    /// A step will not run, for another did not pass.
    StepSkipped(StepSkipped),
    /// What a run made is a release: there is evidence for it, kept and signed.
    ReleaseRecorded(ReleaseRecorded),
    /// A run came to its end.
    RunFinished(RunFinished),
    /// Something happened to an environment.
    Delivery(Delivery),
}

/// See [`Fact::RunStarted`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// Which run.
    pub run: RunId,
    /// The project's name.
    pub project: String,
    /// The pipeline, where it is one.
    pub pipeline: Option<String>,
    /// Every step of the run; needs come first.
    pub steps: Vec<StepId>,
    /// Where the project's history stands, where it has one.
    pub commit: Option<Commit>,
    /// Digest of the plan.
    pub plan: Digest,
    /// What asked for it: `person`, `pull_request` …
    pub trigger: String,
}

/// A commit of the project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// The full hash.
    pub sha: String,
    /// The branch, unless the head is detached.
    pub branch: Option<String>,
    /// Whether the project differs from the commit: in its tracked files, or by files that Git
    /// neither tracks nor ignores.
    pub dirty: bool,
}

/// See [`Fact::StepReused`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepReused {
    /// Which run.
    pub run: RunId,
    /// Which step.
    pub step: StepId,
    /// The key that was found.
    pub key: Digest,
    /// The run in which it ran.
    pub origin: RunId,
    /// What it took then, in milliseconds: the time saved.
    pub saved_millis: u64,
}

/// See [`Fact::StepStarted`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepStarted {
    /// Which run.
    pub run: RunId,
    /// Which step.
    pub step: StepId,
    /// Its key.
    pub key: Digest,
    /// The store's digest of what the key is made of, so that a rerun can be explained.
    pub ingredients: Digest,
    /// Counted from 1.
    pub attempt: u32,
}

/// See [`Fact::StepFinished`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepFinished {
    /// Which run.
    pub run: RunId,
    /// Which step.
    pub step: StepId,
    /// Its key; none where it broke before a key was known.
    pub key: Option<Digest>,
    /// What came of it.
    pub result: StepResult,
}

/// See [`Fact::StepSkipped`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepSkipped {
    /// Which run.
    pub run: RunId,
    /// Which step.
    pub step: StepId,
    /// The step that did not pass; none where the run was stopped.
    pub because: Option<StepId>,
}

/// See [`Fact::RunFinished`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunFinished {
    /// Which run.
    pub run: RunId,
    /// The verdict on all its steps.
    pub verdict: Verdict,
    /// How it ended.
    pub end: RunEnd,
    /// Wall time in milliseconds.
    pub millis: u64,
}

impl Fact {
    /// The run that it belongs to; none where it is of an environment.
    #[must_use]
    pub fn run(&self) -> Option<RunId> {
        Some(match self {
            Self::RunStarted(fact) => fact.run,
            Self::StepReused(fact) => fact.run,
            Self::StepStarted(fact) => fact.run,
            Self::StepFinished(fact) => fact.run,
            Self::StepSkipped(fact) => fact.run,
            Self::ReleaseRecorded(fact) => fact.run,
            Self::RunFinished(fact) => fact.run,
            Self::Delivery(_) => return None,
        })
    }

    /// The environment that it belongs to; none where it is of a run.
    #[must_use]
    pub fn environment(&self) -> Option<&str> {
        match self {
            Self::Delivery(fact) => Some(&fact.environment),
            _ => None,
        }
    }

    /// The step that it is about.
    #[must_use]
    pub fn step(&self) -> Option<&StepId> {
        match self {
            Self::StepReused(fact) => Some(&fact.step),
            Self::StepStarted(fact) => Some(&fact.step),
            Self::StepFinished(fact) => Some(&fact.step),
            Self::StepSkipped(fact) => Some(&fact.step),
            Self::ReleaseRecorded(fact) => Some(&fact.step),
            Self::RunStarted(_) | Self::RunFinished(_) | Self::Delivery(_) => None,
        }
    }

    /// The kind as it stands in the ledger.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::RunStarted(_) => "run_started",
            Self::StepReused(_) => "step_reused",
            Self::StepStarted(_) => "step_started",
            Self::StepFinished(_) => "step_finished",
            Self::StepSkipped(_) => "step_skipped",
            Self::ReleaseRecorded(_) => "release_recorded",
            Self::RunFinished(_) => "run_finished",
            Self::Delivery(fact) => fact.event.kind(),
        }
    }
}
