//! Keeps one environment as its record says: instances, traffic, rollouts. All that it does follows from
//! the ledger, so a process that dies anywhere is followed by one that goes on.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tollgate_model::{
    DeliveryEvent, EnvironmentRecord, LocalTarget, ReleaseId, Smoke, Strategy, Timestamp, Verdict,
};

use super::judge::{Judgement, RolloutJudge};
use super::rollout::{Life, Next, Seen, next};
use super::{Asked, DeliverError, Deliverer, Role, Sample};
use crate::PortError;

/// So many requests of the stable are remembered, to know what is slow when a rollout begins.
const REMEMBERED: usize = 2_000;
/// How long a drill stays with the release before.
const DRILL: u64 = 2_000;
/// How long a release that is out keeps its instances at least, for requests that are under way.
const DRAIN: u64 = 30_000;
/// So many samples of a rollout are kept in one block.
const BLOCK: usize = 50_000;

/// Runs releases.
pub trait Workloads {
    /// Sees that a release runs. It is asked again and again, and does not wait.
    fn start(&self, release: ReleaseId, image: &str);

    /// Sees that it does not.
    fn stop(&self, release: ReleaseId);

    /// How it is.
    fn life(&self, release: ReleaseId) -> Life;

    /// Which releases run, or are on their way.
    fn running(&self) -> Vec<ReleaseId>;
}

/// Splits requests between releases.
pub trait Traffic {
    /// Sets who answers, for every request from now on.
    fn split(&self, split: &Split);

    /// What was seen since the last time.
    fn samples(&self) -> Vec<Sample>;

    /// Makes a request of one release, past the split: its status and its answer.
    ///
    /// # Errors
    /// It did not answer.
    fn ask(&self, release: ReleaseId, test: &Smoke) -> Result<(u16, Vec<u8>), String>;

    /// Makes a request as any client does: whether it was answered well.
    fn knock(&self, test: Option<&Smoke>) -> bool;

    /// How many requests were answered so far, and how many of them by an error.
    fn counts(&self) -> (u64, u64);

    /// Whether an answer has what a smoke test asks of its JSON.
    fn has(&self, answer: &[u8], path: &str) -> bool;
}

/// Who answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// The release that serves.
    pub stable: Option<ReleaseId>,
    /// The one that wants to.
    pub candidate: Option<ReleaseId>,
    /// Its part, in percent.
    pub percent: u8,
    /// Whether it gets copies instead.
    pub shadow: bool,
}

/// What a host remembers between two looks. Nothing of it has to survive.
#[derive(Default)]
pub struct Host {
    seen: Option<u64>,
    own: EnvironmentRecord,
    split: Option<Split>,
    judge: Option<(ReleaseId, RolloutJudge)>,
    baking: Option<(ReleaseId, Timestamp)>,
    stable: VecDeque<Sample>,
    kept: Vec<Sample>,
    step: (Option<Timestamp>, u64),
    smoked: Option<(ReleaseId, Verdict, String)>,
    drill: Option<Drill>,
    images: BTreeMap<ReleaseId, String>,
    leaving: BTreeMap<ReleaseId, Timestamp>,
}

struct Drill {
    millis: f64,
    until: Timestamp,
    counts: (u64, u64),
    knocked: u64,
    refused: u64,
}

/// What happened in one look, for whoever watches.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Looked {
    /// What was appended.
    pub appended: Vec<DeliveryEvent>,
}

