//! Container images without a daemon: layers, manifests, what is in them, and what is known
//! against it.
//!
//! Everything here is a function of bytes and files that are handed in. Nothing is fetched, no
//! process is started and no clock is read, so the same inputs give the same digest on every
//! machine. What comes from outside (archives, manifests, locks, databases) is hostile until it has
//! been read here.

mod archive;
pub mod debian;
mod diff;
pub mod dockerfile;
#[cfg(unix)]
mod flatten;
mod installed;
pub mod layer;
pub mod licence;
pub mod oci;
pub mod osv;
pub mod path;
pub mod python;
pub mod sbom;
pub mod scan;
pub mod secrets;
mod tree;
pub mod version;
mod view;
mod zip;

mod entry;
mod inventory;

pub use archive::{ArchiveError, Limits};
pub use diff::{Change, Difference, FileChange, LayerChange, Setting};
pub use entry::{Content, Entry, EntryKind};
#[cfg(unix)]
pub use flatten::{FlattenError, Ownership, flatten};
pub use installed::{Installed, installed};
pub use inventory::{Ecosystem, Inventory, Package, PackageHash};
pub use tree::{Kind, LayerSource, Placed, Stored, Tree};
pub use view::{View, ViewError};
