//! Runs: what is asked for, what is decided, and the driver between the two.

mod around;
mod decide;
mod drive;
mod inputs;
mod judge;
mod recover;
mod release;
mod work;

use std::collections::BTreeSet;

use tollgate_ledger::LedgerError;
use tollgate_model::{Fact, IllegalTransition, Resources, StepId, Timestamp};

use crate::PortError;

pub use decide::{Attempt, Decider, Due, Keyed, Observation};
pub use drive::Engine;
pub use recover::recover;

/// What is asked of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The steps that it is about; what they need runs too.
    pub targets: Vec<StepId>,
    /// The pipeline that names them, where one does.
    pub pipeline: Option<String>,
    /// What asks: `person`, `pull_request` …
    pub trigger: String,
    /// Which known results not to use.
    pub force: Force,
    /// Whether the first failure keeps further steps from starting. Otherwise everything that
    /// doesn't depend on the failed step still runs.
    pub fail_fast: bool,
    /// What the machine has to give to steps that run side by side.
    pub capacity: Resources,
}

/// Which known results not to use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Force {
    /// Use all there are.
    #[default]
    None,
    /// Run these steps again.
    Steps(BTreeSet<StepId>),
    /// Run everything again.
    All,
}

impl Force {
    /// Whether `step` is to run again, known or not.
    #[must_use]
    pub fn includes(&self, step: &StepId) -> bool {
        match self {
            Self::None => false,
            Self::Steps(steps) => steps.contains(step),
            Self::All => true,
        }
    }
}

/// What an observer is told, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A fact is in the ledger.
    Fact {
        /// When.
        at: Timestamp,
        /// The fact.
        fact: Box<Fact>,
    },
    /// Something passing; it may be lost.
    Signal(Signal),
}

/// A passing message: lossy, never in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// A step printed something.
    Output {
        /// The step.
        step: StepId,
        /// The bytes, as they came.
        bytes: Vec<u8>,
    },
    /// Something about the project or the machine that a person should know.
    Note {
        /// A sentence.
        text: String,
    },
}

/// Why a run could not be driven to its end. A step that fails is no error.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The ledger can't be written or read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Something outside failed in a way that concerns the whole run.
    #[error(transparent)]
    Port(#[from] PortError),
    /// It was told to stop before the run began.
    #[error("stopped before the run began; nothing of it is kept")]
    Stopped,
    /// A decision does not fit what is there: a defect of Tollgate.
    #[error("{0}; this is a defect of tollgate, and nothing was changed by it")]
    Illegal(#[from] IllegalTransition),
}
