//! What delivery asks of the outside.

use std::collections::BTreeMap;

use tollgate_delivery::policy::Shown;
use tollgate_ledger::{Head, Ledger, LedgerError};
use tollgate_model::{
    EnvironmentRecord, Fact, Manifests, Opinion, RelPath, ReleaseId, ReleaseRecorded, Timestamp,
};

use crate::PortError;

/// The branch of a repository that an environment follows.
pub trait Branch: Sync {
    /// How it stands, asked anew.
    ///
    /// # Errors
    /// It can't be reached (`Transient`), or is not there.
    fn tip(&self, manifests: &Manifests) -> Result<Tip, PortError>;

    /// Puts a commit on it that changes these files, where it still stands at `base`: its hash.
    ///
    /// # Errors
    /// `Conflict` where it does not stand there any more, `Denied` where it takes no commit of ours.
    fn commit(
        &self,
        manifests: &Manifests,
        base: &str,
        files: &[(String, String)],
        message: &str,
    ) -> Result<String, PortError>;

    /// Who wrote what leads from one commit of the project to another: mail addresses, in lower case.
    ///
    /// # Errors
    /// The history can't be read.
    fn authors(&self, since: Option<&str>, commit: &str) -> Result<Vec<String>, PortError>;
}

/// How a branch stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    /// Its last commit.
    pub commit: String,
    /// The manifests there: path and text.
    pub files: Vec<(String, String)>,
}

/// Who checks signatures.
pub trait Witness: Sync {
    /// What the evidence of a release says, each signature checked.
    fn evidence(&self, release: &ReleaseRecorded, at: Timestamp) -> Vec<Shown>;

    /// Why a person's signature under that text is not to be believed; none where it is.
    fn void(&self, text: &str, opinion: &Opinion, signers: &RelPath) -> Option<String>;
}

/// The ledger, as far as delivery is concerned.
pub trait Record {
    /// Where it ends.
    ///
    /// # Errors
    /// It can't be read.
    fn head(&self) -> Result<Head, LedgerError>;

    /// How every environment stands.
    ///
    /// # Errors
    /// It can't be read.
    fn environments(&self) -> Result<BTreeMap<String, EnvironmentRecord>, LedgerError>;

    /// A release, and when it was recorded last.
    ///
    /// # Errors
    /// It can't be read.
    fn release(
        &self,
        release: &ReleaseId,
    ) -> Result<Option<(Timestamp, ReleaseRecorded)>, LedgerError>;

    /// The newest release of an image.
    ///
    /// # Errors
    /// It can't be read.
    fn release_of_image(
        &self,
        image: &str,
    ) -> Result<Option<(Timestamp, ReleaseRecorded)>, LedgerError>;

    /// Appends facts, all or none, where the ledger still ends at `expected`.
    ///
    /// # Errors
    /// Another got in between, a fact can't follow, or it can't be written.
    fn append(&mut self, expected: u64, at: Timestamp, facts: &[Fact])
    -> Result<Head, LedgerError>;
}

/// So many releases are looked through for an image.
const LOOKED_BACK: usize = 10_000;

impl Record for Ledger {
    fn head(&self) -> Result<Head, LedgerError> {
        self.head()
    }

    fn environments(&self) -> Result<BTreeMap<String, EnvironmentRecord>, LedgerError> {
        self.environments()
    }

    fn release(
        &self,
        release: &ReleaseId,
    ) -> Result<Option<(Timestamp, ReleaseRecorded)>, LedgerError> {
        Ok(self.release(release)?.into_iter().next())
    }

    fn release_of_image(
        &self,
        image: &str,
    ) -> Result<Option<(Timestamp, ReleaseRecorded)>, LedgerError> {
        let all = self.releases(LOOKED_BACK)?;
        Ok(all.into_iter().find(|(_, release)| release.image == image))
    }

    fn append(
        &mut self,
        expected: u64,
        at: Timestamp,
        facts: &[Fact],
    ) -> Result<Head, LedgerError> {
        self.append(expected, at, facts)
    }
}
