//! `tollgate data infer`.

mod words;

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use tollgate_data::{Options, Watched, check, guess};
use tollgate_model::{Exit, Finding, Place};

use super::profile::take;
use super::refuse;
use crate::cli::{Context, run};
use crate::error::CliError;
use words::{Demand, Draft};

const AFTER: &str = "\
Examples:
  tollgate data infer data/sample.csv -o contracts/customers.odcs.yaml

What it writes is a guess to start from: read it, and correct what the data can't tell. Each guess
has a comment that says why. It holds for the data that it was made from.";

/// Write a contract (Open Data Contract Standard v3.1) that fits a CSV or Parquet file.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// The data.
    #[arg(value_name = "FILE")]
    source: PathBuf,
    /// Write the contract into this file instead of to standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let stop = run::stop_on_signals()?;
    let (source, shown) = (context.resolve(&args.source), args.source.display().to_string());
    let stopped = || stop.load(Ordering::Relaxed);
    let options = Options::default();
    let table = guess(&source, &shown, &options, &stopped).map_err(refuse)?;
    let profile = take(&args.source, Some(&table), &Watched::default(), context)?;
    let mut draft = Draft::of(&profile, &table, &args.source);
    // Distinct values were only estimated: the check itself says which guesses hold.
    let contract = tollgate_config::contract(&draft.text(), "the guess")
        .map_err(|problems| CliError::broken(problems.render(false)))?;
    let report = check(&source, &shown, &contract, None, &options, &stopped).map_err(refuse)?;
    report.findings.iter().chain(&report.not_assessed).for_each(|finding| draft.doubt(finding));
    let text = draft.text();
    match &args.output {
        Some(path) => {
            std::fs::write(context.resolve(path), text).map_err(|e| {
                CliError::misconfigured(format!("can't write {}: {e}", path.display()))
            })?;
            context.line(&format!("a contract for {shown} is in {}", path.display()))?;
        }
        None if context.json => context.json_line(&serde_json::json!({ "contract": text }))?,
        None => text.lines().try_for_each(|line| context.line(line))?,
    }
    Ok(Exit::Passed)
}

/// Which guess a finding is about.
fn broken(finding: &Finding) -> Option<(&str, Demand)> {
    let Place::Data { column: Some(column), .. } = &finding.place else { return None };
    let demand = match finding.code.as_str() {
        "data.unique" => Demand::Unique,
        "data.required" => Demand::Required,
        "data.invalid-values" => Demand::Values,
        "data.minimum" => Demand::Minimum,
        "data.maximum" => Demand::Maximum,
        _ => Demand::Format,
    };
    Some((column, demand))
}
