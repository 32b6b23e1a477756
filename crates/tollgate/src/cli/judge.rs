//! `tollgate judge`.

use std::path::PathBuf;

use clap::Subcommand;
use serde::Serialize;
use tollgate_engine::Store as _;
use tollgate_engine::deliver::{RolloutJudge, Sample};
use tollgate_ledger::Entry;
use tollgate_model::{
    DeliveryEvent, Digest, Environment, Exit, Fact, Judge, ReleaseId, Strategy, Timestamp, Verdict,
};

use super::Context;
use super::deliver::Desk;
use crate::display::{count, style, verdict_word};
use crate::error::CliError;

/// More facts of one environment than these are not looked through.
const MOST: usize = 1_000_000;

const ALL: &str = "\
Examples:
  tollgate judge replay prod                      judge the last rollout again, from what was seen
  tollgate judge replay prod 3f9a21 --with new.yaml
  tollgate judge backtest prod --with new.yaml    every rollout, by another policy

What the proxy saw of each request of a rollout is kept, so that its verdict can be computed again,
years later and on another machine, and another policy tried on it.";

const REPLAY: &str = "\
Examples:
  tollgate judge replay prod                  the last rollout
  tollgate judge replay prod 3f9a21           the last of this release
  tollgate judge replay prod --with new.yaml  by the `judge:` that this tollgate.yaml has";

const BACKTEST: &str = "\
Examples:
  tollgate judge backtest prod --with new.yaml
  tollgate judge backtest prod --json             a line for each rollout";

/// Judge past rollouts again, from what was seen of their requests.
#[derive(Debug, Subcommand)]
#[command(after_help = ALL)]
pub(crate) enum Verb {
    /// Judge one rollout again.
    Replay(Replay),
    /// Judge every rollout of an environment again.
    Backtest(Backtest),
}

/// Judge one rollout again.
#[derive(Debug, clap::Args)]
#[command(after_help = REPLAY)]
pub(crate) struct Replay {
    /// The environment.
    #[arg(value_name = "ENVIRONMENT")]
    environment: String,
    /// The beginning of the release's name [default: the last rollout].
    #[arg(value_name = "RELEASE")]
    release: Option<String>,
    /// By the `judge:` that the environment has in this file.
    #[arg(long, value_name = "FILE")]
    with: Option<PathBuf>,
}

/// Judge every rollout of an environment again.
#[derive(Debug, clap::Args)]
#[command(after_help = BACKTEST)]
pub(crate) struct Backtest {
    /// The environment.
    #[arg(value_name = "ENVIRONMENT")]
    environment: String,
    /// By the `judge:` that the environment has in this file.
    #[arg(long, value_name = "FILE")]
    with: Option<PathBuf>,
}

/// A rollout as the ledger has it.
#[derive(Debug)]
struct Rollout {
    release: ReleaseId,
    began: Timestamp,
    blocks: Vec<Digest>,
    /// What the judge said last.
    said: Option<(Verdict, String)>,
    ended: &'static str,
}

/// What came of judging it again.
#[derive(Serialize)]
struct Again {
    release: ReleaseId,
    began: Timestamp,
    /// How it ended then.
    ended: &'static str,
    /// What the judge said then.
    then: Option<Verdict>,
    /// What it says now.
    verdict: Verdict,
    summary: String,
    /// After how many requests of the candidate it came to `fail`, if it did.
    after: Option<u64>,
    requests: u64,
}

pub(crate) fn execute(verb: &Verb, context: &Context) -> Result<Exit, CliError> {
    let (name, with) = match verb {
        Verb::Replay(args) => (&args.environment, &args.with),
        Verb::Backtest(args) => (&args.environment, &args.with),
    };
    let desk = Desk::open(context)?;
    let environment = desk.environment(name)?;
    let asked = match with {
        Some(file) => other(file, name, context)?,
        None => environment.clone(),
    };
    let mut rollouts = rollouts(desk.ledger.deliveries(name, MOST)?);
    if let Verb::Replay(args) = verb {
        let is_meant = |rollout: &Rollout| match &args.release {
            Some(asked) => rollout.release.digest().to_string().starts_with(asked.as_str()),
            None => true,
        };
        let meant = rollouts.into_iter().rfind(is_meant);
        rollouts = meant.into_iter().collect();
    }
    if rollouts.is_empty() {
        return Err(CliError::misconfigured(format!("{name} has had no such rollout")));
    }
    let mut worst = Verdict::Pass;
    for rollout in &rollouts {
        let again = again(rollout, &asked, &desk)?;
        worst = worst.and(again.verdict);
        show(&again, context)?;
    }
    Ok(match verb {
        Verb::Replay(_) => worst.into(),
        Verb::Backtest(_) => Exit::Passed,
    })
}

