//! `tollgate doctor`.

use serde::Serialize;
use tollgate_adapters::sandbox::{Level, Sandbox};
use tollgate_model::{Exit, format_bytes};

use super::Context;
use crate::display::style;
use crate::error::CliError;
use crate::project::Project;

const AFTER: &str = "\
Examples:
  tollgate doctor          what this machine gives, and what is missing
  tollgate doctor --json   … for a program; exit code 1 where something is missing";

/// See what this machine gives: isolation, tools, the state of the project.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {}

#[derive(Serialize)]
struct Line {
    name: String,
    state: State,
    text: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Good,
    Partial,
    Missing,
}

pub(crate) fn execute(_args: &Args, context: &Context) -> Result<Exit, CliError> {
    let mut lines = isolation();
    lines.extend(["python3", "git"].map(|tool| program(tool, context)));
    lines.push(resources());
    lines.extend(project(context));
    for line in &lines {
        if context.json {
            context.json_line(line)?;
            continue;
        }
        let mark = match line.state {
            State::Good => style::good("✓"),
            State::Partial => style::doubt("~"),
            State::Missing => style::bad("✗"),
        };
        context.line(&format!("{mark} {:14} {}", line.name, style::safe(&line.text)))?;
    }
    let missing = lines.iter().any(|line| line.state == State::Missing);
    Ok(if missing { Exit::Failed } else { Exit::Passed })
}

fn line(name: &str, state: State, text: impl Into<String>) -> Line {
    Line { name: name.to_owned(), state, text: text.into() }
}

fn isolation() -> Vec<Line> {
    let scratch = tempfile::tempdir();
    let scratch =
        scratch.as_ref().map_or_else(|_| std::env::temp_dir(), |dir| dir.path().to_owned());
    let found = Sandbox::probe(&scratch).isolation();
    let parts = [
        ("files", &found.files, "a step sees what it declares, and nothing else"),
        ("network", &found.network, "a step without `network: true` reaches nothing outside"),
        ("processes", &found.processes, "a step sees and leaves no other processes"),
        ("read reports", &found.read_reports, "an undeclared read is named"),
    ];
    let of = |(name, level, full): (&str, &Level, &str)| match level {
        Level::Full => line(name, State::Good, full),
        Level::Partial(why) => line(name, State::Partial, why),
        Level::Missing(why) => line(name, State::Missing, why),
    };
    let mut lines: Vec<Line> = parts.map(of).into();
    lines.push(match found.overlay {
        true => line("overlays", State::Good, "directories from the store are mounted, not copied"),
        false => line("overlays", State::Partial, "directories from the store are copied"),
    });
    lines
}

fn program(name: &str, context: &Context) -> Line {
    let path = context.environment.get("PATH").cloned().unwrap_or_default();
    let found = std::env::split_paths(&path).map(|dir| dir.join(name)).find(|path| path.is_file());
    match found {
        Some(path) => line(name, State::Good, path.display().to_string()),
        None => line(name, State::Missing, "not on PATH: install it"),
    }
}

fn resources() -> Line {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = match tollgate_adapters::memory() {
        0 => "memory unknown".to_owned(),
        bytes => format!("{} of memory", format_bytes(bytes)),
    };
    line("resources", State::Good, format!("{cores} processors, {memory}"))
}

fn project(context: &Context) -> Vec<Line> {
    let project = match Project::find(&context.directory) {
        Ok(project) => project,
        Err(_) => return vec![line("project", State::Partial, "none here: `tollgate init`")],
    };
    let plan = match project.plan() {
        Ok(plan) => line(
            "tollgate.yaml",
            State::Good,
            format!("{} steps, {} pipelines", plan.steps.len(), plan.pipelines.len()),
        ),
        Err(error) => line("tollgate.yaml", State::Missing, error.message),
    };
    vec![plan]
}
