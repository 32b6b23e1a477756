//! `tollgate data`.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use clap::Subcommand;
use tollgate_data::{DataError, Options, check};
use tollgate_model::{Contract, Exit, Report};

use super::{Context, run};
use crate::display::{count, finding_lines, style, verdict_word};
use crate::error::CliError;

/// What can be done with data.
#[derive(Debug, Subcommand)]
#[command(after_help = AFTER)]
pub(crate) enum Verb {
    /// Check a CSV or Parquet file against a contract.
    Check(Check),
}

const AFTER: &str = "\
Examples:
  tollgate data check data/sample.csv --contract contracts/customers.odcs.yaml
  tollgate data check big.parquet -c c.yaml --table orders --json
  tollgate data check theirs.parquet -c c.yaml --paranoid";

/// Check a CSV or Parquet file against a contract (Open Data Contract Standard v3). Needs no
/// project.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Check {
    /// The data.
    #[arg(value_name = "FILE")]
    source: PathBuf,
    /// The contract.
    #[arg(short, long, value_name = "FILE")]
    contract: PathBuf,
    /// The table, where the contract has several.
    #[arg(long)]
    table: Option<String>,
    /// Decode also what the footer of a Parquet file proves: slower, but a footer that lies and
    /// damaged pages are found.
    #[arg(long)]
    paranoid: bool,
}

pub(crate) fn execute(verb: &Verb, context: &Context) -> Result<Exit, CliError> {
    match verb {
        Verb::Check(args) => check_file(args, context),
    }
}

fn check_file(args: &Check, context: &Context) -> Result<Exit, CliError> {
    let contract = read_contract(args, context)?;
    let stop = run::stop_on_signals()?;
    let source = context.resolve(&args.source);
    let shown = args.source.display().to_string();
    let table = args.table.as_deref();
    let stopped = || stop.load(Ordering::Relaxed);
    let options = options(args);
    let report = check(&source, &shown, &contract, table, &options, &stopped).map_err(refuse)?;
    if context.json {
        context.json_line(&report)?;
    } else {
        print(&report, &shown, context)?;
    }
    Ok(report.verdict.into())
}

fn options(args: &Check) -> Options {
    Options { paranoid: args.paranoid, ..Options::default() }
}

fn read_contract(args: &Check, context: &Context) -> Result<Contract, CliError> {
    let path = context.resolve(&args.contract);
    let shown = args.contract.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|e| CliError::misconfigured(format!("can't read the contract {shown}: {e}")))?;
    Ok(tollgate_config::contract(&text, &shown)?)
}

fn refuse(error: DataError) -> CliError {
    let exit = match error {
        DataError::Cancelled { .. } => Exit::Interrupted,
        DataError::UnknownTable { .. } | DataError::AmbiguousTable { .. } => Exit::Misconfigured,
        DataError::Unreadable { ref source, .. } => unreadable(source.kind()),
        // Data that is no data fails its contract.
        _ => Exit::Failed,
    };
    CliError::new(exit, error.to_string())
}

// Which file to read is for the caller to say; that a disk doesn't give it is another matter.
fn unreadable(kind: ErrorKind) -> Exit {
    match kind {
        ErrorKind::NotFound
        | ErrorKind::PermissionDenied
        | ErrorKind::IsADirectory
        | ErrorKind::NotADirectory
        | ErrorKind::InvalidInput
        | ErrorKind::InvalidFilename => Exit::Misconfigured,
        _ => Exit::Broken,
    }
}

fn print(report: &Report, shown: &str, context: &Context) -> Result<(), CliError> {
    for line in finding_lines(report) {
        context.line(&line)?;
    }
    let figure = |name: &str| report.figures.get(name).copied().unwrap_or(0.0) as u64;
    let size = format!("{}, {}", count(figure("rows"), "row"), count(figure("columns"), "column"));
    let findings = match report.findings.len() {
        0 => String::new(),
        n => format!("; {}", count(n as u64, "finding")),
    };
    let verdict = verdict_word(report.verdict);
    context.line(&format!("{} {verdict}: {size}{findings}", style::strong(shown)))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Check,
    }

    #[test]
    fn what_is_asked_for_reaches_the_check() {
        let options = |line: &str| options(&Line::parse_from(line.split(' ')).args);
        assert!(!options("check d.parquet -c c.yaml").paranoid);
        assert!(options("check d.parquet -c c.yaml --paranoid").paranoid);
    }
}
