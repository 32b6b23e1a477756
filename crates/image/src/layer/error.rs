//! Why a layer can't be made.

use std::io;

use crate::ArchiveError;
use crate::oci::layout::LayoutError;
use crate::path::ImagePath;

/// Why a layer can't be made.
#[derive(Debug, thiserror::Error)]
pub enum LayerError {
    /// An entry can't be in a layer that is made here.
    #[error("`{path}` of {owner} {why}")]
    Refused {
        /// Who brings it.
        owner: String,
        /// Where it would be.
        path: ImagePath,
        /// A predicate: `is there twice`.
        why: String,
    },
    /// Two bring different things to one place.
    #[error("`{path}` comes from {first} and, with other content, from {second}")]
    Conflict {
        /// Where both would be.
        path: ImagePath,
        /// Who comes first.
        first: String,
        /// Who comes after that.
        second: String,
    },
    /// A segment is not what it was when it was packed.
    #[error("what was packed of {owner} has changed since: {why}")]
    Changed {
        /// Who brought it.
        owner: String,
        /// A sentence without a full stop.
        why: String,
    },
    /// What a segment is made of can't be told.
    #[error("{owner}: {source}")]
    Source {
        /// Who would bring it.
        owner: String,
        /// What its reader says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An archive of our own can't be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The layout can't take it.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The disk fails.
    #[error("{what}: {source}")]
    Io {
        /// What could not be done.
        what: String,
        /// What lies beneath.
        source: io::Error,
    },
}

impl LayerError {
    pub(super) fn refused(owner: &str, path: &ImagePath, why: impl Into<String>) -> Self {
        Self::Refused { owner: owner.to_owned(), path: path.clone(), why: why.into() }
    }

    pub(super) fn changed(owner: &str, why: impl Into<String>) -> Self {
        Self::Changed { owner: owner.to_owned(), why: why.into() }
    }
}

/// For `map_err`: an error of the disk with what could not be done.
pub(super) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> LayerError {
    let what = what.into();
    |source| LayerError::Io { what, source }
}
