//! `tollgate data infer`.

mod words;

use std::path::PathBuf;

use tollgate_data::{Watched, check_set, guess};
use tollgate_model::{Exit, Finding, Place};

use super::refuse;
use super::source::{Reading, Source, stem};
use crate::cli::Context;
use crate::error::CliError;
use words::{Demand, Draft};

const AFTER: &str = "\
Examples:
  tollgate data infer data/sample.csv -o contracts/customers.odcs.yaml

What it writes is a guess to start from: read it, and correct what the data can't tell. Each guess
has a comment that says why. It holds for the data that it was made from.";

/// Write a contract (Open Data Contract Standard v3.1) that fits CSV, JSON lines, Parquet or Arrow.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// The data: a file, or a directory or a glob whose files are one data set; `-` reads standard
    /// input.
    #[arg(value_name = "DATA")]
    source: PathBuf,
    /// Write the contract into this file instead of to standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
}

pub(super) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let source = Source::find(&args.source, &args.reading, context)?;
    let (set, options) = (&source.set, &source.options);
    let stopped = || source.is_stopped();
    let table = guess(set, options, &stopped).map_err(refuse)?;
    let profile = source.profile(Some(&table), &Watched::default())?;
    let mut draft = Draft::of(&profile, &table, &stem(&args.source));
    // Distinct values were only estimated: the check itself says which guesses hold.
    let contract = tollgate_config::contract(&draft.text(), "the guess")
        .map_err(|problems| CliError::broken(problems.render(false)))?;
    let report = check_set(set, &contract, None, options, &stopped).map_err(refuse)?;
    report.findings.iter().chain(&report.not_assessed).for_each(|finding| draft.doubt(finding));
    let text = draft.text();
    match &args.output {
        Some(path) => {
            std::fs::write(context.resolve(path), text).map_err(|e| {
                CliError::misconfigured(format!("can't write {}: {e}", path.display()))
            })?;
            context.line(&format!("a contract for {} is in {}", set.shown(), path.display()))?;
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
