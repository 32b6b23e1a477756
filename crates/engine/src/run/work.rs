//! Carrying out one attempt through the ports.

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_model::{
    Digest, OutputRef, Plan, RelPath, Step, StepEnd, StepKind, StepStarted, Verdict,
};

use super::decide::Attempt;
use super::inputs::Needs;
use crate::attempt::summarise;
use crate::gate::Chosen;
use crate::{Job, Performed, PortError, PortErrorKind, Ports, Scan, ScanEntry, assess};

/// How often something transient is tried before it counts as broken.
const TRIES: u32 = 3;

/// One attempt, with all that it takes.
pub(super) struct Task<'a> {
    pub(super) plan: &'a Plan,
    pub(super) step: &'a Step,
    pub(super) started: StepStarted,
    pub(super) needs: Needs,
    pub(super) inputs: Vec<ScanEntry>,
    pub(super) scan: &'a Scan,
    pub(super) ports: Ports<'a>,
    /// What a gate compares with.
    pub(super) baseline: Option<Chosen>,
    /// Which predictions were compared on which holdout so far.
    pub(super) uses: BTreeMap<Digest, Vec<Digest>>,
}

impl Task<'_> {
    /// Carries the attempt out and assesses it. What breaks on the way becomes its outcome.
    pub(super) fn carry_out(
        &self,
        output: &(dyn Fn(&[u8]) + Sync),
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Attempt {
        let mut tries = 1;
        loop {
            match self.perform(output, cancelled).and_then(|seen| self.conclude(seen)) {
                Ok(attempt) => return attempt,
                Err(error) if error.kind == PortErrorKind::Transient && tries < TRIES => tries += 1,
                Err(error) => return unperformed(&error),
            }
        }
    }

    /// What the attempt comes to where Tollgate itself came to grief in it.
    pub(super) fn defect(&self, what: &str) -> Attempt {
        let why = format!("tollgate failed, not the step: {what}");
        // The summary is cut. Without a log the run's record still says that it broke, and how.
        let log = self.ports.store.put(format!("[{why}]\n").as_bytes()).ok();
        Attempt { log, ..without_result(StepEnd::Broken, &why) }
    }

    fn perform(
        &self,
        output: &(dyn Fn(&[u8]) + Sync),
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Performed, PortError> {
        if let StepKind::Gate(gate) = &self.step.kind {
            return self.judge(gate, cancelled);
        }
        let job = Job {
            run: self.started.run,
            step: self.step,
            attempt: self.started.attempt,
            inputs: self.inputs.clone(),
            needs: self.needs.values().flatten().map(clone_pair).collect(),
            env: self.environment(),
        };
        self.ports.workspace.perform(&job, output, cancelled)
    }

    fn environment(&self) -> Vec<(String, String)> {
        let value = |name: &str| self.ports.workspace.variable(name);
        let pair = |var: &tollgate_model::EnvVar| {
            Some((var.name.clone(), var.value.clone().or_else(|| value(&var.name))?))
        };
        self.step.env.iter().filter_map(pair).collect()
    }

    fn conclude(&self, seen: Performed) -> Result<Attempt, PortError> {
        let assessment = assess(self.plan, self.step, &seen);
        let report = assessment.report.map(|report| self.kept(&report)).transpose()?;
        let sketch = seen.sketch.map(|sketch| self.kept(&sketch)).transpose()?;
        Ok(Attempt {
            verdict: assessment.verdict,
            end: seen.end,
            retryable: seen.undeclared_reads.is_empty() && seen.end != StepEnd::Assessed,
            summary: assessment.summary,
            outputs: seen.outputs,
            log: seen.log,
            report,
            sketch,
            tests: seen.tests.and_then(Result::ok),
            judged: seen.judged,
            image: seen.image,
        })
    }

    // Both hold only maps with text for keys: writing them as JSON can't fail.
    fn kept(&self, what: &impl Serialize) -> Result<Digest, PortError> {
        self.ports.store.put(&serde_json::to_vec(what).unwrap_or_default())
    }
}

fn clone_pair((path, output): (&RelPath, &OutputRef)) -> (RelPath, OutputRef) {
    (path.clone(), output.clone())
}

/// What an attempt comes to that could not be carried out. The step has shown nothing, whoever is
/// to blame, so it is never a failure of the step.
fn unperformed(error: &PortError) -> Attempt {
    let (end, why) = match error.kind {
        PortErrorKind::Conflict => (StepEnd::Disturbed, error.to_string()),
        PortErrorKind::Unfit => (StepEnd::Misconfigured, error.message.clone()),
        _ => (StepEnd::Broken, format!("the machine failed, not the step: {error}")),
    };
    without_result(end, &why)
}

fn without_result(end: StepEnd, why: &str) -> Attempt {
    Attempt {
        verdict: Verdict::Undecided,
        end,
        retryable: false,
        summary: summarise(why),
        outputs: BTreeMap::new(),
        log: None,
        report: None,
        sketch: None,
        tests: None,
        judged: None,
        image: None,
    }
}
