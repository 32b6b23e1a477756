//! The driver: one thread that puts events in order; workers speak only to it. It decides
//! nothing. Facts are appended before what is due is done.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::Scope;
use std::time::Duration;

use tollgate_model::{
    Baseline, Digest, Fact, Plan, RunId, RunRecord, RunStarted, Step, StepId, StepKind, StepStarted,
};

use super::around::Surroundings;
use super::decide::{Attempt, Decider, Due, Keyed, Observation};
use super::inputs::Needs;
use super::judge::Files;
use super::work::Task;
use super::{EngineError, Event, Request, Signal, inputs};
use crate::gate::{self, Chosen};
use crate::{Hit, Ingredients, Journal, Ports, Scan, ScanEntry};

/// How often a stop is looked for while nothing else happens.
const STOP_POLL: Duration = Duration::from_millis(20);

/// Output that may wait for a slow observer; what goes beyond is lost to it (never to the log).
const PENDING_OUTPUT: usize = 4_096;

/// Drives runs of one project. There is one at a time in a state directory: hold its lease.
pub struct Engine<'a> {
    journal: &'a mut dyn Journal,
    ports: Ports<'a>,
    observer: &'a mut dyn FnMut(Event),
    witness: &'a Witness,
}

/// Tells where the panic with that message came about, if it saw it.
type Witness = dyn Fn(&str) -> Option<String> + Sync;

enum Message {
    Output(StepId, Vec<u8>),
    Done(StepId, Box<Attempt>),
    Panicked(Box<dyn std::any::Any + Send>),
}

/// Facts that are decided but not yet in the ledger.
type Pending = Vec<Fact>;

impl<'a> Engine<'a> {
    /// An engine over these.
    pub fn new(
        journal: &'a mut dyn Journal,
        ports: Ports<'a>,
        observer: &'a mut dyn FnMut(Event),
    ) -> Self {
        Self { journal, ports, observer, witness: &nobody }
    }

    /// The same with somebody who saw where a panic came about, which its payload does not say.
    #[must_use]
    pub fn with_witness(mut self, witness: &'a Witness) -> Self {
        self.witness = witness;
        self
    }