/// The environment as another file declares it.
fn other(file: &std::path::Path, name: &str, context: &Context) -> Result<Environment, CliError> {
    let path = context.resolve(file);
    let text = std::fs::read_to_string(&path)
        .map_err(|error| CliError::misconfigured(format!("{}: {error}", path.display())))?;
    let project = crate::project::Project::find(&context.directory)?;
    let files = super::files::Files::new(&project.root);
    let plan = tollgate_config::plan(&text, &file.display().to_string(), &files)?;
    let missing = || CliError::misconfigured(format!("{} has no {name}", path.display()));
    plan.environments.get(name).cloned().ok_or_else(missing)
}

/// Oldest first; the entries are newest first.
fn rollouts(entries: Vec<Entry>) -> Vec<Rollout> {
    let mut found: Vec<Rollout> = Vec::new();
    for entry in entries.into_iter().rev() {
        let Fact::Delivery(fact) = entry.fact else { continue };
        match (fact.event, found.last_mut()) {
            (DeliveryEvent::RolloutStarted { release }, _) => found.push(Rollout {
                release,
                began: entry.at,
                blocks: Vec::new(),
                said: None,
                ended: "under way",
            }),
            (DeliveryEvent::Judged { verdict, summary, samples }, Some(rollout)) => {
                rollout.blocks.extend(samples);
                rollout.said = Some((verdict, summary));
            }
            (DeliveryEvent::RolloutCompleted, Some(rollout)) => rollout.ended = "completed",
            (DeliveryEvent::RolledBack(back), Some(rollout)) if back.from == rollout.release => {
                rollout.ended = "rolled back";
            }
            _ => {}
        }
    }
    found
}

fn again(rollout: &Rollout, environment: &Environment, desk: &Desk) -> Result<Again, CliError> {
    let mut judge = RolloutJudge::new(&asked(environment), sticky(environment));
    let mut after = None;
    for block in &rollout.blocks {
        let bytes = desk.store.get(block)?;
        let samples: Vec<Sample> = serde_json::from_slice(&bytes).map_err(CliError::broken)?;
        for sample in &samples {
            judge.take(sample);
            if after.is_none() {
                let says = judge.says();
                after = (says.verdict == Verdict::Fail).then_some(says.candidates);
            }
        }
    }
    let says = judge.says();
    Ok(Again {
        release: rollout.release,
        began: rollout.began,
        ended: rollout.ended,
        then: rollout.said.as_ref().map(|(verdict, _)| *verdict),
        verdict: if after.is_some() { Verdict::Fail } else { says.verdict },
        summary: says.summary,
        after,
        requests: says.candidates,
    })
}

fn asked(environment: &Environment) -> Judge {
    environment.rollout.judge.clone()
}

fn sticky(environment: &Environment) -> bool {
    match &environment.rollout.strategy {
        Strategy::Canary(canary) | Strategy::Shadow { then: Some(canary), .. } => {
            canary.sticky.is_some()
        }
        _ => false,
    }
}

fn show(again: &Again, context: &Context) -> Result<(), CliError> {
    if context.json {
        return context.json_line(again);
    }
    let then = again.then.map_or_else(|| style::faint("not judged"), verdict_word);
    let (release, ended) = (style::strong(again.release), again.ended);
    context.line(&format!("{release}  {ended}, judged {then} then"))?;
    let after = match again.after {
        Some(after) => format!(" after {after} of"),
        None => " on".to_owned(),
    };
    let requests = count(again.requests, "request");
    let verdict = verdict_word(again.verdict);
    context.line(&format!("  now {verdict}{after} {requests} of the candidate"))?;
    context.line(&format!("  {}", style::faint(style::safe(&again.summary))))
}
