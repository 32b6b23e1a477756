//! Makes the evidence of releases: states what a run found out, signs it with the key of this
//! machine, and keeps it in the store, and beside the image in the forms that cosign reads.

mod attach;
mod bill;
mod known;
mod statements;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use tollgate_engine::{Case, Certificate, Notary, PortError, PortErrorKind, Store as _};
use tollgate_evidence::{About, Envelope, Kind, PrivateKey, Statement, card};
use tollgate_model::{EvidenceRef, Timestamp};

use crate::DiskStore;
use crate::keys::Keys;

const SYSTEM: &str = "evidence";

/// The notary of a project.
#[derive(Debug)]
pub struct LocalNotary<'s> {
    root: PathBuf,
    state: PathBuf,
    store: &'s DiskStore,
    keys: Keys,
}

impl<'s> LocalNotary<'s> {
    /// Of the project at `root`, whose state is in `state`.
    #[must_use]
    pub fn new(root: &Path, state: &Path, store: &'s DiskStore, keys: Keys) -> Self {
        Self { root: root.to_owned(), state: state.to_owned(), store, keys }
    }

    fn sign(
        &self,
        statements: &[Statement],
        key: &PrivateKey,
    ) -> Result<Vec<(Kind, Envelope)>, PortError> {
        let sign = |statement: &Statement| {
            let signed = Envelope::sign(statement, key).map_err(|error| broken(&error))?;
            Ok((statement.predicate.kind(), signed))
        };
        statements.iter().map(sign).collect()
    }

    fn keep(
        &self,
        statements: &[Statement],
        signed: &[(Kind, Envelope)],
    ) -> Result<Vec<EvidenceRef>, PortError> {
        let keep = |(statement, (kind, envelope)): (&Statement, &(Kind, Envelope))| {
            let step = statement.predicate.step().and_then(|step| step.parse().ok());
            Ok(EvidenceRef {
                predicate: kind.uri().to_owned(),
                step,
                verdict: statement.predicate.verdict(),
                envelope: self.store.put(&envelope.to_bytes())?,
            })
        };
        statements.iter().zip(signed).map(keep).collect()
    }
}

impl Notary for LocalNotary<'_> {
    fn certify(&self, case: &Case<'_>) -> Result<Certificate, PortError> {
        let key = self.keys.signing().map_err(|error| unfit(&error))?;
        let statements = statements::of(case, self.store, &self.root)?;
        let signed = self.sign(&statements, &key)?;
        let evidence = self.keep(&statements, &signed)?;
        let public = key.public();
        let about = About {
            project: case.started.project.clone(),
            release: case.release.to_string(),
            commit: case.commit.to_owned(),
            image: case.image.digest.clone(),
            recorded: ended(case),
            key: public.id().to_string(),
        };
        let card = card(&about, &statements);
        attach::attach(&self.state, case, &signed, &key, &card)?;
        Ok(Certificate { key: public.id().to_string(), evidence })
    }
}

/// When the last of what it is about was over.
fn ended(case: &Case<'_>) -> Timestamp {
    case.steps.iter().map(|shown| shown.at).max().unwrap_or(case.started_at)
}

fn broken(error: &dyn std::fmt::Display) -> PortError {
    PortError::new(SYSTEM, PortErrorKind::Permanent, error.to_string())
}

fn unfit(error: &dyn std::fmt::Display) -> PortError {
    PortError::new(SYSTEM, PortErrorKind::Unfit, format!("no release without a key: {error}"))
}
