//! What a person signs.

use std::fmt::Write as _;

use tollgate_model::{Decision, Digest, ReleaseId};

/// The namespace of the signatures (`ssh-keygen -Y sign -n`): one made for anything else is none.
pub const NAMESPACE: &str = "approval@tollgate";

/// What an approval is about. It belongs to exactly one release in one environment under one policy.
#[derive(Clone, Copy, Debug)]
pub struct Statement<'a> {
    /// The project.
    pub project: &'a str,
    /// The environment.
    pub environment: &'a str,
    /// The release.
    pub release: ReleaseId,
    /// The digest of its image.
    pub image: &'a str,
    /// The digest of the environment's policy.
    pub policy: Digest,
    /// What is decided.
    pub decision: Decision,
    /// Why.
    pub reason: Option<&'a str>,
}

impl Statement<'_> {
    /// The text that is signed: a line for each part. No part can pass for another, as none has a
    /// line's end in it.
    #[must_use]
    pub fn text(&self) -> String {
        let decision = match self.decision {
            Decision::Approve => "approve",
            Decision::Reject => "reject",
            Decision::Override => "override",
        };
        let mut text = String::from("tollgate approval v1\n");
        let (release, policy) = (self.release.digest().to_string(), self.policy.to_string());
        for (name, value) in [
            ("decision", decision),
            ("project", self.project),
            ("environment", self.environment),
            ("release", &release),
            ("image", self.image),
            ("policy", &policy),
            ("reason", self.reason.unwrap_or_default()),
        ] {
            // Writing to a text never fails.
            let _ = writeln!(text, "{name}: {}", value.replace(['\n', '\r'], " "));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_names_all_that_it_is_about() {
        let release = ReleaseId::of("churn", "c0ffee", &"image".parse().unwrap(), "sha256:1");
        let statement = Statement {
            project: "churn",
            environment: "prod",
            release,
            image: "sha256:1",
            policy: Digest::of(b"policy"),
            decision: Decision::Approve,
            reason: Some("looks\ngood"),
        };
        let text = statement.text();
        assert!(text.contains("decision: approve\nproject: churn\nenvironment: prod\n"), "{text}");
        assert!(text.ends_with("reason: looks good\n"), "{text}");
        for other in [
            Statement { environment: "staging", ..statement },
            Statement { policy: Digest::of(b"other"), ..statement },
            Statement { decision: Decision::Reject, ..statement },
            Statement { image: "sha256:2", ..statement },
        ] {
            assert_ne!(other.text(), text);
        }
    }
}
