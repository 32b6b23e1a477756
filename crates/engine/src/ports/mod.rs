//! The ports: what the engine asks of the outside, in the model's words. Every real adapter and
//! its fake pass the same contract suite (`testkit`).

mod error;
mod notary;
mod workspace;

use tollgate_model::{Commit, Digest, OutputRef, RelPath, Timestamp};

pub use error::{PortError, PortErrorKind};
pub use notary::{Case, Certificate, Notary, Shown};
pub use workspace::{Job, Performed, Workspace};

/// The ports of one engine.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Tells the time.
    pub clock: &'a dyn Clock,
    /// Keeps content.
    pub store: &'a dyn Store,
    /// Runs steps.
    pub workspace: &'a dyn Workspace,
    /// Knows the project's history.
    pub git: &'a dyn Git,
    /// Makes the evidence of releases.
    pub notary: &'a dyn Notary,
}

/// Tells the time.
pub trait Clock: Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// The project's history.
pub trait Git: Sync {
    /// Where it stands; none where the project has no history (yet), or the machine no Git.
    /// `stop` is asked often, and ends the question once it says so.
    ///
    /// # Errors
    /// There is a history that can't be read, or it was told to stop.
    fn head(&self, stop: &(dyn Fn() -> bool + Sync)) -> Result<Option<Commit>, PortError>;
}

/// Content by digest. What is in it never changes.
pub trait Store: Sync {
    /// Keeps `bytes`; a second time it changes nothing.
    ///
    /// # Errors
    /// The content could not be kept whole; then it is not there at all.
    fn put(&self, bytes: &[u8]) -> Result<Digest, PortError>;

    /// The bytes behind `digest`, checked against it.
    ///
    /// # Errors
    /// `NotFound` where it is not there, `Permanent` where its bytes are no longer what they were.
    fn get(&self, digest: &Digest) -> Result<Vec<u8>, PortError>;

    /// The bytes of a file in a tree, checked against the tree's listing.
    ///
    /// # Errors
    /// As for `get`.
    fn get_in(&self, tree: &Digest, file: &RelPath) -> Result<Vec<u8>, PortError>;

    /// Whether an output is there: a file with its size, a directory with its listing and, where
    /// it has few files, with theirs. Cheap: no content is read.
    fn has(&self, output: &OutputRef) -> bool;

    /// Everything that is there, in no order.
    ///
    /// # Errors
    /// The store could not be listed.
    fn list(&self) -> Result<Vec<StoredObject>, PortError>;

    /// Takes an object away; one that is not there is no error.
    ///
    /// # Errors
    /// It is there still.
    fn remove(&self, digest: &Digest) -> Result<(), PortError>;

    /// Reads the object whole and says in a sentence what is wrong with it, if anything.
    ///
    /// # Errors
    /// It could not be read at all.
    fn verify(&self, digest: &Digest) -> Result<Option<String>, PortError>;
}

/// One object of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredObject {
    /// Its digest.
    pub digest: Digest,
    /// Bytes that it takes.
    pub bytes: u64,
}
