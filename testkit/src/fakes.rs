//! The fakes.

mod branch;
mod clock;
mod git;
mod notary;
mod store;
mod table;
mod workspace;

pub use branch::{FakeBranch, FakeWitness};
pub use clock::SimClock;
pub use git::FakeGit;
pub use notary::FakeNotary;
pub use store::MemoryStore;
pub use workspace::FakeWorkspace;
