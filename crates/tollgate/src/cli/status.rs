//! `tollgate status`.

use serde::Serialize;
use tollgate_adapters::SystemClock;
use tollgate_engine::Clock;
use tollgate_ledger::{Ledger, RunSummary};
use tollgate_model::{RunRecord, StepId, StepState, Timestamp, Verdict};
use tollgate_stats::proportion::wilson;

use super::Context;
use super::deliver::standing;
use crate::display::{ago, clock, style, verdict_word};
use crate::error::CliError;
use crate::project::Project;

/// So many past runs of a step tell how flaky it is.
const HISTORY: usize = 100;

const AFTER: &str = "\
Examples:
  tollgate status                 the last run, each of its steps, and each environment
  tollgate status prod            what serves there, what comes, and what is held
  tollgate status prod --why      … and each condition that a release must meet, met or not
  tollgate status --json          … for a program";

/// Show where the project stands: the last run, each of its steps, and which of them are flaky.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// Show this environment.
    #[arg(value_name = "ENVIRONMENT")]
    environment: Option<String>,
    /// Ask its policy about this release [default: what serves in the environment before it, or the
    /// newest].
    #[arg(value_name = "RELEASE", requires = "environment")]
    release: Option<String>,
    /// List each condition of its policy, met or not, with what would meet it.
    #[arg(long, requires = "environment")]
    why: bool,
}

#[derive(Serialize)]
struct Status {
    run: RunSummary,
    steps: Vec<StepStatus>,
    environments: std::collections::BTreeMap<String, tollgate_model::EnvironmentRecord>,
}

#[derive(Serialize)]
struct StepStatus {
    step: StepId,
    state: String,
    verdict: Option<Verdict>,
    summary: String,
    millis: Option<u64>,
    flaky: Option<Flakiness>,
}

/// How often a step needed more than one attempt.
#[derive(Serialize)]
struct Flakiness {
    flaked: u64,
    runs: u64,
    /// 95 % interval of the rate (Wilson).
    low: f64,
    high: f64,
}

pub(crate) fn execute(args: &Args, context: &Context) -> Result<tollgate_model::Exit, CliError> {
    if let Some(environment) = &args.environment {
        let why = args.why || args.release.is_some();
        return standing::one(environment, args.release.as_deref(), why, context);
    }
    let project = Project::find(&context.directory)?;
    let ledger = project.existing_ledger()?;
    let last = ledger.last_run()?.map(|run| ledger.run(run)).transpose()?.flatten();
    let Some(record) = last else {
        return Err(CliError::misconfigured("nothing has run here yet").hint("`tollgate run`"));
    };
    let status = status(&record, &ledger)?;
    if context.json {
        context.json_line(&status)?;
    } else {
        print(&status, context)?;
        environments(&ledger, context)?;
    }
    let verdict = status.run.finished.as_ref().map_or(Verdict::Undecided, |end| end.verdict);
    Ok(verdict.into())
}

fn status(record: &RunRecord, ledger: &Ledger) -> Result<Status, CliError> {
    let mut steps = Vec::new();
    for id in &record.started.steps {
        let Some(step) = record.steps.get(id) else { continue };
        let result = step.state.result();
        let (summary, millis) = match &step.state {
            StepState::Reused(fact) => (format!("from {}", fact.origin), Some(fact.saved_millis)),
            StepState::Skipped(fact) => (
                fact.because.as_ref().map(|b| format!("`{b}` did not pass")).unwrap_or_default(),
                None,
            ),
            _ => (
                result.map(|result| result.summary.clone()).unwrap_or_default(),
                result.map(|result| result.millis),
            ),
        };
        steps.push(StepStatus {
            step: id.clone(),
            state: step.state.to_string(),
            verdict: step.state.verdict(),
            summary,
            millis,
            flaky: flakiness(id, ledger)?,
        });
    }
    Ok(Status { run: RunSummary::of(record), steps, environments: ledger.environments()? })
}

fn flakiness(step: &StepId, ledger: &Ledger) -> Result<Option<Flakiness>, CliError> {
    let history = ledger.step_history(step, HISTORY)?;
    let passed = history.iter().filter(|outcome| outcome.verdict.passed());
    let (mut flaked, mut runs) = (0, 0);
    for outcome in passed {
        runs += 1;
        flaked += u64::from(outcome.attempts > 1);
    }
    if flaked == 0 {
        return Ok(None);
    }
    let interval = wilson(flaked, runs, 0.95);
    Ok(Some(Flakiness { flaked, runs, low: interval.low, high: interval.high }))
}

fn print(status: &Status, context: &Context) -> Result<(), CliError> {
    context.line(&headline(&status.run, SystemClock.now()))?;
    let width = status.steps.iter().map(|s| s.step.as_str().len()).max().unwrap_or(0).max(8);
    for step in &status.steps {
        let state = format!("{:>9}", step.state);
        let state = match step.verdict {
            Some(Verdict::Pass) if step.state == "cached" => style::known(state),
            Some(Verdict::Pass) => style::good(state),
            Some(Verdict::Fail) => style::bad(state),
            Some(Verdict::Undecided) | None => style::doubt(state),
        };
        let time = step.millis.map(clock).unwrap_or_default();
        let summary = style::safe(&step.summary);
        let line = format!("{state}  {:width$}  {time:>9}  {summary}", step.step);
        context.line(line.trim_end())?;
        if let Some(flaky) = &step.flaky {
            let rate = format!(
                "{:>9}  flaky: needed more than one attempt in {} of {} passed runs ({:.1}–{:.1} %)",
                "",
                flaky.flaked,
                flaky.runs,
                flaky.low * 100.0,
                flaky.high * 100.0,
            );
            context.line(&style::doubt(rate))?;
        }
    }
    Ok(())
}

/// What serves where.
fn environments(ledger: &Ledger, context: &Context) -> Result<(), CliError> {
    let all = ledger.environments()?;
    for (name, record) in all.iter().filter(|(name, _)| *name != tollgate_model::Delivery::ALL) {
        context.line(&standing::headline(name, record, SystemClock.now()))?;
    }
    Ok(())
}

/// A run in one line.
pub(super) fn headline(run: &RunSummary, now: Timestamp) -> String {
    let what = run.pipeline.as_deref().unwrap_or("steps");
    let how = match &run.finished {
        None => style::doubt("running, or broken off"),
        Some(end) => format!("{} in {}", verdict_word(end.verdict), clock(end.millis)),
    };
    let commit = run.commit.as_ref().map(|commit| {
        let dirty = if commit.dirty { "+" } else { "" };
        format!(" {}{dirty}", &commit.sha[..commit.sha.len().min(10)])
    });
    let counts = &run.counts;
    let parts = [
        (counts.passed + counts.failed + counts.undecided, "ran"),
        (counts.reused, "cached"),
        (counts.failed, "failed"),
        (counts.skipped, "skipped"),
    ];
    let counts: Vec<String> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    let when = style::faint(format!("{}{}", ago(run.started_at, now), commit.unwrap_or_default()));
    format!(
        "{}  {what:10} {how}  {}  {when}",
        style::strong(format!("{:>5}", run.run)),
        counts.join(", ")
    )
}
