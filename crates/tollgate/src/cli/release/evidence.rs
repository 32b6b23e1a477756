//! The evidence of a release, read from the store and compared with what the ledger says of it.

use tollgate_adapters::read_evidence;
use tollgate_engine::Store;
use tollgate_evidence::{Keyring, Statement};
use tollgate_model::{EvidenceRef, Exit, ReleaseRecorded};

pub(super) use tollgate_adapters::{Read, read_evidence as read};

use super::show;
use crate::error::CliError;

/// The statement, or why it can't be believed.
pub(super) fn sound(
    of: &EvidenceRef,
    release: &ReleaseRecorded,
    store: &dyn Store,
    keys: &Keyring,
) -> Result<Statement, CliError> {
    let why = match read_evidence(of, release, store, keys) {
        Read::Sound(statement) => return Ok(*statement),
        Read::Missing => "it is not in the store".to_owned(),
        Read::Unsound(why) => why,
    };
    Err(CliError::new(Exit::Failed, format!("{}: {why}", show::name(of)))
        .hint("`tollgate release verify` says all that is wrong"))
}
