//! `tollgate data`.

mod consistency;
mod diff;
mod import;
mod infer;
mod limits;
mod merge;
mod profile;
mod source;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use clap::Subcommand;
use tollgate_adapters::SystemClock;
use tollgate_data::{
    DataError, DataSet, Options, Profile, Watched, check_and_profile, check_set, check_stream,
};
use tollgate_engine::Clock as _;
use tollgate_model::{Contract, Exit, RelPath, Report, Table};

use super::{Context, report, run};
use crate::display::{count, finding_lines, style, verdict_word};
use crate::error::CliError;

/// What can be done with data.
#[derive(Debug, Subcommand)]
#[command(after_help = AFTER)]
pub(crate) enum Verb {
    /// Check CSV, JSON lines, Parquet or Arrow against a contract.
    Check(Check),
    /// Summarise data: counts, ranges, shapes, frequent values.
    Profile(profile::Args),
    /// Put profiles of parts together.
    Merge(merge::Args),
    /// Compare data with a reference, and tell what has drifted.
    Diff(diff::Args),
    /// Compare the sources of the same features: what is trained on, served and registered.
    Consistency(consistency::Args),
    /// Write a contract that fits data.
    Infer(infer::Args),
    /// Write a contract from what another tool knows of the data.
    Import(import::Args),
}

const AFTER: &str = "\
Examples:
  tollgate data check data/sample.csv --contract contracts/customers.odcs.yaml
  tollgate data check big.parquet -c c.yaml --table orders --json
  tollgate data check parts/ -c c.yaml
  tollgate data check d.csv -c c.yaml --report data.html --report data.xml
  zcat lines.jsonl.gz | tollgate data check - -c c.yaml
  tollgate data check 'parts/*.csv.gz' -c c.yaml --delimiter ';'
  tollgate data check theirs.parquet -c c.yaml --paranoid";

/// Check CSV, JSON lines, Parquet or Arrow against a contract (Open Data Contract Standard v3).
/// Needs no project.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Check {
    /// The data: a file, or a directory or a glob whose files are one data set; `-` reads CSV or
    /// JSON lines from standard input.
    #[arg(value_name = "DATA")]
    source: PathBuf,
    /// The contract.
    #[arg(short, long, value_name = "FILE")]
    contract: PathBuf,
    /// The table, where the contract has several.
    #[arg(long)]
    table: Option<String>,
    /// What stands between the fields of CSV: one character, or `tab`. Without it the header shows.
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<u8>,
    /// Decode also what the footer of a Parquet file proves: slower, but a footer that lies and
    /// damaged pages are found.
    #[arg(long)]
    paranoid: bool,
    /// Also write what was found to this file: .html, .md (Markdown), .xml (JUnit), .sarif or
    /// .json; repeatable.
    #[arg(long, value_name = "FILE", value_parser = report::named)]
    report: Vec<report::ReportFile>,
    /// A profile (`tollgate data profile -o`) whose columns are laid over the data's in a report.
    #[arg(long, value_name = "FILE", requires = "report")]
    reference: Option<PathBuf>,
}

pub(crate) fn execute(verb: &Verb, context: &Context) -> Result<Exit, CliError> {
    match verb {
        Verb::Check(args) => check_file(args, context),
        Verb::Profile(args) => profile::execute(args, context),
        Verb::Merge(args) => merge::execute(args, context),
        Verb::Diff(args) => diff::execute(args, context),
        Verb::Consistency(args) => consistency::execute(args, context),
        Verb::Infer(args) => infer::execute(args, context),
        Verb::Import(args) => import::execute(args, context),
    }
}

