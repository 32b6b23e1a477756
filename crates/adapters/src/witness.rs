//! Who checks signatures: of machines, on evidence; of people, on approvals.

use std::path::{Path, PathBuf};

use tollgate_delivery::policy::Shown;
use tollgate_engine::deliver::Witness;
use tollgate_engine::{PortErrorKind, Store};
use tollgate_evidence::{Digests, Envelope, Keyring, Kind, Statement};
use tollgate_model::{EvidenceRef, Opinion, RelPath, ReleaseRecorded, Timestamp, Verdict};

use crate::{DiskStore, Signers};

/// Believes the keys that are handed in.
pub struct LocalWitness<'s> {
    root: PathBuf,
    store: &'s DiskStore,
    keys: Keyring,
}

impl<'s> LocalWitness<'s> {
    /// For the project in `root`.
    #[must_use]
    pub fn new(root: &Path, store: &'s DiskStore, keys: Keyring) -> Self {
        Self { root: root.to_owned(), store, keys }
    }
}

impl Witness for LocalWitness<'_> {
    fn evidence(&self, release: &ReleaseRecorded, at: Timestamp) -> Vec<Shown> {
        release.evidence.iter().filter_map(|said| self.shown(said, release, at)).collect()
    }

    fn void(&self, text: &str, opinion: &Opinion, signers: &RelPath) -> Option<String> {
        let signature = match self.store.get(&opinion.signature) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) => return Some(format!("the signature can't be read: {error}")),
        };
        let signers = Signers::new(&self.root.join(signers.as_str()));
        signers.verify(text, &signature, &opinion.signer).err().map(|error| error.to_string())
    }
}

impl LocalWitness<'_> {
    fn shown(&self, said: &EvidenceRef, release: &ReleaseRecorded, at: Timestamp) -> Option<Shown> {
        let is_scan = Kind::of(&said.predicate) == Some(Kind::Scan);
        let step = said.step.as_ref().map(|step| step.as_str());
        let kind = Kind::of(&said.predicate)?;
        let name = if is_scan { "scan" } else { step.unwrap_or(kind.word()) }.to_owned();
        // What says nothing of a verdict, such as a provenance, is there or it is not.
        let verdict = said.verdict.unwrap_or(Verdict::Pass);
        let sound = |verdict| Shown { name: name.clone(), verdict, at, found: None };
        let unsound = |verdict, found| Shown { name: name.clone(), verdict, at, found };
        Some(match read_evidence(said, release, self.store, &self.keys) {
            Read::Sound(_) => sound(verdict),
            Read::Missing => unsound(Verdict::Undecided, Some("it is not in the store".into())),
            Read::Unsound(why) => unsound(Verdict::Fail, Some(why)),
        })
    }
}

/// What became of a signed statement.
pub enum Read {
    /// It is as it was recorded, and signed by a key that is believed.
    Sound(Box<Statement>),
    /// It is not there.
    Missing,
    /// It is not what was recorded.
    Unsound(String),
}

/// The evidence of a release, read from the store and compared with what the ledger says of it.
pub fn read_evidence(
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
