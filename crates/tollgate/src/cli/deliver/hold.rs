//! `tollgate hold`.

use tollgate_model::{DeliveryEvent, Exit};

use super::Desk;
use crate::cli::{Context, release};
use crate::display::style;
use crate::error::CliError;

const AFTER: &str = "\
Examples:
  tollgate hold prod 3f9a21 --reason 'leaks memory'      keep it out
  tollgate hold prod 3f9a21 --lift --reason 'it was the database'

A rollback holds what it takes out. What is held does not come in, whatever its evidence says.";

/// Bar a release from an environment, or let it in again.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// The environment.
    #[arg(value_name = "ENVIRONMENT")]
    environment: String,
    /// The release's name, commit or image, or the beginning of one.
    #[arg(value_name = "RELEASE")]
    release: String,
    /// Let it in again.
    #[arg(long)]
    lift: bool,
    /// Why.
    #[arg(long, value_name = "WHY")]
    reason: String,
}

pub(crate) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let mut desk = Desk::open(context)?;
    let environment = desk.environment(&args.environment)?;
    let release = release::found::release(Some(&args.release), &desk.ledger)?.1.release;
    let reason = args.reason.clone();
    let (event, word) = match args.lift {
        true => (DeliveryEvent::HoldLifted { release, reason }, "no longer held in"),
        false => (DeliveryEvent::Held { release, reason }, "held in"),
    };
    desk.act(&environment, |deliverer| deliverer.note(std::slice::from_ref(&event)))?;
    if context.json {
        context.json_line(&serde_json::json!({
            "environment": environment.name, "release": release, "held": !args.lift,
        }))?;
    } else {
        context.line(&format!("{} is {word} {}", style::strong(release), environment.name))?;
    }
    Ok(Exit::Passed)
}
