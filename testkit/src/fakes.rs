//! The fakes.

mod clock;
mod git;
mod notary;
mod store;
mod table;
mod workspace;

pub use clock::SimClock;
pub use git::FakeGit;
pub use notary::FakeNotary;
pub use store::MemoryStore;
pub use workspace::FakeWorkspace;