    /// Runs what is asked for to its end, or until `stop` says so.
    ///
    /// # Errors
    /// The run could not be driven to its end. What the ledger has of it stays true, and the next
    /// engine closes it. `Stopped` where the stop came before the run began: of that run there is
    /// nothing.
    pub fn run(
        &mut self,
        plan: &Plan,
        request: &Request,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<RunRecord, EngineError> {
        let began = self.ports.clock.now();
        let order = plan.closure(&request.targets);
        let steps: Vec<&Step> = order.iter().map(|id| &plan.steps[id]).collect();
        let around = Surroundings::look(self.ports, &steps, stop)?;
        for text in &around.notes {
            (self.observer)(Event::Signal(Signal::Note { text: text.clone() }));
        }
        let started = self.begin(plan, request, order, &around)?;
        let mut decider = Decider::new(plan, request, started.clone(), began);
        let mut pending = vec![Fact::RunStarted(started)];
        let abort = AtomicBool::new(false);
        let cancelled = || stop() || abort.load(Ordering::Relaxed);
        let (outbox, inbox) = mpsc::channel();
        std::thread::scope(|scope| {
            // Whatever ends the driver ends the workers too: the scope waits for them.
            let _guard = AbortOnDrop(&abort);
            let (scan, ports, queued) = (&around.scan, self.ports, Arc::default());
            let (cancelled, inputs, witness) = (&cancelled, BTreeMap::new(), self.witness);
            let mut crew = Crew {
                scope,
                plan,
                scan,
                ports,
                cancelled,
                inputs,
                baselines: BTreeMap::new(),
                uses: BTreeMap::new(),
                witness,
                outbox,
                inbox,
                queued,
            };
            self.drive(&mut decider, &mut pending, &around, &mut crew, stop)
        })?;
        Ok(decider.into_record())
    }

    fn drive(
        &mut self,
        decider: &mut Decider<'_>,
        pending: &mut Pending,
        around: &Surroundings,
        crew: &mut Crew<'_, '_>,
        stop: &dyn Fn() -> bool,
    ) -> Result<(), EngineError> {
        let mut stopped = false;
        loop {
            // Before anything is decided: or a step could start after the person said stop.
            if !stopped && stop() {
                stopped = true;
                self.take(decider, pending, Observation::Stop)?;
            }
            self.decide_all(decider, pending, around, crew)?;
            if decider.record().finished.is_some() {
                return Ok(());
            }
            if let Some(observation) = self.wait(crew) {
                self.take(decider, pending, observation)?;
            }
        }
    }

    // Everything that can be decided without waiting: where all is known already, this is the
    // whole run, and its facts go to the ledger in one append.
    fn decide_all(
        &mut self,
        decider: &mut Decider<'_>,
        pending: &mut Pending,
        around: &Surroundings,
        crew: &mut Crew<'_, '_>,
    ) -> Result<(), EngineError> {
        loop {
            let settled = decider.settle(self.ports.clock.now());
            if !settled.is_empty() {
                self.accept(decider, pending, settled)?;
                continue;
            }
            let due = decider.due();
            if due.is_empty() {
                break;
            }
            for due in due {
                match due {
                    Due::Key(step) => {
                        let observation = self.key(decider, around, crew, step)?;
                        self.take(decider, pending, observation)?;
                    }
                    Due::Execute(started) => {
                        self.append(pending)?;
                        crew.execute(decider, started);
                    }
                    Due::Certify(step) => {
                        let observation = self.certify(decider, crew, &step)?;
                        self.take(decider, pending, observation)?;
                    }
                }
            }
        }
        self.append(pending)
    }

    fn take(
        &mut self,
        decider: &mut Decider<'_>,
        pending: &mut Pending,
        observation: Observation,
    ) -> Result<(), EngineError> {
        let facts = decider.observe(observation, self.ports.clock.now());
        self.accept(decider, pending, facts)
    }

    fn accept(
        &mut self,
        decider: &mut Decider<'_>,
        pending: &mut Pending,
        facts: Vec<Fact>,
    ) -> Result<(), EngineError> {
        let now = self.ports.clock.now();
        for fact in facts {
            decider.apply(&fact, now)?;
            pending.push(fact);
        }
        Ok(())
    }

    fn append(&mut self, pending: &mut Pending) -> Result<(), EngineError> {
        if pending.is_empty() {
            return Ok(());
        }
        let at = self.ports.clock.now();
        self.journal.append(at, pending)?;
        for fact in pending.drain(..) {
            (self.observer)(Event::Fact { at, fact: Box::new(fact) });
        }
        Ok(())
    }

    fn wait(&mut self, crew: &Crew<'_, '_>) -> Option<Observation> {
        match crew.inbox.recv_timeout(STOP_POLL) {
            Ok(Message::Done(step, attempt)) => Some(Observation::Attempted(step, *attempt)),
            Ok(Message::Output(step, bytes)) => {
                crew.queued.fetch_sub(1, Ordering::Relaxed);
                (self.observer)(Event::Signal(Signal::Output { step, bytes }));
                None
            }
            Ok(Message::Panicked(payload)) => resume_unwind(payload),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => None,
        }
    }

    fn key(
        &mut self,
        decider: &Decider<'_>,
        around: &Surroundings,
        crew: &mut Crew<'_, '_>,
        id: StepId,
    ) -> Result<Observation, EngineError> {
        let step = &crew.plan.steps[&id];
        let needs = decider.needs_of(step);
        let chosen = match inputs::from_project(step, &needs, crew.scan) {
            Ok(chosen) => chosen,
            Err(why) => return Ok(Observation::Unkeyed(id, why)),
        };
        if let Some(why) = around.tool_failure(step) {
            return Ok(Observation::Unkeyed(id, why));
        }
        let baseline = self.baseline(step, &needs, crew.scan)?;
        let ingredients = Ingredients::gather(
            step,
            &around.platform,
            step.network.then(|| self.ports.workspace.network_identity()),
            &chosen,
            &needs,
            &|name| self.ports.workspace.variable(name),
            &|command| around.tool(command),
        );
        let ingredients = ingredients.with_baseline(baseline.as_ref().map(|it| it.predictions));
        let ingredients = ingredients.to_bytes();
        let key = Ingredients::key_of(&ingredients);
        let known = match decider.may_reuse(&id) {
            true => self.journal.passed_with_key(&key)?,
            false => None,
        };
        let hit = known.filter(|hit| self.is_whole(hit));
        let ingredients = match &hit {
            Some(_) => None,
            None => Some(self.ports.store.put(&ingredients)?),
        };
        if baseline.is_some() {
            crew.uses = self.journal.uses_of_holdouts()?;
        }
        crew.baselines.extend(baseline.map(|baseline| (id.clone(), baseline)));
        crew.inputs.insert(id.clone(), chosen);
        Ok(Observation::Keyed(id, Keyed { key, ingredients, hit }))
    }

    fn certify(
        &self,
        decider: &Decider<'_>,
        crew: &Crew<'_, '_>,
        step: &StepId,
    ) -> Result<Observation, EngineError> {
        let Some(case) = decider.case(step, &crew.inputs) else {
            return Ok(Observation::KnownRelease(step.clone()));
        };
        // Where nothing ran there is nothing new to be said.
        if decider.is_all_reused() && self.journal.has_release(&case.release)? {
            return Ok(Observation::KnownRelease(step.clone()));
        }
        let certificate = self.ports.notary.certify(&case)?;
        Ok(Observation::Certified(step.clone(), certificate))
    }

    /// What a gate that compares is compared with, unless that is a file.
    fn baseline(
        &self,
        step: &Step,
        needs: &Needs,
        scan: &Scan,
    ) -> Result<Option<Chosen>, EngineError> {
        let StepKind::Gate(gate) = &step.kind else { return Ok(None) };
        let (Some(asked), Some(rows)) = (&gate.compare, &gate.predictions) else { return Ok(None) };
        if matches!(asked.baseline, Baseline::File(_)) {
            return Ok(None);
        }
        let files = Files { needs, scan, ports: self.ports };
        // Without predictions there is nothing to compare, which the gate will tell.
        let Some(challenger) = files.stored(&rows.path)? else { return Ok(None) };
        let judged = self.journal.judged(&step.id)?;
        let greater = gate::greater_is_better(&asked.metric);
        let now = self.ports.clock.now();
        let metric = &asked.metric;
        Ok(gate::choose(&asked.baseline, metric, greater, &challenger, &judged, now))
    }

    // A result is only known as long as all of its outputs are there, and what it was judged by.
    fn is_whole(&self, hit: &Hit) -> bool {
        let (image, store) = (hit.result.image.as_deref(), self.ports.store);
        let parts = image.map(|image| image.inventory);
        hit.result.outputs.values().all(|output| store.has(output))
            && image.is_none_or(|image| self.ports.workspace.has_image(image))
            && hit.result.report.iter().chain(&parts).all(|kept| store.get(kept).is_ok())
    }

    fn begin(
        &self,
        plan: &Plan,
        request: &Request,
        steps: Vec<StepId>,
        around: &Surroundings,
    ) -> Result<RunStarted, EngineError> {
        let last = self.journal.last_run()?.map_or(0, |run| run.0);
        Ok(RunStarted {
            run: RunId(last + 1),
            project: plan.project.clone(),
            pipeline: request.pipeline.clone(),
            steps,
            commit: around.commit.clone(),
            plan: plan.digest(),
            trigger: request.trigger.clone(),
        })
    }
}

struct AbortOnDrop<'a>(&'a AtomicBool);

