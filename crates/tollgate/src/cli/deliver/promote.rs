//! `tollgate promote`.

use tollgate_engine::deliver::Promoted;
use tollgate_model::{Environment, Exit, ReleaseRecorded, Target};

use super::{Desk, short};
use crate::cli::Context;
use crate::display::style;
use crate::error::CliError;

const AFTER: &str = "\
Examples:
  tollgate promote staging           the newest release
  tollgate promote prod              what serves in the environment before it
  tollgate promote prod 3f9a21       this one
  tollgate promote prod --dry-run    what the policy says, and nothing else

A promotion is a commit to the environment's manifests: the image's digest is changed in them, and
nothing else. It is made where the environment's policy admits the release; exit code 4 says that it
does not.";

/// Move a release into an environment, where its policy admits it.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// The environment.
    #[arg(value_name = "ENVIRONMENT")]
    environment: String,
    /// The release's name, commit or image, or the beginning of one [default: what serves in the
    /// environment before it, or the newest].
    #[arg(value_name = "RELEASE")]
    release: Option<String>,
    /// Only say what the policy says.
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let mut desk = Desk::open(context)?;
    let environment = desk.environment(&args.environment)?;
    let recorded = desk.release(args.release.as_deref(), &environment)?;
    if args.dry_run {
        let assessment = desk.act(&environment, |deliverer| deliverer.assess(&recorded))?;
        super::standing::show_assessment(&assessment, context)?;
        return Ok(if assessment.admits() { Exit::Passed } else { Exit::Refused });
    }
    let promoted = desk.act(&environment, |deliverer| {
        deliverer.follow()?;
        deliverer.promote(&recorded)
    })?;
    show(&promoted, &recorded.1, &environment, context)?;
    Ok(Exit::Passed)
}

/// Says what was promoted.
pub(in crate::cli) fn show(
    promoted: &Promoted,
    release: &ReleaseRecorded,
    environment: &Environment,
    context: &Context,
) -> Result<(), CliError> {
    let changes = &promoted.changes;
    if context.json {
        let changes: Vec<_> = changes
            .iter()
            .map(|change| {
                serde_json::json!({
                    "path": change.path, "line": change.line,
                    "before": change.before, "after": change.after,
                })
            })
            .collect();
        return context.json_line(&serde_json::json!({
            "environment": environment.name, "release": release.release, "image": release.image,
            "commit": promoted.commit, "changes": changes, "assessment": promoted.assessment,
        }));
    }
    let (name, commit) = (&environment.name, short(&promoted.commit));
    let id = style::strong(release.release);
    let branch = &environment.manifests.branch;
    context.line(&format!(
        "{} {id} into {name}: commit {commit} on {branch}",
        style::good("promoted")
    ))?;
    for change in changes {
        let place = format!("{}:{}", style::safe(&change.path), change.line);
        context.line(&format!("  {place}  {}", style::safe(&change.after)))?;
    }
    if let Some(who) = &promoted.assessment.overridden_by {
        context.line(&style::doubt(format!("  past the policy, by {}", style::safe(who))))?;
    }
    if matches!(environment.target, Target::Local(_)) {
        context.line(&style::faint("  `tollgate serve` rolls it out"))?;
    }
    Ok(())
}
