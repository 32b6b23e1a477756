//! `tollgate data merge`.

use std::path::{Path, PathBuf};

use tollgate_data::Profile;
use tollgate_model::Exit;

use super::profile::tell;
use crate::cli::Context;
use crate::error::CliError;

const AFTER: &str = "\
Examples:
  tollgate data merge january.profile.json february.profile.json -o winter.profile.json";

/// Put profiles of parts together, as if they had been taken of the whole.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// The profiles.
    #[arg(value_name = "PROFILE", required = true, num_args = 2..)]
    profiles: Vec<PathBuf>,
    /// Write the profile into this file.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let mut whole: Option<Profile> = None;
    for path in &args.profiles {
        let part = read(path, context)?;
        whole = Some(match whole {
            None => part,
            Some(whole) => {
                whole.merge(&part).map_err(|error| CliError::misconfigured(error.to_string()))?
            }
        });
    }
    if let Some(whole) = whole {
        tell(&whole, args.output.as_deref(), context)?;
    }
    Ok(Exit::Passed)
}

/// Reads a profile from its file.
pub(super) fn read(path: &Path, context: &Context) -> Result<Profile, CliError> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(context.resolve(path))
        .map_err(|e| CliError::misconfigured(format!("can't read the profile {shown}: {e}")))?;
    Profile::from_json(&text, &shown).map_err(|error| CliError::misconfigured(error.to_string()))
}
