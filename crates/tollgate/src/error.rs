//! The one place where errors become words and an exit code.

use std::fmt;

use tollgate_config::Problems;
use tollgate_engine::{EngineError, PortError};
use tollgate_ledger::LedgerError;
use tollgate_model::Exit;

/// Why a command could not do what was asked.
#[derive(Debug)]
pub(crate) struct CliError {
    pub(crate) exit: Exit,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    /// What is wrong with the user's files, each with its place.
    pub(crate) problems: Option<Box<Problems>>,
}

impl CliError {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None, problems: None }
    }

    /// The command line or a file of the user is wrong.
    pub(crate) fn misconfigured(message: impl Into<String>) -> Self {
        Self::new(Exit::Misconfigured, message)
    }

    /// Tollgate or the system failed.
    pub(crate) fn broken(message: impl fmt::Display) -> Self {
        Self::new(Exit::Broken, message.to_string())
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<Problems> for CliError {
    fn from(problems: Problems) -> Self {
        Self { problems: Some(Box::new(problems)), ..Self::misconfigured("nothing was run") }
    }
}

impl From<LedgerError> for CliError {
    fn from(error: LedgerError) -> Self {
        Self::broken(error).hint("`tollgate audit verify` says what of the ledger is sound")
    }
}

impl From<PortError> for CliError {
    fn from(error: PortError) -> Self {
        Self::broken(error)
    }
}

impl From<EngineError> for CliError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Ledger(error) => error.into(),
            EngineError::Port(error) => error.into(),
            error @ EngineError::Stopped => Self::new(Exit::Interrupted, error.to_string()),
            error @ EngineError::Illegal(_) => Self::broken(error),
        }
    }
}

// A closed pipe (`tollgate log | head`) is nobody's fault; `main` takes it for success.
impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::new(Exit::Passed, ""),
            _ => Self::broken(format!("can't write the output: {error}")),
        }
    }
}
