//! The evidence of a release, read from the store and compared with what the ledger says of it.

use tollgate_engine::{PortErrorKind, Store};
use tollgate_evidence::{Digests, Envelope, Keyring, Statement};
use tollgate_model::{EvidenceRef, Exit, ReleaseRecorded};

use super::show;
use crate::error::CliError;

/// What became of a signed statement.
pub(super) enum Read {
    /// It is as it was recorded, and signed by a key that is believed.
    Sound(Box<Statement>),
    /// It is not there.
    Missing,
    /// It is not what was recorded.
    Unsound(String),
}

pub(super) fn read(
    of: &EvidenceRef,
    release: &ReleaseRecorded,
    store: &dyn Store,
    keys: &Keyring,
) -> Read {
    // Before it is read: a store forgets what it finds damaged when it is asked for it.
    let bytes = match store.verify(&of.envelope) {
        Ok(None) => store.get(&of.envelope),
        Ok(Some(damage)) => return Read::Unsound(damage),
        Err(error) => Err(error),
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) if error.kind == PortErrorKind::NotFound => return Read::Missing,
        Err(error) => return Read::Unsound(error.to_string()),
    };
    let verified = Envelope::read(&bytes).and_then(|envelope| envelope.verify(keys));
    match verified {
        Ok(verified) => match differs(&verified.statement, of, release) {
            Some(why) => Read::Unsound(why),
            None => Read::Sound(Box::new(verified.statement)),
        },
        Err(error) => Read::Unsound(error.to_string()),
    }
}

/// The statement, or why it can't be believed.
pub(super) fn sound(
    of: &EvidenceRef,
    release: &ReleaseRecorded,
    store: &dyn Store,
    keys: &Keyring,
) -> Result<Statement, CliError> {
    let why = match read(of, release, store, keys) {
        Read::Sound(statement) => return Ok(*statement),
        Read::Missing => "it is not in the store".to_owned(),
        Read::Unsound(why) => why,
    };
    Err(CliError::new(Exit::Failed, format!("{}: {why}", show::name(of)))
        .hint("`tollgate release verify` says all that is wrong"))
}

/// In what the statement is another than the ledger's.
fn differs(said: &Statement, of: &EvidenceRef, release: &ReleaseRecorded) -> Option<String> {
    let image = Digests::registry(&release.image).ok()?;
    let predicate = &said.predicate;
    if !said.is_about(&image) {
        return Some(format!("it is not about {}", release.image));
    }
    if predicate.kind().uri() != of.predicate {
        return Some(format!("it is of the kind {}", predicate.kind().uri()));
    }
    if predicate.step() != of.step.as_ref().map(|step| step.as_str()) {
        return Some(format!("it is about step {:?}", predicate.step().unwrap_or_default()));
    }
    (predicate.verdict() != of.verdict).then(|| "it has another verdict".to_owned())
}
