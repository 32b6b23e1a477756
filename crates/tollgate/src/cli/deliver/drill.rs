//! `tollgate drill`.

use std::time::{Duration, Instant};

use tollgate_model::{DeliveryEvent, Exit, Fact, Target};

use super::Desk;
use crate::cli::{Context, serve};
use crate::display::delivery;
use crate::error::CliError;

/// Longer than any drill takes.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);

const AFTER: &str = "\
Examples:
  tollgate drill prod          back to the release before, and forward again
  tollgate drill prod --json

`tollgate serve` must be at work: it switches the traffic to the release before for two seconds, under
what traffic there is or some of its own, counts the requests that fail, and switches back. Nothing is
held, and Git is not written. A policy can ask for one: `policy: { drill: { max_age: 30d } }`.";

/// Rehearse a rollback under traffic, time it, and go forward again.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// The environment.
    #[arg(value_name = "ENVIRONMENT")]
    environment: String,
}

pub(crate) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let mut desk = Desk::open(context)?;
    let environment = desk.environment(&args.environment)?;
    if !matches!(environment.target, Target::Local(_)) {
        let message = format!("{} does not run on this machine", environment.name);
        return Err(CliError::misconfigured(message));
    }
    if !serve::is_at_work(&desk.project) {
        return Err(CliError::new(Exit::Refused, "nobody hosts it").hint("`tollgate serve`"));
    }
    let from = desk.ledger.head()?.seq;
    desk.act(&environment, |deliverer| deliverer.note(&[DeliveryEvent::DrillStarted]))?;
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        for entry in desk.ledger.read(from, 1_000)? {
            let Fact::Delivery(fact) = entry.fact else { continue };
            if fact.environment != environment.name {
                continue;
            }
            if let DeliveryEvent::Drilled { verdict, .. } = &fact.event {
                match context.json {
                    true => context.json_line(&fact)?,
                    false => context.line(&delivery::line(&fact))?,
                }
                return Ok((*verdict).into());
            }
            if let DeliveryEvent::RolledBack(_) = &fact.event {
                return Err(CliError::new(Exit::Undecided, "a rollback came in between"));
            }
        }
        std::thread::sleep(POLL);
    }
    Err(CliError::broken("the drill did not end; `tollgate status` says how things are"))
}
