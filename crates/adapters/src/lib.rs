//! One folder per outside system: the real things behind the engine's ports.

pub mod advisories;
pub mod apt;
pub mod builder;
mod clock;
mod git;
pub mod http;
#[cfg(target_os = "linux")]
pub mod instance;
pub mod junit;
pub mod keys;
pub mod leaks;
mod lease;
#[cfg(target_os = "linux")]
pub mod local;
mod machine;
mod notary;
mod parallel;
mod project;
pub mod proxy;
pub mod registry;
pub mod sandbox;
mod signers;
mod store;
mod witness;
mod workspace;

pub use clock::SystemClock;
pub use git::{GitBranch, GitCommand};
pub use lease::{Holder, Lease, LeaseError};
pub use machine::memory;
pub use notary::LocalNotary;
pub use project::ProjectFiles;
pub use signers::{Signers, SignersError};
pub use store::DiskStore;
pub use witness::{LocalWitness, Read, read_evidence};
pub use workspace::LocalWorkspace;
