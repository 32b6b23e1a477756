//! `tollgate data consistency`.

use std::path::{Path, PathBuf};

use tollgate_data::{DataError, DriftLimits, FeatureSource, consistency};
use tollgate_model::{Contract, Exit, Table};

use super::limits::{Limits, limit};
use super::source::{Reading, Source};
use super::{conclusion, read_contract, refuse};
use crate::cli::Context;
use crate::display::count;
use crate::error::CliError;

const AFTER: &str = "\
Each source is data (a file, a directory, a glob, or - for standard input), a profile or the output
of `feast registry-dump` (called .json), or a YAML list of names and types (called .yaml):

  - age: integer
  - { name: plan, type: string, required: true }

The others are held against the first: names, types, nulls, categories and distributions. Where a
registry is among them, it says what the features are; a label or a time may be in the first alone.

Examples:
  tollgate data consistency offline.parquet online.jsonl
  tollgate data consistency offline.parquet online.jsonl registry.json -c features.odcs.yaml
  feast registry-dump > registry.json && tollgate data consistency offline.parquet registry.json

Exit codes:
  0 the sources agree   1 they don't   2 wrong use   3 undecided: too few rows to tell";

/// Compare the sources of the same features: what is trained on, served and registered.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// What a model is trained on.
    #[arg(value_name = "FIRST")]
    first: PathBuf,
    /// What must agree with it.
    #[arg(value_name = "OTHER", required = true)]
    others: Vec<PathBuf>,
    /// The contract, which tells types and which columns are not shown.
    #[arg(short, long, value_name = "FILE")]
    contract: Option<PathBuf>,
    /// The table, where the contract has several.
    #[arg(long, requires = "contract")]
    table: Option<String>,
    #[command(flatten)]
    limits: Limits,
    /// By how much the share of nulls may differ, as a share of the rows.
    #[arg(long, value_name = "SHARE", default_value_t = DriftLimits::default().nulls, value_parser = limit)]
    nulls: f64,
    #[command(flatten)]
    reading: Reading,
}

pub(super) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let contract = args.contract.as_ref().map(|path| read_contract(path, context)).transpose()?;
    let table = contract.as_ref().map(|contract| table(contract, args)).transpose()?;
    let mut sources = vec![source(&args.first, None, table, args, context)?];
    for path in &args.others {
        sources.push(source(path, sources.first(), table, args, context)?);
    }
    let report = consistency(&sources, &args.limits.with(args.nulls, None));
    if context.json {
        context.json_line(&report)?;
        return Ok(report.verdict.into());
    }
    let others: Vec<_> = sources.iter().skip(1).map(FeatureSource::shown).collect();
    let shown = format!("{} against {}", others.join(", "), sources[0].shown());
    conclusion(&report, &shown, context, |figure| {
        format!("{} compared", count(figure("skew.columns"), "column"))
    })?;
    Ok(report.verdict.into())
}

fn table<'a>(contract: &'a Contract, args: &Args) -> Result<&'a Table, CliError> {
    contract.table(args.table.as_deref()).ok_or_else(|| {
        let known: Vec<_> = contract.tables.iter().map(|table| table.name.as_str()).collect();
        let (path, known) = (&contract.path, known.join(", "));
        CliError::misconfigured(format!(
            "`{path}` has the tables {known}; name one of these with --table"
        ))
    })
}

fn source(
    path: &Path,
    like: Option<&FeatureSource>,
    table: Option<&Table>,
    args: &Args,
    context: &Context,
) -> Result<FeatureSource, CliError> {
    let shown = path.display().to_string();
    let is_list = path.extension().is_some_and(|it| it == "yaml" || it == "yml");
    if is_list {
        let text = std::fs::read_to_string(context.resolve(path));
        let text =
            text.map_err(|source| refuse(DataError::Unreadable { path: shown.clone(), source }))?;
        return Ok(FeatureSource::of_registry(&tollgate_config::registry(&text, &shown)?));
    }
    let at = context.resolve(path);
    if at.is_file()
        && let Some(defined) = FeatureSource::defined_in(&at, &shown).map_err(refuse)?
    {
        return Ok(defined);
    }
    Source::find(path, &args.reading, context)?.features(table, like)
}
