//! `tollgate serve`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tollgate_adapters::local::{Local, Places};
use tollgate_adapters::{Holder, Lease, LeaseError, SystemClock};
use tollgate_engine::Clock as _;
use tollgate_engine::deliver::{DeliverError, Host};
use tollgate_ledger::Ledger;
use tollgate_model::{Environment, Exit, Fact, LocalTarget, Target};

use super::deliver::Desk;
use super::{Context, eprintln, run};
use crate::display::{delivery, style};
use crate::error::CliError;
use crate::project::Project;

/// How often the ledger is looked at. A rollback waits for no longer than this.
const LOOK: Duration = Duration::from_millis(5);
/// What failed is tried again after so long.
const AGAIN: Duration = Duration::from_millis(500);

const AFTER: &str = "\
Examples:
  tollgate serve               host what `target: { local: … }` says, until Ctrl-C
  tollgate serve --every 2s    look at Git every two seconds

It runs the releases of each environment as their images say, in namespaces of their own, behind a
proxy that splits the traffic; it judges rollouts by it and takes back what is worse. Everything that
it does follows from the ledger: kill it anywhere, start it again, and it goes on. `promote`,
`rollback` and the others are said from any other terminal.";

/// Host the environments whose target is this machine: run releases, split traffic, judge.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// How often Git is looked at, such as `5s`.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    every: Duration,
}

fn duration(text: &str) -> Result<Duration, String> {
    tollgate_model::parse_duration(text)
}

pub(crate) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let project = Project::find(&context.directory)?;
    project.state_is_our_own()()?;
    let plan = project.plan()?;
    let hosted: BTreeMap<String, (Environment, LocalTarget)> = plan
        .environments
        .values()
        .filter_map(|environment| match &environment.target {
            Target::Local(local) => {
                Some((environment.name.clone(), (environment.clone(), local.clone())))
            }
            Target::Gitops => None,
        })
        .collect();
    if hosted.is_empty() {
        return Err(CliError::misconfigured("no environment runs on this machine")
            .hint("`target: { local: { listen: 127.0.0.1:8080 } }` of an environment"));
    }
    project.make_state()?;
    let _lease = lease(&project)?;
    // The ledger may be as new as the project.
    let ledger = project.ledger()?;
    let stop = run::stop_on_signals()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(std::thread::available_parallelism().map_or(2, usize::from))
        .enable_all()
        .build()
        .map_err(|error| CliError::broken(format!("the server can't be started: {error}")))?;
    let runtime = Arc::new(runtime);
    let mut locals = Vec::new();
    for (environment, target) in hosted.into_values() {
        let local = open(&environment, &target, &project, &runtime)?;
        let said = format!("{} at http://{}", environment.name, local.address());
        eprintln(&format!("{} {said}", style::good("serving")), context.color);
        locals.push((environment, target, local));
    }
    let from = ledger.head()?.seq;
    let failed: Result<(), CliError> = std::thread::scope(|scope| {
        let stop = &stop;
        let told = scope.spawn(move || tell(&ledger, from, stop, context));
        let hosts: Vec<_> = locals
            .iter()
            .map(|(environment, target, local)| {
                let host = Hosted {
                    environment,
                    target,
                    local,
                    project: &project,
                    context,
                    every: args.every,
                };
                scope.spawn(move || host.run(stop))
            })
            .collect();
        let mut outcome = Ok(());
        for host in hosts {
            let ended = host.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            if ended.is_err() {
                stop.store(true, Ordering::Relaxed);
            }
            outcome = outcome.and(ended);
        }
        told.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        outcome
    });
    eprintln(&style::faint("stopping: what is under way is answered"), context.color);
    drop(locals);
    failed.map(|()| Exit::Passed)
}

/// Whether a server hosts the project's environments.
pub(super) fn is_at_work(project: &Project) -> bool {
    matches!(lease(project), Err(error) if error.exit == Exit::Refused)
}

/// One server hosts a project. Runs have a lease of their own, so that both can go on at once.
fn lease(project: &Project) -> Result<Lease, CliError> {
    let directory = project.state.join("serve");
    let since = SystemClock.now().to_string();
    let holder = Holder { pid: std::process::id(), what: "tollgate serve".to_owned(), since };
    let made = std::fs::create_dir_all(&directory);
    made.map_err(|error| CliError::broken(format!("{}: {error}", directory.display())))?;
    Lease::take(&directory, &holder).map_err(|error| match error {
        LeaseError::Held(by) => {
            let pid = by.map(|by| format!(" (process {})", by.pid)).unwrap_or_default();
            CliError::new(Exit::Refused, format!("another `tollgate serve` hosts it{pid}"))
        }
        LeaseError::Io(error) => CliError::broken(format!("{}: {error}", directory.display())),
    })
}

