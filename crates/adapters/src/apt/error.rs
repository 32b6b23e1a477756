//! Why packages can't be had.

use std::io;
use std::path::PathBuf;

use tollgate_image::debian::{ResolveError, TextError};

use crate::http::HttpError;

/// Why packages can't be had from this machine's sources.
#[derive(Debug, thiserror::Error)]
pub enum AptError {
    /// A file of sources can't be read.
    #[error("{path} can't be read: {source}", path = path.display())]
    Configuration {
        /// Which.
        path: PathBuf,
        /// What lies beneath.
        source: io::Error,
    },
    /// A text is not what it should be.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Nothing to get packages from.
    #[error("no source of packages for {architecture} is configured: APT's sources.list has none")]
    NoSource {
        /// For what.
        architecture: String,
    },
    /// The suite does not have it.
    #[error("{suite} has no packages in `{component}` for {architecture}")]
    NoIndex {
        /// The source.
        suite: String,
        /// The component.
        component: String,
        /// The architecture.
        architecture: String,
    },
    /// The network, or a file of a `file:` source.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// What came is not what was to come.
    #[error(
        "{url} is not what its index or lock says: {why}; the mirror may be in the middle of an update, else it is not to be trusted"
    )]
    Digest {
        /// What was fetched.
        url: String,
        /// What was expected and found.
        why: String,
    },
    /// The program that judges signatures is not there.
    #[error("`gpgv` is needed to verify {url}, and it is not installed: `apt-get install gpgv`")]
    NoGpgv {
        /// What was to be verified.
        url: String,
    },
    /// A signature is not good.
    #[error("{url} is not signed as it has to be ({place}): {why}")]
    Signature {
        /// What is signed.
        url: String,
        /// Where the source is configured.
        place: String,
        /// Why.
        why: String,
    },
    /// A release is too old to be believed.
    #[error(
        "{url} was valid until {until}: the mirror no longer follows its archive, or this machine's clock is wrong"
    )]
    Expired {
        /// Which.
        url: String,
        /// Its end.
        until: String,
    },
    /// A release of something else.
    #[error("{url} is a release of `{found}`, but `{wanted}` was asked for")]
    OtherSuite {
        /// Which.
        url: String,
        /// The source's suite.
        wanted: String,
        /// The release's.
        found: String,
    },
    /// The cache can't be used.
    #[error("the cache's {path} can't be used: {source}", path = path.display())]
    Cache {
        /// Which file or directory.
        path: PathBuf,
        /// What lies beneath.
        source: io::Error,
    },
    /// What is wanted can't be had.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
}

impl AptError {
    /// Whether it might work later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Http(error) => error.transient,
            Self::Digest { .. } => true,
            _ => false,
        }
    }
}
