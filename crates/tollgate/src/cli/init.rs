//! `tollgate init`.

use tollgate_model::Exit;

use super::Context;
use crate::error::CliError;

/// Write a tollgate.yaml that fits this repository.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn execute(_args: &Args, _context: &Context) -> Result<Exit, CliError> {
    Err(CliError::misconfigured("not yet"))
}