impl Host {
    /// Looks once: at the ledger, at the instances, at the samples; and does what is due.
    ///
    /// # Errors
    /// The ledger can't be read or written.
    pub fn look(
        &mut self,
        deliverer: &mut Deliverer<'_>,
        target: &LocalTarget,
        workloads: &dyn Workloads,
        traffic: &dyn Traffic,
    ) -> Result<Looked, DeliverError> {
        let head = deliverer.record.head()?.seq;
        if self.seen != Some(head) {
            self.own = deliverer.own(&deliverer.record.environments()?);
            self.seen = Some(head);
        }
        // Before anything else: what the record says of the traffic is so.
        self.route(workloads, traffic);
        let now = deliverer.ports.clock.now();
        self.keep(deliverer, target, workloads, now)?;
        self.watch(deliverer, traffic);
        let mut looked = Looked::default();
        if self.drills(deliverer, traffic, now, &mut looked)? {
            return Ok(looked);
        }
        let seen = self.seen_now(workloads, now);
        match next(deliverer.environment, &self.own, &seen) {
            // What is kept is bounded: a full block is noted as it is.
            Next::Wait if self.kept.len() >= BLOCK && self.own.rollout.is_some() => {
                let Judgement { verdict, summary, .. } = seen.judgement;
                let judged = DeliveryEvent::Judged { verdict, summary, samples: None };
                self.append(deliverer, vec![judged], &mut looked)?;
            }
            Next::Wait => self.bakes(deliverer, now, &mut looked)?,
            Next::Smoke => {
                let found = smoke(deliverer, traffic, self.candidate());
                self.smoked = self.candidate().map(|release| (release, found.0, found.1));
            }
            Next::Append(events) => {
                self.append(deliverer, events, &mut looked)?;
                self.own = deliverer.own(&deliverer.record.environments()?);
                self.route(workloads, traffic);
            }
        }
        Ok(looked)
    }

    fn candidate(&self) -> Option<ReleaseId> {
        self.own.rollout.as_ref().map(|rollout| rollout.release)
    }

    fn route(&mut self, workloads: &dyn Workloads, traffic: &dyn Traffic) {
        let drilled = self.own.drilling.and_then(|_| self.own.last_good());
        let stable = drilled.or(self.own.stable.as_ref()).map(|served| served.release);
        let rollout = self.own.rollout.as_ref();
        let ready = |release: &ReleaseId| workloads.life(*release) == Life::Ready;
        let percent = rollout.map_or(0, |rollout| rollout.percent);
        let candidate = rollout.map(|rollout| rollout.release).filter(ready);
        let split = Split { stable, candidate, percent, shadow: percent == 0 };
        if self.split.as_ref() != Some(&split) {
            traffic.split(&split);
            self.split = Some(split);
        }
    }

    /// Runs what serves, what wants to, and what a rollback would go to while it is warm.
    fn keep(
        &mut self,
        deliverer: &Deliverer<'_>,
        target: &LocalTarget,
        workloads: &dyn Workloads,
        now: Timestamp,
    ) -> Result<(), DeliverError> {
        let warm = u64::try_from(target.warm.as_millis()).unwrap_or(u64::MAX);
        let is_warm = self.own.stable.as_ref().is_some_and(|it| now.millis_since(it.since) < warm);
        let stable = self.own.stable.as_ref().map(|served| served.release);
        let before = self.own.last_good().map(|served| served.release);
        let before = before.filter(|_| is_warm || self.own.drilling.is_some());
        let wanted: Vec<ReleaseId> =
            stable.into_iter().chain(self.candidate()).chain(before).collect();
        for release in &wanted {
            self.leaving.remove(release);
            if !self.images.contains_key(release)
                && let Some((_, recorded)) = deliverer.record.release(release)?
            {
                self.images.insert(*release, recorded.image);
            }
            if let Some(image) = self.images.get(release) {
                workloads.start(*release, image);
            }
        }
        for release in workloads.running() {
            if wanted.contains(&release) {
                continue;
            }
            let since = *self.leaving.entry(release).or_insert(now);
            if now.millis_since(since) > DRAIN {
                workloads.stop(release);
                self.leaving.remove(&release);
            }
        }
        Ok(())
    }

