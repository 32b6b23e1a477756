//! One environment, folded from its facts. `apply` is the one place that says which transitions are
//! legal: that a held release does not come in, that nothing that was found worse goes on, and that
//! a rollback is legal whatever else is under way.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    DeliveryEvent, IllegalTransition, Opinion, PromotionStarted, ReleaseId, RolledBack, Served,
    Timestamp, Verdict,
};

/// So many releases that served before are remembered.
const REMEMBERED: usize = 100;

/// An environment as its facts tell it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EnvironmentRecord {
    /// The release that serves.
    pub stable: Option<Served>,
    /// Those that served before it, newest last.
    pub before: Vec<Served>,
    /// A promotion that is on its way to Git, and since when.
    pub promoting: Option<(Timestamp, PromotionStarted)>,
    /// What Git asks for, and no rollout has begun of.
    pub wanted: Option<Wanted>,
    /// The rollout that is under way.
    pub rollout: Option<RolloutRecord>,
    /// A rollback that Git does not know of yet.
    pub unwritten: Option<RolledBack>,
    /// Releases that are barred, and why.
    pub holds: BTreeMap<ReleaseId, String>,
    /// Why no promotion is taken, where that is so.
    pub frozen: Option<String>,
    /// What people said, oldest first.
    pub opinions: Vec<(Timestamp, Opinion)>,
    /// What smoke tests came to, last.
    pub smoked: BTreeMap<ReleaseId, (Timestamp, Verdict)>,
    /// The last commit that was refused, and why.
    pub refused: Option<(String, String)>,
    /// Since when a rollback is being rehearsed, where one is.
    pub drilling: Option<Timestamp>,
    /// The last drill that went well.
    pub drilled: Option<Timestamp>,
}

/// What Git asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// The release.
    pub release: ReleaseId,
    /// The commit to the manifests that asks for it.
    pub commit: String,
}

/// A rollout that is under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RolloutRecord {
    /// The candidate.
    pub release: ReleaseId,
    /// The commit to the manifests that asks for it.
    pub commit: String,
    /// When it began.
    pub began: Timestamp,
    /// The candidate's part of the traffic, in percent.
    pub percent: u8,
    /// Since when it has that part.
    pub since: Timestamp,
    /// What its smoke tests came to.
    pub smoke: Option<Verdict>,
    /// What the judge said last.
    pub judged: Option<Verdict>,
    /// Why it waits for a person, where it does.
    pub paused: Option<String>,
}

impl EnvironmentRecord {
    /// The release that a rollback goes to: the last that served before and is not held.
    #[must_use]
    pub fn last_good(&self) -> Option<&Served> {
        let serves = self.stable.as_ref().map(|served| served.release);
        let good = |served: &&Served| {
            Some(served.release) != serves && !self.holds.contains_key(&served.release)
        };
        self.before.iter().rev().find(good)
    }

    /// Whether the release has served here, or does: all of the traffic.
    #[must_use]
    pub fn has_served(&self, release: ReleaseId) -> Option<&Served> {
        self.stable.iter().chain(self.before.iter().rev()).find(|served| served.release == release)
    }

    /// Takes in one fact.
    ///
    /// # Errors
    /// The fact can't follow on what is there. Nothing has changed then.
    pub fn apply(&mut self, event: &DeliveryEvent, at: Timestamp) -> Result<(), IllegalTransition> {
        if let Some(why) = self.forbids(event) {
            return Err(IllegalTransition { fact: event.kind(), why });
        }
        self.take(event, at);
        Ok(())
    }

