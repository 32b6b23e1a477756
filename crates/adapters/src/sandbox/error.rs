//! What can go wrong around a run. A command that fails is not an error: see `Exit`.

use std::fmt::Display;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The last operation before the command runs.
pub(super) const START_SHELL: &str = "start /bin/sh";

/// Why a command could not be run.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The helper process, our own binary, did not start.
    #[error("cannot start the sandbox's helper {}: {source}", exe.display())]
    Start {
        /// The binary that was to be the helper.
        exe: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A step of the preparation failed; the command never ran.
    #[error("cannot prepare the sandbox: {0}")]
    Prepare(Failure),
    /// All was prepared, and the system would not start the shell with this command: there is no
    /// shell, or command and environment are too long for it.
    #[error("cannot {0}")]
    Shell(Failure),
    /// The helper vanished without a report, so the command's end is unknown.
    #[error("the sandbox's helper ended without a report ({detail}); run the step again")]
    Lost {
        /// What is known of its end.
        detail: String,
    },
}

/// An operation and what the system said to it; also the form in which it crosses processes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{operation}: {reason}")]
pub struct Failure {
    /// What was tried, with its object and, where there is one, the remedy.
    pub operation: String,
    /// What the system said.
    pub reason: String,
}

impl From<Failure> for SandboxError {
    fn from(failure: Failure) -> Self {
        if failure.operation == START_SHELL { Self::Shell(failure) } else { Self::Prepare(failure) }
    }
}

#[cfg_attr(
    not(target_os = "linux"),
    expect(dead_code, reason = "only Linux has preparations that can fail")
)]
/// Names the operation that a result belongs to.
pub(super) trait During<T> {
    /// Turns an error into a [`Failure`] of `operation`.
    fn during(self, operation: impl FnOnce() -> String) -> Result<T, Failure>;
}

impl<T, E: Display> During<T> for Result<T, E> {
    fn during(self, operation: impl FnOnce() -> String) -> Result<T, Failure> {
        self.map_err(|error| Failure { operation: operation(), reason: error.to_string() })
    }
}
