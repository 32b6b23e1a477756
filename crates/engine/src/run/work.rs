//! Carrying out one attempt through the ports.

use std::collections::BTreeMap;

use tollgate_model::{
    Finding, Gate, OutputRef, Place, Plan, RelPath, Report, Step, StepEnd, StepKind, StepStarted,
    Verdict,
};

use super::decide::Attempt;
use super::inputs::{self, Needs};
use crate::attempt::summarise;
use crate::{Job, Performed, PortError, PortErrorKind, Ports, Scan, ScanEntry, assess, judge};

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
            let report = self.judge(gate)?;
            return Ok(Performed { report: Some(report), ..Performed::ended(StepEnd::Assessed) });
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

    fn judge(&self, gate: &Gate) -> Result<Report, PortError> {
        let bytes = match inputs::find(&gate.metrics, &self.needs) {
            Some((tree, Some(file))) => match self.ports.store.get_in(&tree.digest, &file) {
                Err(error)
                    if error.kind == PortErrorKind::NotFound && self.ports.store.has(tree) =>
                {
                    return Ok(missing(gate));
                }
                bytes => bytes?,
            },
            Some((output, None)) => self.ports.store.get(&output.digest)?,
            None => self.read(&gate.metrics)?,
        };
        Ok(judge(&bytes, gate.metrics.as_str(), gate, "tollgate.yaml"))
    }

    fn read(&self, path: &RelPath) -> Result<Vec<u8>, PortError> {
        let missing =
            || PortError::new("project", PortErrorKind::NotFound, format!("{path} is not there"));
        self.ports.workspace.read(self.scan.get(path).ok_or_else(missing)?)
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
        let report = match &assessment.report {
            // A report holds only maps with text for keys: writing it as JSON can't fail.
            Some(report) => {
                let json = serde_json::to_vec(report).unwrap_or_default();
                Some(self.ports.store.put(&json)?)
            }
            None => None,
        };
        Ok(Attempt {
            verdict: assessment.verdict,
            end: seen.end,
            retryable: seen.undeclared_reads.is_empty() && seen.end != StepEnd::Assessed,
            summary: assessment.summary,
            outputs: seen.outputs,
            log: seen.log,
            report,
            tests: seen.tests.and_then(Result::ok),
        })
    }
}

fn clone_pair((path, output): (&RelPath, &OutputRef)) -> (RelPath, OutputRef) {
    (path.clone(), output.clone())
}

// The directory is there as the needed step left it, so that step is to blame.
fn missing(gate: &Gate) -> Report {
    let path = &gate.metrics;
    let place = Place::File { path: path.to_string(), line: None };
    let message = format!("{path} is not in the directory that the needed step left");
    Report::new(vec![Finding::new("gate.missing", place, message)], Vec::new())
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
        tests: None,
    }
}
