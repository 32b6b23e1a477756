//! `tollgate schema`.

use std::io::Write;

use tollgate_model::Exit;

use super::Context;
use crate::error::CliError;

const AFTER: &str = "\
Examples:
  tollgate schema > tollgate.schema.json   for an editor to complete and check with";

/// Print the JSON Schema of tollgate.yaml, for editors that complete and check as you type.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {}

pub(crate) fn execute(_args: &Args, _context: &Context) -> Result<Exit, CliError> {
    let schema = tollgate_config::schema();
    let text = serde_json::to_string_pretty(&schema).map_err(CliError::broken)?;
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(Exit::Passed)
}
