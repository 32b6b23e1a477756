//! What is known of the project and the machine at the start of a run.

use std::collections::BTreeMap;
use std::panic::resume_unwind;

use tollgate_model::{Commit, InputPattern, Step};

use super::EngineError;
use crate::{PortError, PortErrorKind, Ports, Scan};

/// Looked at once, before the run begins.
pub(super) struct Surroundings {
    pub(super) scan: Scan,
    pub(super) platform: String,
    pub(super) commit: Option<Commit>,
    /// What a person should know of it, a sentence each.
    pub(super) notes: Vec<String>,
    tools: BTreeMap<String, Result<String, String>>,
}

impl Surroundings {
    /// Looks around for these steps. Git is asked while the project is scanned.
    ///
    /// # Errors
    /// `Stopped` once `stop` says so; or the project's files can't be read.
    pub(super) fn look(
        ports: Ports<'_>,
        steps: &[&Step],
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Self, EngineError> {
        let (head, scan, tools) = std::thread::scope(|scope| {
            let head = scope.spawn(|| ports.git.head(stop));
            let scan = ports.workspace.scan(&patterns(steps), stop);
            let tools = if scan.is_ok() { ask(ports, steps, stop) } else { Ok(BTreeMap::new()) };
            (head.join().unwrap_or_else(|payload| resume_unwind(payload)), scan, tools)
        });
        // What was asked for when the stop came is answered by an error, or not at all.
        if stop() {
            return Err(EngineError::Stopped);
        }
        let mut notes = Vec::new();
        // History is good to have in the record; steps run as well without it.
        let commit = head.unwrap_or_else(|error| {
            notes.push(no_commit(&error));
            None
        });
        Ok(Self { scan: scan?, tools: tools?, platform: ports.workspace.platform(), commit, notes })
    }

    /// What a tool says of itself; nothing where it failed.
    pub(super) fn tool(&self, command: &str) -> String {
        self.tools.get(command).and_then(|said| said.clone().ok()).unwrap_or_default()
    }

    /// Why one of the step's tools has no answer.
    pub(super) fn tool_failure(&self, step: &Step) -> Option<String> {
        step.tools.iter().find_map(|command| self.tools.get(command)?.as_ref().err().cloned())
    }
}

fn patterns(steps: &[&Step]) -> Vec<InputPattern> {
    let mut patterns: Vec<InputPattern> = steps.iter().flat_map(|step| step.reads()).collect();
    patterns.sort();
    patterns.dedup();
    patterns
}

fn ask(
    ports: Ports<'_>,
    steps: &[&Step],
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<BTreeMap<String, Result<String, String>>, PortError> {
    let mut tools = BTreeMap::new();
    for command in steps.iter().flat_map(|step| &step.tools) {
        if stop() {
            break;
        }
        // Several steps often have one tool.
        if !tools.contains_key(command) {
            let said = match ports.workspace.tool_output(command, stop) {
                Err(error) if !is_the_users(&error) => return Err(error),
                said => said.map_err(|error| error.to_string()),
            };
            tools.insert(command.clone(), said);
        }
    }
    Ok(tools)
}

// A tool that is not there, or won't say anything, was declared by the user.
fn is_the_users(error: &PortError) -> bool {
    matches!(error.kind, PortErrorKind::NotFound | PortErrorKind::Unfit)
}

fn no_commit(error: &PortError) -> String {
    format!("{error}; the run records no commit")
}
