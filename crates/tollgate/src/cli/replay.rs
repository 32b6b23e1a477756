//! `tollgate replay`.

use std::time::Duration;

use tollgate_engine::{Event, Signal, Store};
use tollgate_model::{Exit, Fact, RunId};

use super::Context;
use super::log::find_run;
use crate::display::reporter;
use crate::error::CliError;
use crate::project::Project;

const AFTER: &str = "\
Examples:
  tollgate replay r3             run r3, as it was shown
  tollgate replay r3 --speed 1   … and as fast as it went
  tollgate replay r3 --json      its facts";

/// Show a past run through the same code that showed it when it ran.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// The run; by default the last one.
    run: Option<RunId>,
    /// How many times as fast as it went; by default at once.
    #[arg(long, value_name = "TIMES")]
    speed: Option<f64>,
}

pub(crate) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let speed = args.speed.unwrap_or(f64::INFINITY);
    if speed.is_nan() || speed <= 0.0 {
        return Err(CliError::misconfigured("--speed must be more than 0"));
    }
    let project = Project::find(&context.directory)?;
    let ledger = project.existing_ledger()?;
    let store = project.store()?;
    let record = find_run(args.run, &ledger)?;
    // The job was told of the run when it ran: a replay annotates nothing and only shows.
    let mut shown = context.clone();
    shown.environment.remove("GITHUB_ACTIONS");
    let mut reporter = reporter(&shown, &store);
    let mut before = record.started_at;
    for entry in ledger.run_entries(record.started.run)? {
        let gap = entry.at.millis_since(before) as f64 / speed;
        before = entry.at;
        std::thread::sleep(Duration::from_millis(gap as u64));
        // Output was passing when it ran; what is left of it is the log.
        if let Fact::StepFinished(fact) = &entry.fact
            && let Some(bytes) = fact.result.log.and_then(|log| store.get(&log).ok())
        {
            let step = fact.step.clone();
            reporter.event(&Event::Signal(Signal::Output { step, bytes }));
        }
        reporter.event(&Event::Fact { at: entry.at, fact: Box::new(entry.fact) });
    }
    reporter.finish();
    Ok(Exit::Passed)
}
