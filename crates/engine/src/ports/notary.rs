//! Who turns what a run found out into evidence.

use tollgate_model::{
    BuiltImage, Digest, EvidenceRef, Plan, ReleaseId, RunId, RunStarted, StepId, StepResult,
    Timestamp,
};

use super::PortError;
use crate::ScanEntry;

/// Makes the evidence of a release: states it, signs it, keeps it.
pub trait Notary: Sync {
    /// The evidence of a release, which is in the store when this returns. The same case gives the
    /// same evidence, so it can be repeated.
    ///
    /// # Errors
    /// There is no key that can sign, something that the evidence is about is not to be had, or it
    /// could not be kept. `Unfit` where a person has to do something about it.
    fn certify(&self, case: &Case<'_>) -> Result<Certificate, PortError>;
}

/// What a release is, and all that is known of how it came about.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// The steps as they were declared.
    pub plan: &'a Plan,
    /// The run that made it.
    pub started: &'a RunStarted,
    /// When that began.
    pub started_at: Timestamp,
    /// Which release.
    pub release: ReleaseId,
    /// The commit's full hash.
    pub commit: &'a str,
    /// The step that built its image.
    pub step: &'a StepId,
    /// The image.
    pub image: &'a BuiltImage,
    /// What each step of the run came to, in the run's order. All of them passed.
    pub steps: Vec<Shown<'a>>,
}

/// What a step came to, here or in the run whose result was used again.
#[derive(Clone, Debug)]
pub struct Shown<'a> {
    /// Which step.
    pub step: &'a StepId,
    /// Its key: everything that it could read.
    pub key: Digest,
    /// What came of it.
    pub result: &'a StepResult,
    /// The run in which it ran.
    pub run: RunId,
    /// When it ended there.
    pub at: Timestamp,
    /// The files of the project that it read.
    pub inputs: &'a [&'a ScanEntry],
}

/// Evidence that is signed and kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The key that signed it: the SHA-256 of the public key, in hexadecimal.
    pub key: String,
    /// The statements.
    pub evidence: Vec<EvidenceRef>,
}
