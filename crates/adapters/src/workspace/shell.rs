//! One attempt of a `run` step.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use tollgate_engine::{Job, Performed, PortError, PortErrorKind};
use tollgate_model::{Digest, OutputRef, RelPath, Step, StepEnd, Tests};

use super::desk::Desk;
use super::log::Log;
use super::mask::Mask;
use super::{LocalWorkspace, SYSTEM};
use crate::junit;
use crate::sandbox::{Ended, Exit, SandboxError, Spec};

/// What a step has to end itself after it is told to, before it is ended.
pub(super) const GRACE: Duration = Duration::from_secs(5);

pub(super) fn perform(
    host: &LocalWorkspace<'_>,
    job: &Job<'_>,
    command: &str,
    output: &(dyn Fn(&[u8]) + Sync),
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<Performed, PortError> {
    let desk = Desk::lay_out(host, job)?;
    let failed = |e| PortError::io(SYSTEM, "can't write the log", e);
    let mut log = Log::create(&desk.log()).map_err(failed)?;
    let mut keep = |bytes: &[u8]| {
        log.append(bytes);
        output(bytes);
    };
    let spec = spec(host, job, &desk, command);
    let secrets = secrets(&spec);
    let mut mask = Mask::new(&secrets);
    let mut print = |bytes: &[u8]| mask.push(bytes, &mut keep);
    let ended = host.sandbox().run(&spec, &mut print, &|| cancelled()).map_err(broken)?;
    mask.finish(&mut keep);
    log.finish().map_err(failed)?;
    observe(host, job.step, &desk, ended, &Mask::new(&secrets))
}

// A command without the network is given none of its settings.
fn secrets(spec: &Spec) -> Vec<String> {
    if spec.network { spec.host.network.secrets() } else { Vec::new() }
}

fn spec(host: &LocalWorkspace<'_>, job: &Job<'_>, desk: &Desk, command: &str) -> Spec {
    Spec {
        command: command.to_owned(),
        workspace: desk.workspace(),
        scratch: desk.scratch(),
        overlays: desk.overlays.clone(),
        readonly_files: desk.readonly_files.clone(),
        project: host.root.clone(),
        state: host.state.clone(),
        host: host.host().clone(),
        env: job.env.clone(),
        network: job.step.network,
        timeout: job.step.timeout,
        grace: GRACE,
    }
}

pub(super) fn broken(error: SandboxError) -> PortError {
    let kind = match error {
        SandboxError::Shell(_) => PortErrorKind::Unfit,
        _ => PortErrorKind::Permanent,
    };
    PortError::new("sandbox", kind, error.to_string())
}

fn observe(
    host: &LocalWorkspace<'_>,
    step: &Step,
    desk: &Desk,
    ended: Ended,
    mask: &Mask,
) -> Result<Performed, PortError> {
    let end = end(&ended);
    let tests = step.junit.as_ref().and_then(|path| tests(desk, path, mask));
    let (outputs, refused_outputs) = match end {
        StepEnd::Exited(0) => take_outputs(host, step, desk)?,
        _ => Taken::default(),
    };
    Ok(Performed {
        outputs,
        refused_outputs,
        log: keep_log(host, desk)?,
        tests,
        undeclared_reads: ended.undeclared_reads,
        refused_connections: ended.refused_connections,
        ..Performed::ended(end)
    })
}

fn end(ended: &Ended) -> StepEnd {
    match ended.exit {
        _ if ended.cancelled => StepEnd::Cancelled,
        _ if ended.timed_out => StepEnd::TimedOut,
        Exit::Code(code) => StepEnd::Exited(code),
        Exit::Signal(signal) => StepEnd::Signalled(signal),
    }
}

fn keep_log(host: &LocalWorkspace<'_>, desk: &Desk) -> Result<Option<Digest>, PortError> {
    Ok(Some(host.store.take_file(&desk.log())?.digest))
}

fn tests(desk: &Desk, path: &RelPath, mask: &Mask) -> Option<Result<Tests, String>> {
    // A link could lead out of the workspace.
    let (path, meta) = desk.find(path)?;
    if !meta.is_file() {
        return Some(Err("it is not a regular file".to_owned()));
    }
    if meta.len() > junit::LIMIT {
        return Some(Err(format!("it is larger than {} MiB", junit::LIMIT >> 20)));
    }
    let text = fs::read(path).map_err(|e| e.to_string());
    let text =
        text.and_then(|bytes| String::from_utf8(bytes).map_err(|_| "it is not UTF-8".into()));
    Some(text.and_then(|text| results(&text, mask)))
}

// Once as it stands in the file and once as it is meant: XML writes some characters in its own
// way, and what is cut off a message may leave half a secret.
fn results(text: &str, mask: &Mask) -> Result<Tests, String> {
    let mut tests = junit::parse(&mask.text(text)).map_err(|why| mask.text(&why))?;
    for failure in &mut tests.failures {
        failure.name = mask.text(&failure.name);
        failure.message = mask.text(&failure.message);
    }
    Ok(tests)
}

/// What was kept, and why what was not.
type Taken = (BTreeMap<RelPath, OutputRef>, BTreeMap<RelPath, String>);

// What is not there, or is something else than was declared, is for the engine to judge.
fn take_outputs(host: &LocalWorkspace<'_>, step: &Step, desk: &Desk) -> Result<Taken, PortError> {
    let (mut outputs, mut refused) = (BTreeMap::new(), BTreeMap::new());
    for declared in &step.outputs {
        let Some((path, meta)) = desk.find(&declared.path) else { continue };
        // A link as an output is followed by nobody: what it leads to is not the step's.
        let output = match meta {
            meta if meta.is_dir() => host.store.take_tree(&path),
            meta if meta.is_file() => host.store.take_file(&path),
            _ => continue,
        };
        let path = declared.path.clone();
        match output {
            Ok(output) => drop(outputs.insert(path, output)),
            // It is of a sort, or of a mode, that only the step can have given it.
            Err(error) if error.kind == PortErrorKind::Denied => {
                let why = error.source.map_or(error.message, |source| source.to_string());
                refused.insert(path, format!("can't be kept: {why}"));
            }
            Err(error) => {
                let message = format!("the output {path} can't be kept");
                return Err(PortError { message, ..error });
            }
        }
    }
    Ok((outputs, refused))
}
