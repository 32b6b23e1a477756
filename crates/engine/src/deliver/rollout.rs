//! What comes next in an environment: a pure function of its record and of what is seen.

use std::time::Duration;

use tollgate_model::{
    Canary, Cause, Decision, DeliveryEvent, Environment, EnvironmentRecord, RolledBack,
    RolloutRecord, Strategy, Timestamp, Verdict,
};

use super::judge::Judgement;

/// How long a candidate may take until it is ready.
const PATIENCE: Duration = Duration::from_secs(300);
/// How long a shadow without a canary's deadline may take.
const SHADOW_DEADLINE: Duration = Duration::from_secs(3600);

/// How a release's instances are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Life {
    /// There are none.
    #[default]
    Absent,
    /// They are on their way.
    Starting,
    /// They answer.
    Ready,
    /// They do not stay up, or do not come up at all.
    Failed(String),
}

/// What is seen of a rollout.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The time.
    pub now: Timestamp,
    /// How the candidate is.
    pub candidate: Life,
    /// What its smoke tests came to, where they have just been made.
    pub smoked: Option<(Verdict, String)>,
    /// What the judge says.
    pub judgement: Judgement,
    /// How many requests the candidate has answered since its weight was set.
    pub in_step: u64,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Nothing yet.
    Wait,
    /// The smoke tests are made.
    Smoke,
    /// This is appended.
    Append(Vec<DeliveryEvent>),
}

/// What comes next.
#[must_use]
pub fn next(environment: &Environment, own: &EnvironmentRecord, seen: &Seen) -> Next {
    if let Some(rollout) = &own.rollout {
        return Rollout { environment, own, rollout, seen }.next();
    }
    match &own.wanted {
        // Two at once would leave nobody to say which of them was slow.
        Some(wanted) if own.drilling.is_none() => {
            Next::Append(vec![DeliveryEvent::RolloutStarted { release: wanted.release }])
        }
        _ => Next::Wait,
    }
}

struct Rollout<'a> {
    environment: &'a Environment,
    own: &'a EnvironmentRecord,
    rollout: &'a RolloutRecord,
    seen: &'a Seen,
}

impl Rollout<'_> {
    fn next(&self) -> Next {
        if let Life::Failed(why) = &self.seen.candidate {
            return self.back(Cause::Crash, why, Vec::new());
        }
        if self.rollout.smoke == Some(Verdict::Fail) {
            return self.back(Cause::Smoke, "its smoke tests failed", Vec::new());
        }
        if self.rollout.judged == Some(Verdict::Fail) {
            return self.back(Cause::Worse, "it is worse", Vec::new());
        }
        if self.seen.candidate != Life::Ready {
            return match self.since(self.rollout.began) > PATIENCE {
                true => self.back(Cause::Crash, "it was not ready in time", Vec::new()),
                false => Next::Wait,
            };
        }
        if self.rollout.smoke.is_none() && !self.environment.smoke.is_empty() {
            return self.smoked();
        }
        let Judgement { verdict, summary, .. } = &self.seen.judgement;
        if *verdict == Verdict::Fail && self.own.stable.is_some() {
            return self.back(Cause::Worse, summary, vec![self.judged()]);
        }
        self.forward()
    }

    fn smoked(&self) -> Next {
        let Some((verdict, summary)) = self.seen.smoked.clone() else { return Next::Smoke };
        let release = self.rollout.release;
        let smoked = DeliveryEvent::Smoked { release, verdict, summary: summary.clone() };
        match verdict {
            Verdict::Fail => self.back(Cause::Smoke, &summary, vec![smoked]),
            _ => Next::Append(vec![smoked]),
        }
    }

    fn forward(&self) -> Next {
        if self.own.stable.is_none() {
            return self.complete();
        }
        match &self.environment.rollout.strategy {
            Strategy::AllAtOnce | Strategy::BlueGreen => self.complete(),
            Strategy::Canary(canary) => self.canary(canary),
            Strategy::Shadow { then: Some(canary), .. } if self.rollout.percent > 0 => {
                self.canary(canary)
            }
            Strategy::Shadow { requests, then } => {
                let deadline = then.as_ref().map_or(SHADOW_DEADLINE, |canary| canary.deadline);
                if self.seen.judgement.candidates < *requests {
                    return self.pause(deadline, "the shadow has not seen enough requests");
                }
                match then.as_ref().and_then(|canary| canary.steps.first()) {
                    Some(first) => {
                        let weight = DeliveryEvent::WeightSet { percent: *first };
                        Next::Append(vec![self.judged(), weight])
                    }
                    None => self.complete(),
                }
            }
        }
    }

    fn canary(&self, canary: &Canary) -> Next {
        let percent = self.rollout.percent;
        let next = canary.steps.iter().find(|step| **step > percent).copied();
        if percent == 0 {
            let first = next.map(|percent| DeliveryEvent::WeightSet { percent });
            return first.map_or_else(|| self.complete(), |first| Next::Append(vec![first]));
        }
        let enough = self.seen.in_step >= canary.requests;
        let long = self.since(self.rollout.since) >= canary.time;
        if !enough || !long {
            return self.pause(canary.deadline, "there were too few requests to judge it by");
        }
        match next {
            Some(percent) => {
                Next::Append(vec![self.judged(), DeliveryEvent::WeightSet { percent }])
            }
            None if self.seen.judgement.verdict.passed() => self.complete(),
            // No data is no pass.
            None => self.pause(canary.deadline, &self.seen.judgement.summary),
        }
    }

    fn judged(&self) -> DeliveryEvent {
        let Judgement { verdict, summary, .. } = self.seen.judgement.clone();
        DeliveryEvent::Judged { verdict, summary, samples: None }
    }

    fn complete(&self) -> Next {
        // Where nothing is asked, nothing is said.
        let asked = self.environment.rollout.judge != tollgate_model::Judge::default();
        let judged = (asked && self.own.stable.is_some()).then(|| self.judged());
        Next::Append(judged.into_iter().chain([DeliveryEvent::RolloutCompleted]).collect())
    }

    /// Waits, and past the deadline for a person. One who goes past the policy ends it.
    fn pause(&self, deadline: Duration, why: &str) -> Next {
        let release = self.rollout.release;
        let goes_on = self.own.opinions.iter().any(|(at, opinion)| {
            opinion.decision == Decision::Override
                && opinion.release == release
                && opinion.policy == self.environment.policy_digest()
                && *at >= self.rollout.began
        });
        if goes_on && self.rollout.paused.is_some() {
            return self.complete();
        }
        let is_over = self.since(self.rollout.began) > deadline;
        if is_over && self.rollout.paused.is_none() {
            return Next::Append(vec![DeliveryEvent::RolloutPaused { why: why.to_owned() }]);
        }
        Next::Wait
    }

    fn back(&self, cause: Cause, why: &str, before: Vec<DeliveryEvent>) -> Next {
        let back = RolledBack {
            from: self.rollout.release,
            to: self.own.stable.as_ref().map(|served| served.release),
            cause,
            reason: why.to_owned(),
        };
        Next::Append(before.into_iter().chain([DeliveryEvent::RolledBack(back)]).collect())
    }

    fn since(&self, then: Timestamp) -> Duration {
        Duration::from_millis(self.seen.now.millis_since(then))
    }
}
