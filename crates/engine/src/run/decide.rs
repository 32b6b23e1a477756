//! The decisions of a run. Pure: observations go in, facts come out, and what is due follows from
//! the facts. The driver appends the facts before it does what is due.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_model::{
    BuiltImage, Digest, Fact, IllegalTransition, Judged, OutputRef, Plan, RelPath, Resources,
    RunEnd, RunFinished, RunRecord, RunStarted, Step, StepEnd, StepFinished, StepId, StepKind,
    StepResult, StepReused, StepSkipped, StepStarted, StepState, Tests, Timestamp, Verdict,
};

use super::Request;
use crate::attempt::summarise;
use crate::{Certificate, Hit};

/// A step's key, and what is known under it.
#[derive(Clone, Debug, PartialEq)]
pub struct Keyed {
    /// The key.
    pub key: Digest,
    /// The store's digest of what it is made of; needed only where there is no hit.
    pub ingredients: Option<Digest>,
    /// A passed result whose outputs are in the store.
    pub hit: Option<Hit>,
}

/// What came of one attempt, assessed.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// Whether the step did what it must.
    pub verdict: Verdict,
    /// How the attempt ended.
    pub end: StepEnd,
    /// Whether trying again could help: not where the step's declaration is at fault.
    pub retryable: bool,
    /// One sentence for a person.
    pub summary: String,
    /// Its outputs.
    pub outputs: BTreeMap<RelPath, OutputRef>,
    /// The store's digest of its log.
    pub log: Option<Digest>,
    /// The store's digest of its report.
    pub report: Option<Digest>,
    /// The store's digest of what can be drawn.
    pub sketch: Option<Digest>,
    /// Its test results.
    pub tests: Option<Tests>,
    /// The predictions that it judged.
    pub judged: Option<Judged>,
    /// The image that it built.
    pub image: Option<BuiltImage>,
}

/// Something that the driver saw.
#[derive(Clone, Debug, PartialEq)]
pub enum Observation {
    /// A step's key is known.
    Keyed(StepId, Keyed),
    /// A step's key can't be made, for this reason.
    Unkeyed(StepId, String),
    /// An attempt ended.
    Attempted(StepId, Attempt),
    /// There is evidence of the release that a step's image is.
    Certified(StepId, Certificate),
    /// The image of a step is a release that was recorded before, on the same evidence.
    KnownRelease(StepId),
    /// A person wants the run to stop.
    Stop,
}

/// Something to do now.
#[derive(Clone, Debug, PartialEq)]
pub enum Due {
    /// Make the key of a step.
    Key(StepId),
    /// Carry out an attempt.
    Execute(StepStarted),
    /// Make the evidence of the release that a step's image is.
    Certify(StepId),
}

/// The state of one run, and every decision about it.
#[derive(Clone, Debug)]
pub struct Decider<'p> {
    plan: &'p Plan,
    request: &'p Request,
    record: RunRecord,
    // What the ledger doesn't hold: keys of steps that have not started, what is being done now,
    // and outputs, which for a reused step stand in another run's facts.
    keyed: BTreeMap<StepId, Keyed>,
    in_flight: BTreeSet<StepId>,
    outputs: BTreeMap<StepId, BTreeMap<RelPath, OutputRef>>,
    first_start: BTreeMap<StepId, Timestamp>,
    known_releases: BTreeSet<StepId>,
    stopping: bool,
}

impl<'p> Decider<'p> {
    /// The state of a run that has just begun.
    #[must_use]
    pub fn new(plan: &'p Plan, request: &'p Request, started: RunStarted, at: Timestamp) -> Self {
        Self {
            plan,
            request,
            record: RunRecord::begin(started, at),
            keyed: BTreeMap::new(),
            in_flight: BTreeSet::new(),
            outputs: BTreeMap::new(),
            first_start: BTreeMap::new(),
            known_releases: BTreeSet::new(),
            stopping: false,
        }
    }

    /// The run so far.
    #[must_use]
    pub fn record(&self) -> &RunRecord {
        &self.record
    }

    /// The run, when it is over.
    #[must_use]
    pub fn into_record(self) -> RunRecord {
        self.record
    }

    /// The outputs of the needs of `step`, by need.
    #[must_use]
    pub fn needs_of(&self, step: &Step) -> BTreeMap<StepId, BTreeMap<RelPath, OutputRef>> {
        let outputs = |need: &StepId| self.outputs.get(need).cloned().unwrap_or_default();
        step.needs.iter().map(|need| (need.clone(), outputs(need))).collect()
    }

