//! `tollgate freeze`.

use tollgate_model::{Delivery, DeliveryEvent, Environment, Exit};

use super::Desk;
use crate::cli::Context;
use crate::display::style;
use crate::error::CliError;

const AFTER: &str = "\
Examples:
  tollgate freeze prod --reason 'quarter end'    no promotion into prod until it is lifted
  tollgate freeze --all --reason incident        the emergency stop: none anywhere
  tollgate freeze --all --lift --reason over

Windows of time that return are `freeze:` of an environment. A rollback is never barred.";

/// Take no promotion into an environment, or into any, until it is lifted.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// The environment.
    #[arg(value_name = "ENVIRONMENT", required_unless_present = "all", conflicts_with = "all")]
    environment: Option<String>,
    /// All environments, whatever they are called.
    #[arg(long)]
    all: bool,
    /// Take promotions again.
    #[arg(long)]
    lift: bool,
    /// Why.
    #[arg(long, value_name = "WHY")]
    reason: String,
}

pub(crate) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let mut desk = Desk::open(context)?;
    let environment = match &args.environment {
        Some(name) => desk.environment(name)?,
        None => everywhere(&desk)?,
    };
    let reason = args.reason.clone();
    let (event, word) = match args.lift {
        true => (DeliveryEvent::Unfrozen { reason }, "no longer frozen"),
        false => (DeliveryEvent::Frozen { reason }, "frozen"),
    };
    desk.act(&environment, |deliverer| deliverer.note(std::slice::from_ref(&event)))?;
    let name = if args.all { "everything" } else { &environment.name };
    if context.json {
        context.json_line(
            &serde_json::json!({ "environment": environment.name, "frozen": !args.lift }),
        )?;
    } else {
        context.line(&format!("{} is {word}", style::strong(name)))?;
    }
    Ok(Exit::Passed)
}

/// Stands for all of them: only its name is looked at.
fn everywhere(desk: &Desk) -> Result<Environment, CliError> {
    let any = desk.plan.environments.values().next();
    let any = any.ok_or_else(|| CliError::misconfigured("there are no environments"))?;
    Ok(Environment { name: Delivery::ALL.to_owned(), ..any.clone() })
}