    /// Takes in what was seen of requests.
    fn watch(&mut self, deliverer: &Deliverer<'_>, traffic: &dyn Traffic) {
        let candidate = self.candidate();
        let rollout = &deliverer.environment.rollout;
        if let Some(release) = candidate
            && self.judge.as_ref().is_none_or(|(of, _)| *of != release)
        {
            let sticky = match &rollout.strategy {
                Strategy::Canary(canary) | Strategy::Shadow { then: Some(canary), .. } => {
                    canary.sticky.is_some()
                }
                _ => false,
            };
            let mut judge = RolloutJudge::new(&rollout.judge, sticky);
            let before = |sample: &Sample| Sample { role: Role::Before, ..sample.clone() };
            self.kept = self.stable.iter().map(before).collect();
            self.kept.iter().for_each(|sample| judge.take(sample));
            self.judge = Some((release, judge));
        }
        let since = self.own.rollout.as_ref().map(|rollout| rollout.since);
        if self.step.0 != since {
            self.step = (since, 0);
        }
        let baking = self.baking.is_some();
        for sample in traffic.samples() {
            if candidate.is_some() || baking {
                // All of it is the candidate's now.
                let after = baking && sample.role == Role::Stable;
                let role = if after { Role::After } else { sample.role };
                let seen = Sample { role, ..sample.clone() };
                if let Some((_, judge)) = &mut self.judge {
                    judge.take(&seen);
                }
                self.step.1 += u64::from(matches!(role, Role::Candidate | Role::Shadow));
                self.kept.push(seen);
            }
            if sample.role == Role::Stable && !baking {
                if self.stable.len() == REMEMBERED {
                    self.stable.pop_front();
                }
                self.stable.push_back(sample);
            }
        }
    }

    fn says(&self) -> Judgement {
        let nothing = Judgement {
            verdict: Verdict::Undecided,
            summary: "nothing was seen yet".into(),
            needs: None,
            candidates: 0,
        };
        self.judge.as_ref().map_or(nothing, |(_, judge)| judge.says())
    }

    fn seen_now(&self, workloads: &dyn Workloads, now: Timestamp) -> Seen {
        let candidate = self.candidate();
        let smoked = self.smoked.as_ref().filter(|(of, ..)| Some(*of) == candidate);
        Seen {
            now,
            candidate: candidate.map(|release| workloads.life(release)).unwrap_or_default(),
            smoked: smoked.map(|(_, verdict, summary)| (*verdict, summary.clone())),
            judgement: self.says(),
            in_step: self.step.1,
        }
    }

    fn append(
        &mut self,
        deliverer: &mut Deliverer<'_>,
        mut events: Vec<DeliveryEvent>,
        looked: &mut Looked,
    ) -> Result<(), DeliverError> {
        for event in &mut events {
            if let DeliveryEvent::Judged { samples, .. } = event {
                *samples = self.samples(deliverer)?;
            }
        }
        let own = self.own.clone();
        let decided = events.clone();
        // What a person did meanwhile stands: then it is looked at anew.
        let ((), appended) = match deliverer.transact(|this, records| {
            let same = this.own(records) == own;
            Ok((if same { decided.clone() } else { Vec::new() }, ((), same)))
        }) {
            Ok((_, ((), true))) => ((), events),
            Ok((_, ((), false))) => ((), Vec::new()),
            Err(error) => return Err(error),
        };
        self.seen = None;
        for event in &appended {
            match event {
                DeliveryEvent::RolloutCompleted => self.completed(deliverer, &own),
                DeliveryEvent::RolledBack(_) => {
                    self.judge = None;
                    self.baking = None;
                }
                _ => {}
            }
        }
        looked.appended.extend(appended);
        Ok(())
    }

    fn completed(&mut self, deliverer: &Deliverer<'_>, before: &EnvironmentRecord) {
        let release = before.rollout.as_ref().map(|rollout| rollout.release);
        self.stable.clear();
        let bakes = deliverer.environment.rollout.bake.is_some() && before.stable.is_some();
        match (&self.judge, release.filter(|_| bakes)) {
            (Some(_), Some(release)) => {
                self.baking = Some((release, deliverer.ports.clock.now()));
            }
            _ => self.judge = None,
        }
    }

