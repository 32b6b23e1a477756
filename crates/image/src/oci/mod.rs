//! The words of the Open Container Initiative. Source: OCI Image Format Specification 1.1.
//!
//! They are written in a fixed order of keys with no blanks, so that the same image is the same
//! bytes; keys that we don't know are kept away from, not refused, as the specification asks.

mod archive;
mod config;
mod digest;
pub mod layout;
mod lock;
mod manifest;
mod reference;

pub use archive::{ArchivedError, take_archived};
pub use config::{Healthcheck, History, ImageConfig, Nothing, Platform, RootFs, RunConfig};
pub use digest::{Sha256, Sha256Error, Sha256Writer};
pub use lock::{ImageLock, PinnedImage};
pub use manifest::{Descriptor, Index, Manifest, media};
pub use reference::{Reference, ReferenceError};