    /// Whether a known result of `step` may be used. One that depends on the time says nothing about
    /// now: what was fresh yesterday is checked again today.
    #[must_use]
    pub fn may_reuse(&self, step: &StepId) -> bool {
        let timeless = |step: &Step| match &step.kind {
            StepKind::Data(check) => !check.depends_on_time(),
            // What is known against an image grows by the day; building it again costs next to nothing.
            StepKind::Image(image) => image.scan.is_none(),
            StepKind::Run { .. } | StepKind::Gate(_) => true,
        };
        !self.request.force.includes(step) && self.plan.steps.get(step).is_none_or(timeless)
    }

    /// Takes in an observation and says which facts follow from it.
    pub fn observe(&mut self, observation: Observation, now: Timestamp) -> Vec<Fact> {
        match observation {
            Observation::Keyed(step, keyed) => self.on_keyed(step, keyed),
            Observation::Unkeyed(step, why) => {
                vec![self.unbegun(step, StepEnd::Misconfigured, &why)]
            }
            Observation::Attempted(step, attempt) => vec![self.on_attempt(step, attempt, now)],
            Observation::Certified(step, certificate) => {
                self.release(&step, certificate).into_iter().collect()
            }
            Observation::KnownRelease(step) => {
                self.known_releases.insert(step);
                Vec::new()
            }
            Observation::Stop => {
                self.stopping = true;
                Vec::new()
            }
        }
    }

    fn on_keyed(&mut self, step: StepId, keyed: Keyed) -> Vec<Fact> {
        let Some(hit) = &keyed.hit else {
            self.keyed.insert(step, keyed);
            return Vec::new();
        };
        self.outputs.insert(step.clone(), hit.result.outputs.clone());
        let reused = StepReused {
            run: self.record.started.run,
            step: step.clone(),
            key: keyed.key,
            origin: hit.run,
            saved_millis: hit.result.millis,
        };
        self.keyed.insert(step, keyed);
        vec![Fact::StepReused(reused)]
    }

    // What never began has shown nothing.
    fn unbegun(&self, step: StepId, end: StepEnd, why: &str) -> Fact {
        let result = StepResult {
            verdict: Verdict::Undecided,
            end,
            attempts: 0,
            outputs: BTreeMap::new(),
            log: None,
            report: None,
            sketch: None,
            tests: None,
            judged: None,
            image: None,
            summary: summarise(why),
            millis: 0,
        };
        let run = self.record.started.run;
        Fact::StepFinished(StepFinished { run, step, key: None, result })
    }

    fn on_attempt(&mut self, step: StepId, attempt: Attempt, now: Timestamp) -> Fact {
        self.in_flight.remove(&step);
        let started = match &self.record.steps[&step].state {
            StepState::Running(started) => started.clone(),
            // The driver reports attempts of started steps only; `apply` refuses what follows.
            _ => return self.unbegun(step, StepEnd::Broken, "an attempt that was never started"),
        };
        let retries = self.plan.steps[&step].retries;
        let again = attempt.verdict == Verdict::Fail && attempt.retryable && !self.stopping;
        if again && started.attempt <= retries {
            return Fact::StepStarted(StepStarted { attempt: started.attempt + 1, ..started });
        }
        let passed = attempt.verdict.passed();
        let since = self.first_start.get(&step).copied().unwrap_or(now);
        let result = StepResult {
            verdict: attempt.verdict,
            end: attempt.end,
            attempts: started.attempt,
            outputs: if passed { attempt.outputs } else { BTreeMap::new() },
            log: attempt.log,
            report: attempt.report,
            sketch: attempt.sketch,
            tests: attempt.tests,
            judged: attempt.judged.map(Box::new),
            image: attempt.image.map(Box::new),
            summary: attempt.summary,
            millis: now.millis_since(since),
        };
        if passed {
            self.outputs.insert(step.clone(), result.outputs.clone());
        }
        Fact::StepFinished(StepFinished { run: started.run, step, key: Some(started.key), result })
    }

    /// Takes in a fact.
    ///
    /// # Errors
    /// It can't follow on what is there.
    pub fn apply(&mut self, fact: &Fact, at: Timestamp) -> Result<(), IllegalTransition> {
        self.record.apply(fact, at)?;
        if let Fact::StepStarted(started) = fact {
            self.first_start.entry(started.step.clone()).or_insert(at);
        }
        Ok(())
    }

    /// Facts that follow from the state alone: steps to skip, steps to start, the run's end.
    #[must_use]
    pub fn settle(&self, now: Timestamp) -> Vec<Fact> {
        let skips: Vec<Fact> = self.waiting().filter_map(|step| self.skip(step)).collect();
        if !skips.is_empty() {
            return skips;
        }
        if let Some(start) = self.next_start() {
            return vec![Fact::StepStarted(start)];
        }
        if self.is_done() && self.releases_due().is_empty() {
            return vec![self.finish(now)];
        }
        Vec::new()
    }