    /// After a rollout the judge goes on for a while.
    fn bakes(
        &mut self,
        deliverer: &mut Deliverer<'_>,
        now: Timestamp,
        looked: &mut Looked,
    ) -> Result<(), DeliverError> {
        let Some((release, since)) = self.baking else { return Ok(()) };
        let bake = deliverer.environment.rollout.bake.unwrap_or(Duration::ZERO);
        let serves = self.own.stable.as_ref().is_some_and(|served| served.release == release);
        if !serves || Duration::from_millis(now.millis_since(since)) > bake {
            self.baking = None;
            self.judge = None;
            self.kept.clear();
            return Ok(());
        }
        self.kept.clear();
        let says = self.says();
        if says.verdict == Verdict::Fail && self.own.last_good().is_some() {
            self.baking = None;
            self.judge = None;
            let cause = tollgate_model::Cause::Worse;
            let went = deliverer.roll_back(&Asked { to: None, cause, reason: says.summary })?;
            self.seen = None;
            looked.appended.push(DeliveryEvent::RolledBack(went.back));
        }
        Ok(())
    }

    /// The samples since the last block, in the store.
    fn samples(
        &mut self,
        deliverer: &Deliverer<'_>,
    ) -> Result<Option<tollgate_model::Digest>, PortError> {
        if self.kept.is_empty() {
            return Ok(None);
        }
        let bytes = serde_json::to_vec(&self.kept).unwrap_or_default();
        let digest = deliverer.ports.store.put(&bytes)?;
        self.kept.clear();
        Ok(Some(digest))
    }

    /// A rehearsal: the split is with the release before while it lasts. Whether one is under way.
    fn drills(
        &mut self,
        deliverer: &mut Deliverer<'_>,
        traffic: &dyn Traffic,
        now: Timestamp,
        looked: &mut Looked,
    ) -> Result<bool, DeliverError> {
        let Some(began) = self.own.drilling else {
            self.drill = None;
            return Ok(false);
        };
        let back = self.own.last_good().map(|served| served.release);
        let is_back = self.split.as_ref().is_some_and(|split| split.stable == back);
        let drill = match &mut self.drill {
            Some(drill) => drill,
            // Only once the traffic is there does it count as being there.
            None if !is_back => return Ok(true),
            none => none.insert(Drill {
                millis: now.millis_since(began) as f64,
                until: Timestamp::from_millis(now.as_millis() + i64::try_from(DRILL).unwrap_or(0)),
                counts: traffic.counts(),
                knocked: 0,
                refused: 0,
            }),
        };
        if now < drill.until {
            // Where nobody asks anything, we do.
            let answered = traffic.counts().0 - drill.counts.0;
            if answered < 20 + drill.knocked {
                drill.knocked += 1;
                drill.refused += u64::from(!traffic.knock(deliverer.environment.smoke.first()));
            }
            return Ok(true);
        }
        let (answered, failed) = traffic.counts();
        let requests = answered - drill.counts.0;
        let failed = (failed - drill.counts.1).max(drill.refused);
        let verdict = if failed == 0 { Verdict::Pass } else { Verdict::Fail };
        let event = DeliveryEvent::Drilled { verdict, millis: drill.millis, requests, failed };
        self.append(deliverer, vec![event], looked)?;
        Ok(true)
    }
}

/// All smoke tests of the environment, against one release.
fn smoke(
    deliverer: &Deliverer<'_>,
    traffic: &dyn Traffic,
    release: Option<ReleaseId>,
) -> (Verdict, String) {
    let Some(release) = release else { return (Verdict::Undecided, "no candidate".into()) };
    for test in &deliverer.environment.smoke {
        let what = format!("{} {}", test.method, test.path);
        match traffic.ask(release, test) {
            Err(why) => return (Verdict::Fail, format!("{what}: {why}")),
            Ok((status, _)) if status != test.status => {
                return (Verdict::Fail, format!("{what}: {status}, expected {}", test.status));
            }
            Ok((_, answer)) => {
                if let Some(path) = test.json.as_ref().filter(|path| !traffic.has(&answer, path)) {
                    let why = format!("{what}: there is no {path} in the answer");
                    return (Verdict::Fail, why);
                }
            }
        }
    }
    (Verdict::Pass, format!("{} answered as expected", deliverer.environment.smoke.len()))
}
