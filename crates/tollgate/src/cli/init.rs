//! `tollgate init`: looks at a repository and writes a `tollgate.yaml` with which `tollgate run`
//! passes. What is found and what is written are pure; only [`repository::Disk`] and this file
//! touch the disk.

mod findings;
mod look;
mod report;
mod repository;
#[cfg(test)]
mod samples;
mod write;

use std::fs;
use std::path::Path;

use tollgate_model::{Exit, Plan};

use self::repository::Disk;
use super::Context;
use super::files::Files;
use crate::error::CliError;
use crate::project::CONFIG;

const AFTER: &str = "\
Examples:
  tollgate init              look at this repository and write tollgate.yaml
  tollgate init --dry-run    only show what would be written
  tollgate init --force      write it anew";

/// Write a tollgate.yaml that fits this repository: its dependencies, tests, linters and data
/// contracts as steps of a `pr` pipeline. No other file is touched.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// Write the file to standard output instead.
    #[arg(long)]
    dry_run: bool,
    /// Replace the tollgate.yaml that is there.
    #[arg(long)]
    force: bool,
}

pub(crate) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let path = context.directory.join(CONFIG);
    if !args.dry_run && !args.force && path.symlink_metadata().is_ok() {
        let message = format!("{} is there already", path.display());
        return Err(CliError::new(Exit::Refused, message)
            .hint("`--dry-run` shows what would be written, `--force` replaces it"));
    }
    let findings = look::look(&Disk::open(&context.directory)?);
    let text = write::write(&findings);
    let plan = checked(&text, &context.directory)?;
    if !args.dry_run {
        save(&path, &text)?;
    }
    report::say(&findings, &plan, args.dry_run.then_some(&text), context)?;
    Ok(Exit::Passed)
}

/// A file that Tollgate itself would refuse is not written.
fn checked(text: &str, root: &Path) -> Result<Plan, CliError> {
    tollgate_config::plan(text, CONFIG, &Files::new(root)).map_err(|problems| {
        let message = format!("what `init` would write is not valid:\n{}", problems.render(false));
        CliError::broken(message).hint("`tollgate init --dry-run` elsewhere, and report this")
    })
}

/// A file half written would be worse than none.
fn save(path: &Path, text: &str) -> Result<(), CliError> {
    let failed = |e| CliError::broken(format!("can't write {}: {e}", path.display()));
    let beside = path.with_extension("yaml.tmp");
    fs::write(&beside, text).and_then(|()| fs::rename(&beside, path)).map_err(failed)
}
