//! Why something was not delivered.

use tollgate_delivery::manifest::ManifestError;
use tollgate_delivery::policy::Assessment;
use tollgate_ledger::LedgerError;

use crate::PortError;

/// Why something was not delivered.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// The policy does not admit it.
    #[error("{} does not admit {}", .0.environment, .0.release)]
    Refused(Box<Assessment>),
    /// It makes no sense as things stand.
    #[error("{0}")]
    Senseless(String),
    /// The manifests can't be changed.
    #[error(transparent)]
    Manifests(#[from] ManifestError),
    /// Something outside failed.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(LedgerError),
}

impl From<LedgerError> for DeliverError {
    fn from(error: LedgerError) -> Self {
        match error {
            // What is not legal is what the user asked for, not a fault of the ledger.
            LedgerError::Illegal(why) => Self::Senseless(why.why),
            error => Self::Ledger(error),
        }
    }
}