    /// What forbids that this comes next.
    fn forbids(&self, event: &DeliveryEvent) -> Option<String> {
        match event {
            DeliveryEvent::PromotionStarted(promotion) => self.forbids_promotion(promotion),
            DeliveryEvent::PromotionCommitted { .. } | DeliveryEvent::PromotionAbandoned { .. } => {
                self.promoting.is_none().then(|| "no promotion is on its way".to_owned())
            }
            DeliveryEvent::CommitAdopted { release, .. } => {
                self.busy().or_else(|| self.serves(*release)).or_else(|| self.barred(*release))
            }
            DeliveryEvent::RolloutStarted { release } => match &self.wanted {
                _ if self.rollout.is_some() => Some("a rollout is under way".to_owned()),
                Some(wanted) if wanted.release == *release => None,
                _ => Some(format!("Git does not ask for {release}")),
            },
            DeliveryEvent::WeightSet { percent } if *percent == 0 => self.without_rollout(),
            DeliveryEvent::WeightSet { .. } | DeliveryEvent::RolloutCompleted => {
                self.without_rollout().or_else(|| self.found_worse())
            }
            DeliveryEvent::Smoked { release, .. } => {
                let candidate = self.rollout.as_ref().map(|rollout| rollout.release);
                (candidate != Some(*release)).then(|| format!("{release} is no candidate"))
            }
            DeliveryEvent::Judged { .. } | DeliveryEvent::RolloutPaused { .. } => {
                self.without_rollout()
            }
            DeliveryEvent::RolledBack(back) => self.forbids_rollback(back),
            DeliveryEvent::RollbackCommitted { .. } => {
                self.unwritten.is_none().then(|| "Git knows of every rollback".to_owned())
            }
            DeliveryEvent::HoldLifted { release, .. } => {
                (!self.holds.contains_key(release)).then(|| format!("{release} is not held"))
            }
            DeliveryEvent::Unfrozen { .. } => {
                self.frozen.is_none().then(|| "it is not frozen".to_owned())
            }
            DeliveryEvent::DrillStarted => match self.last_good() {
                _ if self.drilling.is_some() => Some("a drill is under way".to_owned()),
                Some(_) => self.busy(),
                None => Some("there is nothing to go back to".to_owned()),
            },
            DeliveryEvent::Drilled { .. } => {
                self.drilling.is_none().then(|| "no drill is under way".to_owned())
            }
            DeliveryEvent::OpinionGiven(_)
            | DeliveryEvent::Held { .. }
            | DeliveryEvent::Frozen { .. }
            | DeliveryEvent::CommitRefused { .. } => None,
        }
    }

    fn forbids_promotion(&self, promotion: &PromotionStarted) -> Option<String> {
        let barred = || self.barred(promotion.release);
        let barred = || promotion.overridden_by.is_none().then(barred).flatten();
        self.busy().or_else(|| self.serves(promotion.release)).or_else(barred)
    }

    fn serves(&self, release: ReleaseId) -> Option<String> {
        let serves = self.stable.as_ref().is_some_and(|served| served.release == release);
        serves.then(|| format!("{release} serves already"))
    }

    /// What has to come to its end before anything else comes in.
    fn busy(&self) -> Option<String> {
        if let Some((_, promotion)) = &self.promoting {
            return Some(format!("the promotion of {} is on its way", promotion.release));
        }
        if let Some(rollout) = &self.rollout {
            return Some(format!("the rollout of {} is under way", rollout.release));
        }
        self.unwritten
            .as_ref()
            .map(|back| format!("Git has yet to be told that {} is out", back.from))
    }

    fn barred(&self, release: ReleaseId) -> Option<String> {
        self.holds.get(&release).map(|why| format!("{release} is held: {why}"))
    }

    fn without_rollout(&self) -> Option<String> {
        self.rollout.is_none().then(|| "no rollout is under way".to_owned())
    }

    fn found_worse(&self) -> Option<String> {
        let rollout = self.rollout.as_ref()?;
        let failed = [rollout.smoke, rollout.judged].contains(&Some(Verdict::Fail));
        failed.then(|| format!("{} has failed", rollout.release))
    }

    /// Only that it makes sense: what is under way never stands against it.
    fn forbids_rollback(&self, back: &RolledBack) -> Option<String> {
        let candidate = self.rollout.as_ref().map(|rollout| rollout.release);
        let stable = self.stable.as_ref().map(|served| served.release);
        if candidate == Some(back.from) {
            let right = back.to == stable;
            return (!right).then(|| "a candidate goes back to the stable".to_owned());
        }
        if stable != Some(back.from) {
            return Some(format!("{} does not serve", back.from));
        }
        let served = |to: ReleaseId| self.before.iter().any(|served| served.release == to);
        match back.to {
            Some(to) if to != back.from && served(to) => None,
            Some(to) => Some(format!("{to} has not served before {}", back.from)),
            None => Some(format!("nothing served before {}", back.from)),
        }
    }

