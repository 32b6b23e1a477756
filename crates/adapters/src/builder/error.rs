//! Why no image came of a Dockerfile.

use std::io;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum BuilderError {
    /// Nobody builds Dockerfiles here.
    #[error("no builder of Dockerfiles is here ({})", .tried.join("; "))]
    None {
        /// Who was asked, and what came of it.
        tried: Vec<String>,
    },
    /// A builder can't be started.
    #[error("{builder} can't be started: {source}")]
    Start {
        /// Which.
        builder: &'static str,
        /// Why.
        source: io::Error,
    },
    /// A builder says that it failed.
    #[error("{builder} failed: {why}")]
    Failed {
        /// Which.
        builder: &'static str,
        /// In its own words, or how it ended.
        why: String,
    },
    /// It was told to stop.
    #[error("stopped")]
    Stopped,
}