fn open(
    environment: &Environment,
    target: &LocalTarget,
    project: &Project,
    runtime: &Arc<tokio::runtime::Runtime>,
) -> Result<Local, CliError> {
    let own = |what: &str| project.state.join("serve").join(what);
    let places = Places {
        layout: project.state.join("oci"),
        roots: own("roots"),
        scratch: own("run").join(&environment.name),
        logs: own("logs").join(&environment.name),
        project: project.root.clone(),
    };
    Local::open(environment, target, places, runtime).map_err(|error| {
        let message = format!("{} can't listen at {}: {error}", environment.name, target.listen);
        CliError::misconfigured(message)
    })
}

/// Says what happens, whoever did it.
fn tell(
    ledger: &Ledger,
    mut after: u64,
    stop: &AtomicBool,
    context: &Context,
) -> Result<(), CliError> {
    loop {
        // Once more after the end, for what came last.
        let last = stop.load(Ordering::Relaxed);
        for entry in ledger.read(after, 1_000)? {
            after = entry.seq;
            let Fact::Delivery(fact) = &entry.fact else { continue };
            if context.json {
                context.json_line(&serde_json::json!({
                    "seq": entry.seq, "at": entry.at, "fact": entry.fact,
                }))?;
            } else {
                let time = entry.at.to_string();
                let time = style::faint(time.get(11..19).unwrap_or_default());
                context.line(&format!("{time} {}", delivery::line(fact)))?;
            }
        }
        if last {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// One environment on this machine.
struct Hosted<'a> {
    environment: &'a Environment,
    target: &'a LocalTarget,
    local: &'a Local,
    project: &'a Project,
    context: &'a Context,
    every: Duration,
}

impl Hosted<'_> {
    fn run(&self, stop: &AtomicBool) -> Result<(), CliError> {
        std::thread::scope(|scope| {
            let follows = scope.spawn(|| self.follow(stop));
            let hosts = self.host(stop);
            if hosts.is_err() {
                stop.store(true, Ordering::Relaxed);
            }
            let follows = follows.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            hosts.and(follows)
        })
    }

    fn desk(&self) -> Result<Desk, CliError> {
        let plan = self.project.plan()?;
        let mut desk = Desk::of(self.project.clone(), plan, self.context)?;
        desk.by = "tollgate serve".to_owned();
        Ok(desk)
    }

    fn host(&self, stop: &AtomicBool) -> Result<(), CliError> {
        let mut desk = self.desk()?;
        let mut host = Host::default();
        let mut said = String::new();
        while !stop.load(Ordering::Relaxed) {
            let looked = desk.act(self.environment, |deliverer| {
                Ok(host.look(deliverer, self.target, self.local, self.local))
            })?;
            match looked {
                Ok(_) => std::thread::sleep(LOOK),
                Err(error) => self.complain(&error, &mut said),
            }
        }
        Ok(())
    }

    /// Git is looked at beside it: it may take its time, and a rollback must not wait for it.
    fn follow(&self, stop: &AtomicBool) -> Result<(), CliError> {
        let mut desk = self.desk()?;
        let mut said = String::new();
        let mut next = Instant::now();
        let mut unwritten = false;
        while !stop.load(Ordering::Relaxed) {
            let own = desk.ledger.environments()?.remove(&self.environment.name);
            // A rollback that Git does not know of is not left for the next look.
            let is_new = own.is_some_and(|own| own.unwritten.is_some()) && !unwritten;
            unwritten = is_new;
            if Instant::now() < next && !is_new {
                std::thread::sleep(Duration::from_millis(50));
                continue;
            }
            next = Instant::now() + self.every;
            let followed = desk.act(self.environment, |deliverer| Ok(deliverer.follow()))?;
            match followed {
                Ok(_) => said.clear(),
                Err(error) => self.complain(&error, &mut said),
            }
        }
        Ok(())
    }

    /// Once, and not at each try.
    fn complain(&self, error: &DeliverError, said: &mut String) {
        let text = error.to_string();
        if *said != text {
            let line = format!("{}: {}", self.environment.name, style::safe(&text));
            eprintln(&style::doubt(line), self.context.color);
            *said = text;
        }
        std::thread::sleep(AGAIN);
    }
}
