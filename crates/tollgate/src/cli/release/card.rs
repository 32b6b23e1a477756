//! `tollgate release card`.

use std::path::PathBuf;

use tollgate_evidence::{About, Predicate, card};
use tollgate_model::Exit;

use super::{evidence, found};
use crate::cli::{Context, eprintln};
use crate::error::CliError;
use crate::project::Project;

const AFTER: &str = "\
Examples:
  tollgate release card                    the newest release's, to standard output
  tollgate release card 3f9a21 -o CARD.md

What nobody can measure, such as what the model is meant for and what not, comes from the project's
MODEL_CARD.md as it stood at the release. All else is evidence; each statement is checked first.";

/// Write the model card of a release, from its evidence.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// Its name, commit or image, or the beginning of one [default: the newest].
    #[arg(value_name = "RELEASE")]
    pub(super) release: Option<String>,
    /// Where to; by default standard output.
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

pub(super) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let project = Project::find(&context.directory)?;
    let ledger = project.existing_ledger()?;
    let (_, release) = found::release(args.release.as_deref(), &ledger)?;
    let keys = project.keys(context).believed().map_err(CliError::broken)?;
    let store = project.store()?;
    let read = |said| evidence::sound(said, &release, &store, &keys);
    let statements = release.evidence.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let Some(run) = ledger.run(release.run)? else {
        return Err(CliError::broken(format!("{} is not in the ledger", release.run)));
    };
    let made = statements.iter().find_map(|it| match &it.predicate {
        Predicate::Provenance(made) => Some(made.run_details.metadata.finished_on),
        _ => None,
    });
    let Some(recorded) = made else {
        return Err(CliError::new(Exit::Failed, "nothing says how this release was made"));
    };
    let about = About {
        project: run.started.project,
        release: release.release.to_string(),
        commit: release.commit.clone(),
        image: release.image.clone(),
        recorded,
        key: release.key.clone(),
    };
    let text = card(&about, &statements);
    match &args.output {
        None => context.line(text.trim_end())?,
        Some(path) => {
            crate::cli::image::write_whole(&context.resolve(path), &text)?;
            eprintln(&format!("{}: release {}", path.display(), release.release), context.color);
        }
    }
    Ok(Exit::Passed)
}
