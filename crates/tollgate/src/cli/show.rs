//! `tollgate show`.

use serde::Serialize;
use tollgate_engine::Store;
use tollgate_model::{Exit, Report, RunId, StepRecord, StepState, format_bytes};

use super::known::{self, Known};
use super::log::find_run;
use super::{Context, status};
use crate::display::{clock, finding_lines, judgement_lines, style};
use crate::error::CliError;
use crate::project::Project;

const AFTER: &str = "\
Examples:
  tollgate show            the last run: every step with what was found and what it left
  tollgate show r3         run r3
  tollgate show test       the step `test` of the last run
  tollgate show r3 test    the step `test` of run r3";

/// Show a run or one of its steps in full: results, findings, tests, outputs, key.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// A run (r3), a step, or both.
    #[arg(value_name = "RUN|STEP")]
    what: Vec<String>,
}

#[derive(Serialize)]
struct Shown<'a> {
    step: &'a str,
    record: &'a StepRecord,
    report: Option<Report>,
}

pub(crate) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let project = Project::find(&context.directory)?;
    let ledger = project.existing_ledger()?;
    let store = project.store()?;
    let (run, step) = understand(&args.what)?;
    let record = find_run(run, &ledger)?;
    let chosen: Vec<_> = record
        .steps
        .iter()
        .filter(|(id, _)| step.as_ref().is_none_or(|step| step == id.as_str()))
        .collect();
    if let (Some(step), true) = (&step, chosen.is_empty()) {
        let message = format!("`{step}` is no step of {}", record.started.run);
        return Err(CliError::misconfigured(message));
    }
    if !context.json {
        let summary = tollgate_ledger::RunSummary::of(&record);
        context.line(&status::headline(&summary, now()))?;
    }
    for (id, step) in chosen {
        let known = known::result(record.started.run, &step.state, &ledger)?;
        let report = known
            .as_ref()
            .and_then(|known| known.result.report)
            .and_then(|digest| store.get(&digest).ok())
            .and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if context.json {
            context.json_line(&Shown { step: id.as_str(), record: step, report })?;
        } else {
            print(id.as_str(), step, known.as_ref(), report.as_ref(), context)?;
        }
    }
    Ok(Exit::Passed)
}

fn now() -> tollgate_model::Timestamp {
    tollgate_engine::Clock::now(&tollgate_adapters::SystemClock)
}

fn understand(what: &[String]) -> Result<(Option<RunId>, Option<String>), CliError> {
    match what {
        [] => Ok((None, None)),
        [one] => Ok(match one.parse() {
            Ok(run) => (Some(run), None),
            Err(_) => (None, Some(one.clone())),
        }),
        [run, step] => {
            let run = run.parse().map_err(CliError::misconfigured)?;
            Ok((Some(run), Some(step.clone())))
        }
        _ => Err(CliError::misconfigured("a run, a step, or a run and a step")),
    }
}

fn print(
    id: &str,
    step: &StepRecord,
    known: Option<&Known>,
    report: Option<&Report>,
    context: &Context,
) -> Result<(), CliError> {
    context.line("")?;
    let reused = matches!(step.state, StepState::Reused(_));
    let from = known.filter(|_| reused).map(|known| format!(", from {}", known.run));
    let from = from.unwrap_or_default();
    context.line(&format!("{}  {}{from}", style::strong(id), step.state))?;
    let field = |name: &str, value: &str| {
        context.line(&format!("  {} {}", style::faint(format!("{name:8}")), style::safe(value)))
    };
    if let StepState::Skipped(fact) = &step.state {
        let because = fact.because.as_ref().map(|b| format!("`{b}` did not pass"));
        return field("because", &because.unwrap_or_else(|| "the run was stopped".into()));
    }
    let Some(Known { result, .. }) = known else { return Ok(()) };
    if !result.summary.is_empty() {
        field("summary", &result.summary)?;
    }
    let attempts =
        if result.attempts > 1 { format!(", {} attempts", result.attempts) } else { String::new() };
    field("took", &format!("{}{attempts}", clock(result.millis)))?;
    if let Some(tests) = &result.tests {
        let counts = (tests.passed, tests.failed, tests.skipped);
        field("tests", &format!("{} passed, {} failed, {} skipped", counts.0, counts.1, counts.2))?;
        for failure in &tests.failures {
            field("", &format!("✗ {}: {}", failure.name, failure.message))?;
        }
    }
    for (path, output) in &result.outputs {
        let files =
            if output.files > 1 { format!(", {} files", output.files) } else { String::new() };
        let size = format_bytes(output.bytes);
        field("output", &format!("{path}  {size}{files}  {}", output.digest.short()))?;
    }
    // A gate's figures stand beside their bars.
    let plain = report.filter(|report| report.judgement.is_none());
    for (name, value) in plain.iter().flat_map(|report| &report.figures) {
        field("figure", &format!("{name} = {value}"))?;
    }
    let judged = report.iter().flat_map(|report| judgement_lines(report));
    for line in judged.chain(report.iter().flat_map(|report| finding_lines(report))) {
        context.line(&format!("  {line}"))?;
    }
    Ok(())
}
