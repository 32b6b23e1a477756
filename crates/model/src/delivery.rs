//! What happens to an environment.

use serde::{Deserialize, Serialize};

use crate::{Digest, ReleaseId, Timestamp, Verdict};

/// See [`crate::Fact::Delivery`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Which environment; [`Delivery::ALL`] for all.
    pub environment: String,
    /// Who asked for it: a person, a pipeline (`pipeline main`), or `tollgate` itself.
    pub by: String,
    /// What happened.
    #[serde(flatten)]
    pub event: DeliveryEvent,
}

/// One thing that happened to an environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum DeliveryEvent {
    /// A person said something about a release, and signed it.
    OpinionGiven(Opinion),
    /// A release is barred.
    Held {
        /// Which.
        release: ReleaseId,
        /// Why.
        reason: String,
    },
    /// It is no more.
    HoldLifted {
        /// Which.
        release: ReleaseId,
        /// Why.
        reason: String,
    },
    /// No promotion is taken until it is lifted.
    Frozen {
        /// Why.
        reason: String,
    },
    /// They are again.
    Unfrozen {
        /// Why.
        reason: String,
    },
    /// A promotion was decided: the intent, before Git is written.
    PromotionStarted(PromotionStarted),
    /// It is in Git: the outcome.
    PromotionCommitted {
        /// The commit to the manifests.
        commit: String,
    },
    /// It did not come to a commit.
    PromotionAbandoned {
        /// Why.
        why: String,
    },
    /// A commit that Tollgate did not make asks for a release, and policy admits it.
    CommitAdopted {
        /// The commit to the manifests.
        commit: String,
        /// The release that it names.
        release: ReleaseId,
    },
    /// A commit that Tollgate did not make asks for what policy does not admit: it is shown, and not
    /// applied.
    CommitRefused {
        /// The commit to the manifests.
        commit: String,
        /// The image that it names.
        image: String,
        /// Why not.
        why: String,
    },
    /// A release begins to take over the traffic.
    RolloutStarted {
        /// The candidate.
        release: ReleaseId,
    },
    /// What the smoke tests of the candidate came to.
    Smoked {
        /// The release.
        release: ReleaseId,
        /// What they came to.
        verdict: Verdict,
        /// What was found, in a sentence.
        summary: String,
    },
    /// The candidate is to have that part of the traffic: the intent.
    WeightSet {
        /// In percent.
        percent: u8,
    },
    /// What the judge says has changed.
    Judged {
        /// `Fail` is worse.
        verdict: Verdict,
        /// What was found, in a sentence.
        summary: String,
        /// The store's digest of the samples that it was judged by.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        samples: Option<Digest>,
    },
    /// The rollout waits for a person: its deadline is over and nothing is decided.
    RolloutPaused {
        /// Why.
        why: String,
    },
    /// The candidate serves all of it, and is the stable now.
    RolloutCompleted,
    /// The candidate is out, or is to be out, and the stable has all of it: the intent.
    RolledBack(RolledBack),
    /// Git says so too.
    RollbackCommitted {
        /// The commit to the manifests.
        commit: String,
    },
    /// A rollback is to be rehearsed: the intent.
    DrillStarted,
    /// A rollback was rehearsed, and what served before serves again.
    Drilled {
        /// `Pass` where no request failed and the traffic came back.
        verdict: Verdict,
        /// From the command until all traffic was with the release before, in milliseconds.
        millis: f64,
        /// Requests that were answered meanwhile.
        requests: u64,
        /// Those of them that failed.
        failed: u64,
    },
}

/// What a person said about a release in an environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opinion {
    /// The release.
    pub release: ReleaseId,
    /// The digest of the policy under which it was said.
    pub policy: Digest,
    /// What.
    pub decision: Decision,
    /// Why; an override has a reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who, as the file of signers names them.
    pub signer: String,
    /// The store's digest of the SSH signature.
    pub signature: Digest,
}

/// What a person decides about a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It may go in, as far as they are concerned.
    Approve,
    /// It may not.
    Reject,
    /// It goes in, whatever the policy says.
    Override,
}

/// See [`DeliveryEvent::PromotionStarted`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PromotionStarted {
    /// The release.
    pub release: ReleaseId,
    /// The digest of its image.
    pub image: String,
    /// The digest of the policy that admitted it.
    pub policy: Digest,
    /// The store's digest of what was assessed.
    pub assessment: Digest,
    /// Who went past the policy, where it did not admit it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overridden_by: Option<String>,
}

/// See [`DeliveryEvent::RolledBack`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RolledBack {
    /// The release that is taken out, and held.
    pub from: ReleaseId,
    /// The release that serves instead; none where it was the first.
    pub to: Option<ReleaseId>,
    /// What made it so.
    pub cause: Cause,
    /// Why, in a sentence.
    pub reason: String,
}

/// What made a rollback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A person.
    Person,
    /// The judge: the candidate is worse.
    Worse,
    /// Its smoke tests failed.
    Smoke,
    /// It does not stay up.
    Crash,
}

impl Delivery {
    /// Stands for all environments: for freezes alone.
    pub const ALL: &'static str = "*";
}

impl DeliveryEvent {
    /// The kind as it stands in the ledger.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::OpinionGiven(opinion) => match opinion.decision {
                Decision::Approve => "approved",
                Decision::Reject => "rejected",
                Decision::Override => "overridden",
            },
            Self::Held { .. } => "held",
            Self::HoldLifted { .. } => "hold_lifted",
            Self::Frozen { .. } => "frozen",
            Self::Unfrozen { .. } => "unfrozen",
            Self::PromotionStarted(_) => "promotion_started",
            Self::PromotionCommitted { .. } => "promotion_committed",
            Self::PromotionAbandoned { .. } => "promotion_abandoned",
            Self::CommitAdopted { .. } => "commit_adopted",
            Self::CommitRefused { .. } => "commit_refused",
            Self::RolloutStarted { .. } => "rollout_started",
            Self::Smoked { .. } => "smoked",
            Self::WeightSet { .. } => "weight_set",
            Self::Judged { .. } => "judged",
            Self::RolloutPaused { .. } => "rollout_paused",
            Self::RolloutCompleted => "rollout_completed",
            Self::RolledBack(_) => "rolled_back",
            Self::RollbackCommitted { .. } => "rollback_committed",
            Self::DrillStarted => "drill_started",
            Self::Drilled { .. } => "drilled",
        }
    }
}

/// A release that served.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Served {
    /// Which.
    pub release: ReleaseId,
    /// Since when.
    pub since: Timestamp,
    /// The commit to the manifests that put it there; none until Git has it.
    pub commit: Option<String>,
}
