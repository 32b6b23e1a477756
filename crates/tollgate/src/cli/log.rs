//! `tollgate log`.

use std::io::Write;

use tollgate_adapters::SystemClock;
use tollgate_engine::{Clock, PortErrorKind, Store};
use tollgate_ledger::Ledger;
use tollgate_model::{Exit, RunId, RunRecord};

use super::{Context, known, status};
use crate::display::style;
use crate::error::CliError;
use crate::project::Project;

const AFTER: &str = "\
Examples:
  tollgate log               past runs, newest first
  tollgate log test          what `test` printed in the last run
  tollgate log test --run r3 … in run r3";

/// List past runs, or print what a step printed.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// Print the log of this step.
    step: Option<String>,
    /// The run to look at; by default the last one.
    #[arg(long, value_name = "RUN")]
    run: Option<RunId>,
    /// How many runs to list.
    #[arg(short = 'n', long, default_value_t = 20)]
    number: usize,
}

pub(crate) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let project = Project::find(&context.directory)?;
    let ledger = project.existing_ledger()?;
    match &args.step {
        Some(step) => print_log(step, args.run, &ledger, &project, context)?,
        None => list(args.number, &ledger, context)?,
    }
    Ok(Exit::Passed)
}

fn list(number: usize, ledger: &Ledger, context: &Context) -> Result<(), CliError> {
    let now = SystemClock.now();
    for run in ledger.runs(number)? {
        match context.json {
            true => context.json_line(&run)?,
            false => context.line(&status::headline(&run, now))?,
        }
    }
    Ok(())
}

/// The run of that number, or the last one.
pub(super) fn find_run(run: Option<RunId>, ledger: &Ledger) -> Result<RunRecord, CliError> {
    let last = ledger.last_run()?;
    let wanted = run.or(last);
    let record = wanted.map(|run| ledger.run(run)).transpose()?.flatten();
    record.ok_or_else(|| {
        let what = wanted.map_or_else(|| "no run".to_owned(), |run| format!("no run {run}"));
        let known = last.map_or_else(|| "there is none".into(), |run| format!("the last is {run}"));
        CliError::misconfigured(format!("{what}: {known}")).hint("`tollgate log` lists them")
    })
}

fn gone(step: &str, run: RunId) -> CliError {
    let message = format!(
        "the log of `{step}` ({run}) is not in the store any more: `tollgate store gc` removes \
         what was not used for longest"
    );
    CliError::misconfigured(message)
        .hint(format!("`tollgate run --force={step} {step}` runs it again"))
}

fn print_log(
    step: &str,
    run: Option<RunId>,
    ledger: &Ledger,
    project: &Project,
    context: &Context,
) -> Result<(), CliError> {
    let record = find_run(run, ledger)?;
    let of = record.started.run;
    let unknown = || CliError::misconfigured(format!("`{step}` is no step of {of}"));
    let state = &record.steps.get(step).ok_or_else(unknown)?.state;
    let known = known::result(of, state, ledger)?;
    let Some((known, log)) = known.and_then(|known| known.result.log.map(|log| (known, log)))
    else {
        return Err(CliError::misconfigured(format!("`{step}` is {state} in {of} and has no log")));
    };
    let bytes = project.store()?.get(&log).map_err(|error| match error.kind {
        PortErrorKind::NotFound => gone(step, known.run),
        _ => error.into(),
    })?;
    if context.json {
        return context.json_line(&serde_json::json!({
            "run": known.run, "step": step, "attempts": known.result.attempts, "digest": log,
            "text": String::from_utf8_lossy(&bytes),
        }));
    }
    // To a terminal only what can't steer it; to a file or pipe every byte.
    let out = std::io::stdout();
    if std::io::IsTerminal::is_terminal(&out) {
        for line in String::from_utf8_lossy(&bytes).lines() {
            writeln!(out.lock(), "{}", style::safe(line))?;
        }
        return Ok(());
    }
    out.lock().write_all(&bytes)?;
    Ok(())
}
