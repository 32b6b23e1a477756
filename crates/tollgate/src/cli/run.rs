//! `tollgate run`.

mod deploy;
mod explain;
mod publish;
mod targets;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tollgate_adapters::sandbox::{Isolation, Level};
use tollgate_engine::{Engine, Event, Force, LedgerJournal, Request, Signal, recover};
use tollgate_model::{Exit, Fact, Plan, Resources, RunRecord};

use super::{Context, eprintln};
use crate::display::{Display, clock, style};
use crate::error::CliError;
use crate::panics;
use crate::project::{Adapters, Project};

const AFTER: &str = "\
Examples:
  tollgate run                   the `pr` pipeline, or the only one there is
  tollgate run nightly           another pipeline
  tollgate run test              one step and what it needs
  tollgate run --force=train     run `train` again though nothing changed
  tollgate run --explain test    and say why `test` ran or was reused";

/// Run a pipeline or steps. A step whose inputs, tools and command are those of a run that passed
/// is not run again.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// A pipeline, or steps; what they need runs too.
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// Run again what is known already: everything, or the steps named (--force=a,b).
    #[arg(long, value_name = "STEP", num_args = 0.., require_equals = true, value_delimiter = ',')]
    force: Option<Vec<String>>,
    /// After a failure run everything that doesn't depend on it (the default).
    #[arg(long, overrides_with = "fail_fast")]
    keep_going: bool,
    /// After the first failure start no further step.
    #[arg(long, overrides_with = "keep_going")]
    fail_fast: bool,
    /// Say why a step ran or was reused: which of its inputs changed.
    #[arg(long, value_name = "STEP")]
    explain: Vec<String>,
    /// Processors that steps may use together.
    #[arg(short, long, value_name = "N")]
    jobs: Option<u32>,
    /// If another run is at work in this project, don't wait for it.
    #[arg(long)]
    no_wait: bool,
    /// What asks for the run, for the record.
    #[arg(long, value_name = "WHAT", default_value = "person")]
    trigger: String,
}

pub(crate) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let stop = stop_on_signals()?;
    Ok(Exit::from(&perform(args, context, &|| stop.load(Ordering::Relaxed))?))
}

