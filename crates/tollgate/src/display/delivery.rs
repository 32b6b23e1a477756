//! What happens to environments, in words.

use tollgate_model::{Cause, Decision, Delivery, DeliveryEvent, Verdict};

use super::{clock, style};

/// One fact in one line.
pub(crate) fn line(fact: &Delivery) -> String {
    let name = if fact.environment == Delivery::ALL { "all" } else { &fact.environment };
    format!("{}  {}", style::strong(format!("{name:>8}")), event(&fact.event))
}

fn event(event: &DeliveryEvent) -> String {
    let safe = style::safe;
    match event {
        DeliveryEvent::OpinionGiven(opinion) => {
            let word = match opinion.decision {
                Decision::Approve => style::good("approved"),
                Decision::Reject => style::bad("rejected"),
                Decision::Override => style::doubt("overridden"),
            };
            let why = opinion.reason.as_deref().map(|why| format!(": {}", safe(why)));
            let (release, signer) = (opinion.release, safe(&opinion.signer));
            format!("{word} {release} by {signer}{}", why.unwrap_or_default())
        }
        DeliveryEvent::Held { release, reason } => format!("{release} is held: {}", safe(reason)),
        DeliveryEvent::HoldLifted { release, reason } => {
            format!("{release} is no longer held: {}", safe(reason))
        }
        DeliveryEvent::Frozen { reason } => style::doubt(format!("frozen: {}", safe(reason))),
        DeliveryEvent::Unfrozen { reason } => format!("no longer frozen: {}", safe(reason)),
        DeliveryEvent::PromotionStarted(started) => format!("promotion of {}", started.release),
        DeliveryEvent::PromotionCommitted { commit } => {
            format!("{} in commit {}", style::good("promoted"), short(commit))
        }
        DeliveryEvent::PromotionAbandoned { why } => {
            style::doubt(format!("not promoted: {}", safe(why)))
        }
        DeliveryEvent::CommitAdopted { commit, release } => {
            format!("commit {} asks for {release}", short(commit))
        }
        DeliveryEvent::CommitRefused { commit, why, .. } => {
            style::doubt(format!("commit {} is not followed: {}", short(commit), safe(why)))
        }
        DeliveryEvent::RolloutStarted { release } => format!("rollout of {release} begins"),
        DeliveryEvent::Smoked { verdict, summary, .. } => {
            format!("smoke tests {}: {}", told(*verdict), safe(summary))
        }
        DeliveryEvent::WeightSet { percent } => format!("{percent} % to the candidate"),
        DeliveryEvent::Judged { verdict, summary, .. } => {
            format!("judged {}: {}", told(*verdict), safe(summary))
        }
        DeliveryEvent::RolloutPaused { why } => {
            style::doubt(format!("waits for a person: {}", safe(why)))
        }
        DeliveryEvent::RolloutCompleted => style::good("rolled out"),
        DeliveryEvent::RolledBack(back) => {
            let by = match back.cause {
                Cause::Person => "by a person",
                Cause::Worse => "by the judge",
                Cause::Smoke => "by its smoke tests",
                Cause::Crash => "as it does not stay up",
            };
            let to = back.to.map_or_else(|| "nothing".to_owned(), |to| to.to_string());
            let line = format!("rolled back {} to {to} {by}", back.from);
            format!("{}: {}", style::bad(line), safe(&back.reason))
        }
        DeliveryEvent::RollbackCommitted { commit } => {
            format!("Git knows of the rollback: commit {}", short(commit))
        }
        DeliveryEvent::DrillStarted => "a drill begins".to_owned(),
        DeliveryEvent::Drilled { verdict, millis, requests, failed } => format!(
            "drill {}: back in {}, {failed} of {requests} requests failed",
            told(*verdict),
            clock(millis.round() as u64),
        ),
    }
}

fn told(verdict: Verdict) -> String {
    match verdict {
        Verdict::Pass => style::good("passed"),
        Verdict::Fail => style::bad("failed"),
        Verdict::Undecided => style::doubt("undecided"),
    }
}

fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}