impl Drop for AbortOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The workers of one run.
struct Crew<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    plan: &'env Plan,
    scan: &'env Scan,
    ports: Ports<'env>,
    cancelled: &'env (dyn Fn() -> bool + Sync),
    // The files of the project that a step reads, from the making of its key on.
    inputs: BTreeMap<StepId, Vec<&'env ScanEntry>>,
    // What gates compare with, and what was compared on which holdout before.
    baselines: BTreeMap<StepId, Chosen>,
    uses: BTreeMap<Digest, Vec<Digest>>,
    witness: &'env Witness,
    outbox: Sender<Message>,
    inbox: Receiver<Message>,
    queued: Arc<AtomicUsize>,
}

impl Crew<'_, '_> {
    fn execute(&self, decider: &Decider<'_>, started: StepStarted) {
        let step = &self.plan.steps[&started.step];
        let needs = decider.needs_of(step);
        let inputs = self.inputs[&step.id].iter().copied().cloned().collect();
        let (plan, scan, ports) = (self.plan, self.scan, self.ports);
        let (baseline, uses) = (self.baselines.get(&step.id).cloned(), self.uses.clone());
        let task = Task { plan, step, started, needs, inputs, scan, ports, baseline, uses };
        let (outbox, queued) = (self.outbox.clone(), Arc::clone(&self.queued));
        let (cancelled, witness) = (self.cancelled, self.witness);
        self.scope.spawn(move || {
            let id = &task.step.id;
            let output = |bytes: &[u8]| send_output(&outbox, &queued, id, bytes);
            let work = || task.carry_out(&output, cancelled);
            let message = match catch_unwind(AssertUnwindSafe(work)) {
                Ok(attempt) => Message::Done(id.clone(), Box::new(attempt)),
                Err(payload) => match words(&*payload) {
                    Some(what) => {
                        let what = witness(what).unwrap_or_else(|| what.to_owned());
                        Message::Done(id.clone(), Box::new(task.defect(&what)))
                    }
                    None => Message::Panicked(payload),
                },
            };
            // Nobody listens any more only when the driver has ended, and the run with it.
            let _ = outbox.send(message);
        });
    }
}

fn nobody(_: &str) -> Option<String> {
    None
}

// What a panic says. One that says nothing is no defect but an end that somebody meant.
fn words(payload: &(dyn std::any::Any + Send)) -> Option<&str> {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied())
}

fn send_output(outbox: &Sender<Message>, queued: &AtomicUsize, step: &StepId, bytes: &[u8]) {
    if queued.fetch_add(1, Ordering::Relaxed) >= PENDING_OUTPUT {
        queued.fetch_sub(1, Ordering::Relaxed);
        return;
    }
    let _ = outbox.send(Message::Output(step.clone(), bytes.to_vec()));
}
