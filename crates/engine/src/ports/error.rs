//! The one error of every port.

use std::error::Error;
use std::fmt;

/// Something outside did not do what was asked of it.
#[derive(Debug)]
pub struct PortError {
    /// Which outside system: `store`, `git`, `sandbox` …
    pub system: &'static str,
    /// What sort of failure; the engine decides by it whether to try again.
    pub kind: PortErrorKind,
    /// What was being done, to what, and what to do about it.
    pub message: String,
    /// What lies beneath.
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

/// What sort of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortErrorKind {
    /// It may work the next time.
    Transient,
    /// What was asked for is not there.
    NotFound,
    /// Somebody else got in between.
    Conflict,
    /// It is not allowed.
    Denied,
    /// What the user declared can't be carried out anywhere: a tool that is not there, a path
    /// below a link. No fault of the machine.
    Unfit,
    /// It will not work.
    Permanent,
}

impl PortError {
    /// An error of that system and kind.
    #[must_use]
    pub fn new(system: &'static str, kind: PortErrorKind, message: impl Into<String>) -> Self {
        Self { system, kind, message: message.into(), source: None }
    }

    /// The same with what lies beneath.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// An I/O error of that system; its kind follows from the I/O error's.
    #[must_use]
    pub fn io(system: &'static str, doing: impl Into<String>, source: std::io::Error) -> Self {
        let kind = match source.kind() {
            std::io::ErrorKind::NotFound => PortErrorKind::NotFound,
            std::io::ErrorKind::PermissionDenied => PortErrorKind::Denied,
            std::io::ErrorKind::Interrupted | std::io::ErrorKind::TimedOut => {
                PortErrorKind::Transient
            }
            _ => PortErrorKind::Permanent,
        };
        Self::new(system, kind, doing).because(source)
    }
}

impl fmt::Display for PortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.system, self.message)?;
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

// `source` is part of the message already; giving it out again would print it twice.
impl Error for PortError {}