fn check_file(args: &Check, context: &Context) -> Result<Exit, CliError> {
    report::ready(&args.report, &[&args.source, &args.contract], context)?;
    let contract = read_contract(&args.contract, context)?;
    let reference = args.reference.as_ref().map(|path| merge::read(path, context)).transpose()?;
    let stop = run::stop_on_signals()?;
    let is_stream = args.source == Path::new("-");
    let shown = if is_stream { "stdin".to_owned() } else { args.source.display().to_string() };
    let table = args.table.as_deref();
    let stopped = || stop.load(Ordering::Relaxed);
    let references = references(args, &contract, context);
    let options = Options { references, ..options(args) };
    let found = if is_stream {
        let input = Box::new(std::io::stdin());
        check_stream(input, &shown, &contract, table, &options, &stopped)
            .map(|report| (report, None))
    } else {
        data_set(&args.source, &shown, context)
            .and_then(|set| look(&set, args, &contract, &options, &stopped))
    };
    let now = SystemClock.now();
    let (report, profile) = found.map_err(refuse).or_else(|error| {
        if error.exit == Exit::Failed {
            let found = || report::unreadable(&error.message, &shown, &contract, table, now);
            report::write(&args.report, found, context)?;
        }
        Err(error)
    })?;
    let profiles = (profile.as_ref(), reference.as_ref());
    let document = || report::data(&report, profiles, &shown, &contract, table, now);
    report::write(&args.report, document, context)?;
    if context.json {
        context.json_line(&report)?;
    } else {
        print(&report, &shown, context)?;
    }
    Ok(report.verdict.into())
}

// What is drawn of the columns is summed up in the pass of the checks, where it is asked for.
fn look(
    set: &DataSet,
    args: &Check,
    contract: &Contract,
    options: &Options,
    stopped: &dyn Fn() -> bool,
) -> Result<(Report, Option<Profile>), DataError> {
    let table = args.table.as_deref();
    if args.report.is_empty() {
        return Ok((check_set(set, contract, table, options, stopped)?, None));
    }
    let columns = contract.table(table).into_iter().flat_map(|table| &table.columns);
    let columns: Vec<String> = columns.map(|column| column.name.clone()).collect();
    let watched = Watched { columns: Some(&columns), like: None };
    let (report, profile) = check_and_profile(set, contract, table, &watched, options, stopped)?;
    Ok((report, Some(profile)))
}

fn options(args: &Check) -> Options {
    Options {
        delimiter: args.delimiter,
        paranoid: args.paranoid,
        spill_to: Some(std::env::temp_dir()),
        now: Some(SystemClock.now()),
        ..Options::default()
    }
}

/// Other data is where the contract says, from the current directory.
fn references(args: &Check, contract: &Contract, context: &Context) -> BTreeMap<String, DataSet> {
    let table = contract.table(args.table.as_deref());
    let paths = table.map(Table::references).unwrap_or_default();
    let set = |path: &RelPath| {
        let at = context.resolve(Path::new(path.as_str()));
        Some((path.to_string(), DataSet::at(&at, path.as_str()).ok()?))
    };
    paths.into_iter().filter_map(set).collect()
}

fn data_set(source: &Path, shown: &str, context: &Context) -> Result<DataSet, DataError> {
    let path = context.resolve(source);
    match path.exists() {
        true => DataSet::at(&path, shown),
        false => DataSet::matching(&context.resolve(Path::new("")), shown),
    }
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(*byte),
        _ => Err("expected one ASCII character that is no quote, or `tab`".to_owned()),
    }
}

fn read_contract(path: &Path, context: &Context) -> Result<Contract, CliError> {
    let shown = path.display().to_string();
    let path = context.resolve(path);
    let text = std::fs::read_to_string(path)
        .map_err(|e| CliError::misconfigured(format!("can't read the contract {shown}: {e}")))?;
    Ok(tollgate_config::contract(&text, &shown)?)
}

pub(super) fn refuse(error: DataError) -> CliError {
    let exit = match error {
        DataError::Cancelled { .. } => Exit::Interrupted,
        DataError::UnknownTable { .. }
        | DataError::AmbiguousTable { .. }
        | DataError::NoColumn { .. }
        | DataError::NoParts { .. } => Exit::Misconfigured,
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