    fn take(&mut self, event: &DeliveryEvent, at: Timestamp) {
        match event {
            DeliveryEvent::OpinionGiven(opinion) => self.opinions.push((at, opinion.clone())),
            DeliveryEvent::Held { release, reason } => {
                self.holds.insert(*release, reason.clone());
            }
            DeliveryEvent::HoldLifted { release, .. } => {
                self.holds.remove(release);
            }
            DeliveryEvent::Frozen { reason } => self.frozen = Some(reason.clone()),
            DeliveryEvent::Unfrozen { .. } => self.frozen = None,
            DeliveryEvent::PromotionStarted(promotion) => {
                // Who goes past a hold lifts it.
                self.holds.remove(&promotion.release);
                // What no rollout has begun of is overtaken.
                self.wanted = None;
                self.promoting = Some((at, promotion.clone()));
            }
            DeliveryEvent::PromotionCommitted { commit } => {
                self.wanted = self.promoting.take().map(|(_, promotion)| Wanted {
                    release: promotion.release,
                    commit: commit.clone(),
                });
            }
            DeliveryEvent::PromotionAbandoned { .. } => self.promoting = None,
            DeliveryEvent::CommitAdopted { commit, release } => {
                self.wanted = Some(Wanted { release: *release, commit: commit.clone() });
            }
            DeliveryEvent::CommitRefused { commit, why, .. } => {
                self.refused = Some((commit.clone(), why.clone()));
            }
            DeliveryEvent::RolloutStarted { .. } => self.begin(at),
            DeliveryEvent::Smoked { release, verdict, .. } => {
                self.smoked.insert(*release, (at, *verdict));
                self.with_rollout(|rollout| rollout.smoke = Some(*verdict));
            }
            DeliveryEvent::WeightSet { percent } => self.with_rollout(|rollout| {
                rollout.percent = *percent;
                rollout.since = at;
                rollout.paused = None;
            }),
            DeliveryEvent::Judged { verdict, .. } => {
                self.with_rollout(|rollout| rollout.judged = Some(*verdict));
            }
            DeliveryEvent::RolloutPaused { why } => {
                self.with_rollout(|rollout| rollout.paused = Some(why.clone()));
            }
            DeliveryEvent::RolloutCompleted => self.complete(at),
            DeliveryEvent::RolledBack(back) => self.go_back(back, at),
            DeliveryEvent::RollbackCommitted { commit } => {
                self.unwritten = None;
                if let Some(stable) = &mut self.stable {
                    stable.commit = Some(commit.clone());
                }
            }
            DeliveryEvent::DrillStarted => self.drilling = Some(at),
            DeliveryEvent::Drilled { verdict, .. } => {
                self.drilling = None;
                if verdict.passed() {
                    self.drilled = Some(at);
                }
            }
        }
    }

    fn with_rollout(&mut self, change: impl FnOnce(&mut RolloutRecord)) {
        if let Some(rollout) = &mut self.rollout {
            change(rollout);
        }
    }

    fn begin(&mut self, at: Timestamp) {
        self.rollout = self.wanted.take().map(|wanted| RolloutRecord {
            release: wanted.release,
            commit: wanted.commit,
            began: at,
            percent: 0,
            since: at,
            smoke: None,
            judged: None,
            paused: None,
        });
    }

    fn complete(&mut self, at: Timestamp) {
        let Some(rollout) = self.rollout.take() else { return };
        let commit = Some(rollout.commit);
        self.serve(Served { release: rollout.release, since: at, commit });
    }

    fn serve(&mut self, served: Served) {
        if let Some(stable) = self.stable.replace(served) {
            self.before.push(stable);
            let excess = self.before.len().saturating_sub(REMEMBERED);
            self.before.drain(..excess);
        }
    }

    fn go_back(&mut self, back: &RolledBack, at: Timestamp) {
        self.holds.insert(back.from, back.reason.clone());
        self.promoting = None;
        self.wanted = None;
        self.drilling = None;
        let was_candidate = self.rollout.take().is_some_and(|rollout| rollout.release == back.from);
        if let Some(to) = back.to {
            // Only a person goes back to what is held, by its name.
            self.holds.remove(&to);
            self.unwritten = Some(back.clone());
            if !was_candidate {
                self.serve(Served { release: to, since: at, commit: None });
            }
        }
    }
}
