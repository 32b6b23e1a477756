//! `tollgate rollback`.

use tollgate_engine::deliver::Asked;
use tollgate_model::{Cause, Exit};

use super::{Desk, short};
use crate::cli::{Context, release};
use crate::display::style;
use crate::error::CliError;

const AFTER: &str = "\
Examples:
  tollgate rollback prod --reason 'wrong scores'   to the last good release
  tollgate rollback prod --to 3f9a21 --reason …    to this one, which served before

Nothing delays it: no policy, freeze, running rollout or unreachable Git. A running rollout is taken
back first. What goes out is held: it does not come in again until `tollgate hold --lift`.";

/// Take a release out of an environment, and put the last good one there.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// The environment.
    #[arg(value_name = "ENVIRONMENT")]
    environment: String,
    /// Go to this release, which served there before [default: the last that is not held].
    #[arg(long, value_name = "RELEASE")]
    to: Option<String>,
    /// Why.
    #[arg(long, value_name = "WHY", default_value = "taken back by a person")]
    reason: String,
}

pub(crate) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let mut desk = Desk::open(context)?;
    let environment = desk.environment(&args.environment)?;
    let to = match &args.to {
        Some(to) => Some(release::found::release(Some(to), &desk.ledger)?.1.release),
        None => None,
    };
    let asked = Asked { to, cause: Cause::Person, reason: args.reason.clone() };
    let went = desk.act(&environment, |deliverer| deliverer.roll_back(&asked))?;
    if context.json {
        context.json_line(&serde_json::json!({
            "environment": environment.name, "from": went.back.from, "to": went.back.to,
            "reason": went.back.reason, "commit": went.commit, "unwritten": went.unwritten,
        }))?;
        return Ok(Exit::Passed);
    }
    let to = went.back.to.map_or_else(|| "nothing".to_owned(), |to| to.to_string());
    let line = format!("{} from {} to {to}", environment.name, went.back.from);
    context.line(&format!("{} {}", style::good("rolled back"), style::strong(line)))?;
    if let Some(commit) = &went.commit {
        let branch = &environment.manifests.branch;
        context.line(&format!("  commit {} on {branch}", short(commit)))?;
    }
    if let Some(why) = &went.unwritten {
        let line = format!("  Git does not know of it yet: {}", style::safe(why));
        context.line(&style::doubt(line))?;
        context
            .line(&style::faint("  it is told by the next `tollgate` command here, or by serve"))?;
    }
    let line = format!("  {} is held: `tollgate hold --lift` lets it in again", went.back.from);
    context.line(&style::faint(line))?;
    Ok(Exit::Passed)
}
