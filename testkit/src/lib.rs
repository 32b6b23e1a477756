//! Fakes for every port, a clock that tests turn, a crash injector, and one contract suite per
//! port that the fake and the real adapter must both pass, data that is broken in one way each, and
//! servers. For tests only.

pub mod contracts;
mod crash;
mod fakes;
mod plans;
pub mod servers;
pub mod sheet;

pub use crash::{
    CrashPoints, Crashed, CrashingBranch, CrashingJournal, CrashingRecord, CrashingStore,
    CrashingWorkspace, until_crash,
};
pub use fakes::{
    FakeBranch, FakeGit, FakeNotary, FakeWitness, FakeWorkspace, MemoryStore, SimClock,
};
pub use plans::{image_step, plan, request, run_step};