    pub(super) fn plan(&self) -> &'p Plan {
        self.plan
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping
    }

    pub(super) fn known_releases(&self) -> &BTreeSet<StepId> {
        &self.known_releases
    }

    /// The result that was used again.
    pub(super) fn hit(&self, step: &StepId) -> Option<&Hit> {
        self.keyed.get(step)?.hit.as_ref()
    }

    pub(super) fn is_done(&self) -> bool {
        self.record.is_settled() && self.record.finished.is_none()
    }

    fn waiting(&self) -> impl Iterator<Item = &'p Step> {
        let order = self.record.started.steps.iter();
        order
            .filter(|id| matches!(self.record.steps[*id].state, StepState::Waiting))
            .filter_map(|id| self.plan.steps.get(id))
    }

    fn verdict_of(&self, step: &StepId) -> Option<Verdict> {
        self.record.steps.get(step).and_then(|record| record.state.verdict())
    }

    fn skip(&self, step: &Step) -> Option<Fact> {
        let in_the_way = step
            .needs
            .iter()
            .find(|need| self.verdict_of(need).is_some_and(|verdict| !verdict.passed()));
        let halted = self.stopping || (self.request.fail_fast && self.has_failed());
        if in_the_way.is_none() && !halted {
            return None;
        }
        let because = in_the_way.cloned().or_else(|| self.first_failure());
        let run = self.record.started.run;
        Some(Fact::StepSkipped(StepSkipped { run, step: step.id.clone(), because }))
    }

    fn has_failed(&self) -> bool {
        self.first_failure().is_some()
    }

    fn first_failure(&self) -> Option<StepId> {
        let failed = |(_, step): &(_, &tollgate_model::StepRecord)| {
            step.state.result().is_some_and(|result| result.verdict == Verdict::Fail)
        };
        self.record.steps.iter().find(failed).map(|(id, _)| id.clone())
    }

    fn next_start(&self) -> Option<StepStarted> {
        let free = |step: &&Step| self.keyed.contains_key(&step.id) && self.fits(step.resources);
        let step = self.waiting().find(free)?;
        let keyed = &self.keyed[&step.id];
        Some(StepStarted {
            run: self.record.started.run,
            step: step.id.clone(),
            key: keyed.key,
            ingredients: keyed.ingredients?,
            attempt: 1,
        })
    }

    // A step that wants more than the machine has runs by itself.
    fn fits(&self, wanted: Resources) -> bool {
        let running = self.record.steps.iter().filter_map(|(id, step)| match step.state {
            StepState::Running(_) => self.plan.steps.get(id).map(|step| step.resources),
            _ => None,
        });
        let (mut cpus, mut memory, mut alone) = (wanted.cpus, wanted.memory, true);
        for taken in running {
            cpus = cpus.saturating_add(taken.cpus);
            memory = memory.saturating_add(taken.memory);
            alone = false;
        }
        let capacity = self.request.capacity;
        let in_memory = capacity.memory == 0 || memory <= capacity.memory;
        alone || (cpus <= capacity.cpus && in_memory)
    }

    fn finish(&self, now: Timestamp) -> Fact {
        let end = if self.stopping { RunEnd::Cancelled } else { RunEnd::Completed };
        let failed = self.has_failed();
        Fact::RunFinished(RunFinished {
            run: self.record.started.run,
            // What was skipped for a failure is undecided, but the run as a whole has failed.
            verdict: if failed { Verdict::Fail } else { self.record.verdict() },
            end,
            millis: now.millis_since(self.record.started_at),
        })
    }

    /// What is to be done now. What it names is taken as being done until its observation comes.
    pub fn due(&mut self) -> Vec<Due> {
        let mut due: Vec<Due> = self.executions().into_iter().map(Due::Execute).collect();
        let keys: Vec<StepId> = self
            .waiting()
            .filter(|step| self.wants_key(step))
            .map(|step| step.id.clone())
            .collect();
        due.extend(keys.into_iter().map(Due::Key));
        due.extend(self.releases_due().into_iter().map(Due::Certify));
        due
    }

    fn wants_key(&self, step: &Step) -> bool {
        let passed = |need: &StepId| self.verdict_of(need) == Some(Verdict::Pass);
        !self.keyed.contains_key(&step.id) && step.needs.iter().all(passed)
    }

    fn executions(&mut self) -> Vec<StepStarted> {
        let running = self.record.steps.values().filter_map(|step| match &step.state {
            StepState::Running(started) => Some(started.clone()),
            _ => None,
        });
        let fresh: Vec<StepStarted> =
            running.filter(|started| !self.in_flight.contains(&started.step)).collect();
        self.in_flight.extend(fresh.iter().map(|started| started.step.clone()));
        fresh
    }
}
