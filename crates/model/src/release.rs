//! Releases: what a run made of a commit, and the evidence for it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Digest, Hasher, RunId, StepId, Verdict};

/// Which release: the same project, commit, step and image are the same release, whoever builds it
/// and however often. Written as the first characters of a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReleaseId(Digest);

/// See [`crate::Fact::ReleaseRecorded`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReleaseRecorded {
    /// The run that made it.
    pub run: RunId,
    /// The step that built its image.
    pub step: StepId,
    /// Which release.
    pub release: ReleaseId,
    /// The commit's full hash.
    pub commit: String,
    /// The branch, unless the head was detached.
    pub branch: Option<String>,
    /// The digest of the image's manifest as registries write it: `sha256:…`.
    pub image: String,
    /// The key that signed the evidence: the SHA-256 of the public key, in hexadecimal.
    pub key: String,
    /// What is said about the image, and signed.
    pub evidence: Vec<EvidenceRef>,
}

/// A signed statement, as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRef {
    /// What kind of statement it is: the URI of its predicate.
    pub predicate: String,
    /// The step that it is about, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepId>,
    /// What it says of that, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// The store's digest of its envelope.
    pub envelope: Digest,
}

impl ReleaseId {
    /// The release of this image, built by `step` of `project` at a commit.
    #[must_use]
    pub fn of(project: &str, commit: &str, step: &StepId, image: &str) -> Self {
        let mut hasher = Hasher::new("tollgate release v1");
        for part in [project, commit, step.as_str(), image] {
            hasher.part(part.as_bytes());
        }
        Self(hasher.finish())
    }

    /// The whole of it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.0
    }
}

impl fmt::Display for ReleaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.short())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_told_by_project_commit_step_and_image() {
        let step = |name: &str| name.parse::<StepId>().unwrap();
        let one = ReleaseId::of("churn", "c0ffee", &step("image"), "sha256:1");
        assert_eq!(one, ReleaseId::of("churn", "c0ffee", &step("image"), "sha256:1"));
        for other in [
            ReleaseId::of("other", "c0ffee", &step("image"), "sha256:1"),
            ReleaseId::of("churn", "c0ffe0", &step("image"), "sha256:1"),
            ReleaseId::of("churn", "c0ffee", &step("images"), "sha256:1"),
            ReleaseId::of("churn", "c0ffee", &step("image"), "sha256:2"),
        ] {
            assert_ne!(one, other);
        }
    }
}
