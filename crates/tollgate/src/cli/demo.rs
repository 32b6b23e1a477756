//! `tollgate demo`.

use tollgate_model::Exit;

use super::Context;
use crate::error::CliError;

/// Watch the whole story on a worked example.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn execute(_args: &Args, _context: &Context) -> Result<Exit, CliError> {
    Err(CliError::misconfigured("not yet"))
}
