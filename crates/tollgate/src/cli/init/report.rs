//! What is told about it.

use serde::Serialize;
use tollgate_model::Plan;

use super::findings::{Findings, Manager, Runner};
use crate::cli::{Context, eprintln};
use crate::display::style;
use crate::error::CliError;
use crate::project::CONFIG;

#[derive(Serialize)]
struct Told<'f> {
    /// The file that was written; none where it was only shown.
    written: Option<&'static str>,
    /// Its text, where it was only shown.
    text: Option<&'f str>,
    steps: Vec<&'f str>,
    found: &'f Findings,
}

/// Tells what was found and done. `shown` is the text that was not written.
pub(super) fn say(
    findings: &Findings,
    plan: &Plan,
    shown: Option<&String>,
    context: &Context,
) -> Result<(), CliError> {
    let steps: Vec<&str> = plan.steps.keys().map(|id| id.as_str()).collect();
    if context.json {
        let written = shown.is_none().then_some(CONFIG);
        let text = shown.map(String::as_str);
        return context.json_line(&Told { written, text, steps, found: findings });
    }
    match shown {
        // The text alone, so that it can be piped; the rest goes to standard error.
        Some(text) => {
            context.line(text.trim_end())?;
            lines(findings).iter().for_each(|line| eprintln(line, context.color));
        }
        None => {
            for line in lines(findings) {
                context.line(&line)?;
            }
            context.line(&format!("{} {CONFIG}: {}", style::good("wrote"), steps.join(", ")))?;
            context.line(&format!("{} tollgate run", style::hint("next")))?;
        }
    }
    Ok(())
}

fn lines(findings: &Findings) -> Vec<String> {
    let nothing = vec!["nothing that it knows".to_owned()];
    let found = found(findings);
    let found = if found.is_empty() { nothing } else { found };
    let notes = findings
        .notes
        .iter()
        .map(|note| format!("{}  {}", style::doubt("note"), style::safe(note)));
    let found =
        found.iter().map(|line| format!("{} {}", style::strong("found"), style::safe(line)));
    found.chain(notes).collect()
}

fn found(findings: &Findings) -> Vec<String> {
    let tools: Vec<&str> = findings.tools.iter().map(|tool| tool.kind.name()).collect();
    let data: Vec<&str> = findings.data.iter().map(|check| check.data.as_str()).collect();
    let kinds = [
        ("code", findings.code.join(" ")),
        ("dependencies", dependencies(findings).unwrap_or_default()),
        ("tests", tests(findings).unwrap_or_default()),
        ("checks", tools.join(" ")),
        ("data with a contract", data.join(" ")),
        ("training", findings.training.clone().unwrap_or_default()),
    ];
    let given = kinds.into_iter().filter(|(_, what)| !what.is_empty());
    given.map(|(kind, what)| format!("{kind}: {what}")).collect()
}

fn dependencies(findings: &Findings) -> Option<String> {
    let install = findings.install.as_ref()?;
    Some(match &install.manager {
        Manager::Pip { requirements } if !requirements.is_empty() => requirements.join(" "),
        Manager::Pip { .. } => {
            let described = ["pyproject.toml", "setup.py", "setup.cfg"];
            let read = |file: &&&str| install.inputs.iter().any(|input| input == **file);
            (*described.iter().find(read)?).to_owned()
        }
        Manager::Uv { locked: true } => "uv.lock".to_owned(),
        Manager::Uv { locked: false } => "pyproject.toml, by uv".to_owned(),
        Manager::Poetry => "pyproject.toml, by Poetry".to_owned(),
    })
}

fn tests(findings: &Findings) -> Option<String> {
    let tests = findings.tests.as_ref()?;
    let place = match tests.directories.is_empty() {
        true => "beside the code".to_owned(),
        false => tests.directories.join(" "),
    };
    let runner = match tests.runner {
        Runner::Pytest => "pytest",
        Runner::Unittest { .. } => "unittest",
    };
    Some(format!("{place}, by {runner}"))
}
