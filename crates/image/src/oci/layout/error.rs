//! What can be wrong with a layout.

use std::path::{Path, PathBuf};

use crate::oci::Sha256;

/// What can be wrong with a layout.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// There is no layout.
    #[error("{} is no image layout: {why}", root.display())]
    NoLayout {
        /// Where it should be.
        root: PathBuf,
        /// A sentence without a full stop.
        why: String,
    },
    /// A blob is not there.
    #[error("{digest} is not in the image layout")]
    Missing {
        /// Which.
        digest: Sha256,
    },
    /// A blob is not what it should be. It is no longer there.
    #[error("{digest} is damaged in the image layout: {why}")]
    Damaged {
        /// Which.
        digest: Sha256,
        /// A sentence without a full stop.
        why: String,
    },
    /// What is put is not what it was said to be.
    #[error("{digest} of {size} bytes was expected, but it is {found} of {found_size} bytes")]
    Unexpected {
        /// What was expected.
        digest: Sha256,
        /// Its bytes.
        size: u64,
        /// What came.
        found: Sha256,
        /// Its bytes.
        found_size: u64,
    },
    /// A document can't be understood.
    #[error("{what} can't be understood: {why}")]
    Malformed {
        /// Which.
        what: String,
        /// A sentence without a full stop.
        why: String,
    },
    /// It is more than is taken.
    #[error("{what}, which is more than is taken")]
    TooMuch {
        /// A sentence without a full stop: `the index has 5000000 bytes`.
        what: String,
    },
    /// A name that is none.
    #[error("{name:?} is no name for an image")]
    NoName {
        /// The text.
        name: String,
    },
    /// No image has this name or digest.
    #[error("{reference:?} is not in the image layout{}", known(names))]
    Unknown {
        /// The text.
        reference: String,
        /// What is there.
        names: Vec<String>,
    },
    /// The disk fails.
    #[error("{}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What lies beneath.
        source: std::io::Error,
    },
}

fn known(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!("; it has {}", names.join(", ")) }
}

/// For `map_err`: an error of the disk with its place.
pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> LayoutError + '_ {
    |source| LayoutError::Io { path: path.to_owned(), source }
}
