//! A commit to the manifests.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use tollgate_delivery::manifest::{
    Change, Edited, Image, Manifest, Place, Reference, name_image, named,
};
use tollgate_ledger::Head;
use tollgate_model::ReleaseRecorded;

use super::{DeliverError, Deliverer, Tip};

/// What is said of it.
pub(super) struct Said<'a> {
    /// The first line.
    pub(super) subject: String,
    /// A paragraph.
    pub(super) body: String,
    /// Who agreed.
    pub(super) approved_by: Vec<String>,
    /// Where the ledger stood when it was decided.
    pub(super) head: Head,
    pub(super) release: &'a ReleaseRecorded,
}

/// What came of it.
pub(super) struct Written {
    pub(super) commit: String,
    /// Nothing where Git said so already.
    pub(super) changes: Vec<Change>,
}

impl Deliverer<'_> {
    /// Names the release's image in the manifests, in one commit. Where they name it already, there is
    /// nothing to do: so it can be repeated.
    pub(super) fn write(&self, said: &Said<'_>) -> Result<Written, DeliverError> {
        let manifests = &self.environment.manifests;
        let tip = self.ports.branch.tip(manifests)?;
        let edited = self.edited(&tip, said.release)?;
        if edited.files.is_empty() {
            return Ok(Written { commit: tip.commit, changes: Vec::new() });
        }
        let message = self.message(said);
        let commit = self.ports.branch.commit(manifests, &tip.commit, &edited.files, &message)?;
        Ok(Written { commit, changes: edited.changes })
    }

    /// What the manifests would be. Where nobody says what the image is called, it is called as it is.
    pub(super) fn edited(
        &self,
        tip: &Tip,
        release: &ReleaseRecorded,
    ) -> Result<Edited, DeliverError> {
        let manifests = &self.environment.manifests;
        let tag = release.commit.get(..12).unwrap_or(&release.commit);
        let keys: Vec<&str> = manifests.values.iter().map(String::as_str).collect();
        let named = |repository: &str| {
            let image = Image { repository, digest: &release.image, tag: Some(tag) };
            name_image(&read(tip), &image, place(&keys))
        };
        let repository = manifests.image.as_deref().unwrap_or(self.repository);
        let edited = named(repository)?;
        let written = edited.changes.iter().map(|change| Reference::of(&change.before));
        let written: BTreeSet<String> = written.map(|reference| reference.repository).collect();
        match written.into_iter().collect::<Vec<_>>().as_slice() {
            [one] if !repository.contains('/') && one.ends_with(&format!("/{repository}")) => {
                Ok(named(one)?)
            }
            _ => Ok(edited),
        }
    }

    /// The digest of the image that the manifests name; none where they name it by a tag alone.
    pub(super) fn wants(&self, tip: &Tip) -> Result<Option<String>, DeliverError> {
        let manifests = &self.environment.manifests;
        let repository = manifests.image.as_deref().unwrap_or(self.repository);
        let keys: Vec<&str> = manifests.values.iter().map(String::as_str).collect();
        Ok(named(&read(tip), repository, place(&keys))?)
    }

    fn message(&self, said: &Said<'_>) -> String {
        let Said { subject, body, approved_by, head, release } = said;
        let mut text = format!("{subject}\n\n{body}\n\n");
        let mut trailer = |name: &str, value: &dyn std::fmt::Display| {
            // Writing to a text never fails.
            let _ = writeln!(text, "{name}: {value}");
        };
        trailer("Tollgate-Environment", &self.environment.name);
        trailer("Tollgate-Release", &release.release.digest());
        trailer("Tollgate-Commit", &release.commit);
        trailer("Tollgate-Image", &release.image);
        for said in &release.evidence {
            trailer("Tollgate-Evidence", &said.envelope);
        }
        trailer("Tollgate-Ledger", &format!("{} {}", head.seq, head.hash));
        trailer("Tollgate-By", &self.by.replace(['\n', '\r'], " "));
        for person in approved_by {
            trailer("Approved-by", person);
        }
        text
    }
}

fn read(tip: &Tip) -> Vec<Manifest<'_>> {
    tip.files.iter().map(|(path, text)| Manifest { path, text }).collect()
}

fn place<'k>(keys: &'k [&'k str]) -> Place<'k> {
    if keys.is_empty() { Place::Found } else { Place::Values(keys) }
}