/// Runs what is asked for, shows it, and returns its record.
pub(super) fn perform(
    args: &Args,
    context: &Context,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<RunRecord, CliError> {
    let project = Project::find(&context.directory)?;
    let our_own = project.state_is_our_own();
    let plan = project.plan()?;
    let request = request(args, &plan)?;
    let explain = targets::steps(&args.explain, &plan)?;
    let what = format!("tollgate run {}", args.targets.join(" "));
    let mut say = |text: &str| eprintln(&style::faint(text), context.color);
    our_own()?;
    let lease = project.lease(what.trim_end(), !args.no_wait, stopped, &mut say)?;
    let mut ledger = project.ledger()?;
    let store = project.store()?;
    let adapters = Adapters::new(&project, &store, context);
    let mut journal = LedgerJournal::new(&mut ledger)?;
    close_abandoned(&mut journal, &adapters, &mut say)?;
    let display = Display::start(context, project.store()?);
    let outcome = drive(&plan, &request, &mut journal, &adapters, &display, stopped);
    // Whoever waits for this run need not wait for its screen.
    drop(lease);
    let shown = display.finish(stopped);
    let record = outcome?;
    publish::images(&plan, &record, &ledger, &project, context, stopped)?;
    deploy::releases(&plan, &record, &project, context, &mut say)?;
    if !shown {
        return Ok(record);
    }
    for step in &explain {
        explain::say(step, &record, &ledger, &store, context)?;
    }
    over_budget(&plan, &record, &mut say);
    Ok(record)
}

impl Args {
    /// What `tollgate run TARGET…` stands for.
    pub(super) fn of(targets: &[&str]) -> Self {
        Self {
            targets: targets.iter().map(|&target| target.to_owned()).collect(),
            force: None,
            keep_going: false,
            fail_fast: false,
            explain: Vec::new(),
            jobs: None,
            no_wait: false,
            trigger: "person".to_owned(),
        }
    }
}

fn drive(
    plan: &Plan,
    request: &Request,
    journal: &mut LedgerJournal<'_>,
    adapters: &Adapters<'_>,
    display: &Display,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<RunRecord, CliError> {
    let mut told = false;
    let mut observe = |event: Event| {
        // Only a run that runs something is isolated from anything.
        if !told
            && matches!(&event, Event::Fact { fact, .. } if matches!(**fact, Fact::StepStarted(_)))
        {
            told = true;
            missing(&adapters.workspace.isolation(), display);
        }
        if let Event::Signal(Signal::Note { text }) = &event {
            note(text, display);
        }
        display.event(event);
    };
    let engine = Engine::new(journal, adapters.ports(), &mut observe);
    let mut engine = engine.with_witness(&panics::witness);
    Ok(engine.run(plan, request, stopped)?)
}

fn request(args: &Args, plan: &Plan) -> Result<Request, CliError> {
    let (pipeline, targets) = targets::choose(&args.targets, plan)?;
    let force = match &args.force {
        None => Force::None,
        Some(named) if named.is_empty() => Force::All,
        Some(named) => {
            Force::Steps(targets::steps(named, plan)?.into_iter().collect::<BTreeSet<_>>())
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let cpus = args.jobs.unwrap_or(u32::try_from(cores).unwrap_or(u32::MAX)).max(1);
    Ok(Request {
        targets,
        pipeline,
        trigger: args.trigger.clone(),
        force,
        fail_fast: args.fail_fast,
        capacity: Resources { cpus, memory: tollgate_adapters::memory() },
    })
}

/// A flag that a first Ctrl-C (or SIGTERM) sets. A second one ends the process at once; what runs
/// in sandboxes ends with it.
pub(super) fn stop_on_signals() -> Result<Arc<AtomicBool>, CliError> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        let second = signal_hook::flag::register_conditional_shutdown(
            signal,
            i32::from(Exit::Interrupted.code()),
            Arc::clone(&stop),
        );
        let first = signal_hook::flag::register(signal, Arc::clone(&stop));
        second.and(first).map_err(CliError::broken)?;
    }
    Ok(stop)
}

fn close_abandoned(
    journal: &mut LedgerJournal<'_>,
    adapters: &Adapters<'_>,
    say: &mut dyn FnMut(&str),
) -> Result<(), CliError> {
    let ports = adapters.ports();
    for run in recover(journal, ports.workspace, ports.clock.now())? {
        say(&format!("{run} was broken off; what it finished is kept, the rest runs again"));
    }
    Ok(())
}

fn missing(isolation: &Isolation, display: &Display) {
    let parts = [
        ("files", &isolation.files),
        ("network", &isolation.network),
        ("processes", &isolation.processes),
        ("read reports", &isolation.read_reports),
    ];
    for (name, level) in parts {
        let (word, why) = match level {
            Level::Full => continue,
            Level::Partial(why) => ("only in part", why),
            Level::Missing(why) => ("not", why),
        };
        note(&format!("{name} are {word} isolated here: {why}"), display);
    }
}

fn note(text: &str, display: &Display) {
    display.note(format!("{}: {}", style::doubt("note"), style::safe(text)));
}

fn over_budget(plan: &Plan, record: &RunRecord, say: &mut dyn FnMut(&str)) {
    let pipeline = record.started.pipeline.as_ref().and_then(|name| plan.pipelines.get(name));
    let budget = pipeline.and_then(|pipeline| pipeline.budget);
    let (Some(budget), Some(end)) = (budget, &record.finished) else { return };
    if u128::from(end.millis) > budget.as_millis() {
        let limit = tollgate_model::format_duration(budget);
        say(&format!("over its budget: it took {}, the budget is {limit}", clock(end.millis)));
    }
}
