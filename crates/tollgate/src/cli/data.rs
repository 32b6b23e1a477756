//! `tollgate data`.

mod diff;
mod infer;
mod merge;
mod profile;

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use clap::Subcommand;
use tollgate_data::{DataError, Options, check};
use tollgate_model::{Contract, Exit, Report};

use super::{Context, run};
use crate::display::{count, finding_lines, style, verdict_word};
use crate::error::CliError;

/// What can be done with data.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Check a CSV or Parquet file against a contract.
    Check(Check),
    /// Summarise a CSV or Parquet file: counts, ranges, shapes, frequent values.
    Profile(profile::Args),
    /// Put profiles of parts together.
    Merge(merge::Args),
    /// Compare data with a reference, and tell what has drifted.
    Diff(diff::Args),
    /// Write a contract that fits a file of data.
    Infer(infer::Args),
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
        Verb::Profile(args) => profile::execute(args, context),
        Verb::Merge(args) => merge::execute(args, context),
        Verb::Diff(args) => diff::execute(args, context),
        Verb::Infer(args) => infer::execute(args, context),
    }
}

fn check_file(args: &Check, context: &Context) -> Result<Exit, CliError> {
    let contract = read_contract(&args.contract, context)?;
    let stop = run::stop_on_signals()?;
    let source = context.resolve(&args.source);
    let shown = args.source.display().to_string();
    let table = args.table.as_deref();
    let stopped = || stop.load(Ordering::Relaxed);
    let report =
        check(&source, &shown, &contract, table, &Options::default(), &stopped).map_err(refuse)?;
    if context.json {
        context.json_line(&report)?;
    } else {
        print(&report, &shown, context)?;
    }
    Ok(report.verdict.into())
}

fn read_contract(path: &Path, context: &Context) -> Result<Contract, CliError> {
    let shown = path.display().to_string();
    let path = context.resolve(path);
    let text = std::fs::read_to_string(path)
        .map_err(|e| CliError::misconfigured(format!("can't read the contract {shown}: {e}")))?;
    Ok(tollgate_config::contract(&text, &shown)?)
}

fn refuse(error: DataError) -> CliError {
    let exit = match error {
        DataError::Cancelled { .. } => Exit::Interrupted,
        DataError::UnknownTable { .. }
        | DataError::AmbiguousTable { .. }
        | DataError::NoColumn { .. } => Exit::Misconfigured,
        // Data that is no data fails its contract.
        _ => Exit::Failed,
    };
    CliError::new(exit, error.to_string())
}

fn print(report: &Report, shown: &str, context: &Context) -> Result<(), CliError> {
    conclusion(report, shown, context, |figure| {
        format!("{}, {}", count(figure("rows"), "row"), count(figure("columns"), "column"))
    })
}

/// The findings, and a line that sums them up.
fn conclusion(
    report: &Report,
    shown: &str,
    context: &Context,
    size: impl FnOnce(&dyn Fn(&str) -> u64) -> String,
) -> Result<(), CliError> {
    for line in finding_lines(report) {
        context.line(&line)?;
    }
    let figure = |name: &str| report.figures.get(name).copied().unwrap_or(0.0) as u64;
    let size = size(&figure);
    let findings = match report.findings.len() {
        0 => String::new(),
        n => format!("; {}", count(n as u64, "finding")),
    };
    let verdict = verdict_word(report.verdict);
    context.line(&format!("{} {verdict}: {size}{findings}", style::strong(shown)))
}
