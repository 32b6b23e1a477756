//! `tollgate data diff`.

use std::path::{Path, PathBuf};

use tollgate_adapters::SystemClock;
use tollgate_data::{DriftLimits, Profile, Watched, drift};
use tollgate_engine::Clock as _;
use tollgate_model::{Exit, Report};

use super::limits::{Limits, limit};
use super::source::{Reading, Source};
use super::{conclusion, merge};
use crate::cli::{Context, report};
use crate::display::count;
use crate::error::CliError;

const AFTER: &str = "\
Each side is a profile (a file whose name ends in .json, see `tollgate data profile -o`) or data:
a file, a directory, a glob, or - for standard input.

A distance is a drift where its whole interval of 95 % confidence lies above the limit; where only
the distance itself does, the rows are too few to tell, and the answer is undecided. With many
rows every difference is certain, so it is the size that counts.

Examples:
  tollgate data diff ref.profile.json data/today.csv
  zcat today.csv.gz | tollgate data diff ref.profile.json -
  tollgate data diff ref.profile.json today.csv --report drift.html
  tollgate data diff train.parquet serving.csv --columns age,plan --psi 0.1 --rows 0.5

Exit codes:
  0 no drift   1 drift   2 wrong use   3 undecided: too few rows to tell";

/// Compare data with a reference, and tell what has drifted.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// What it should be like.
    #[arg(value_name = "REFERENCE")]
    reference: PathBuf,
    /// What it is like.
    #[arg(value_name = "CURRENT")]
    current: PathBuf,
    /// Only these columns.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    columns: Option<Vec<String>>,
    #[command(flatten)]
    limits: Limits,
    /// By how much the share of nulls may grow, as a share of the rows.
    #[arg(long, value_name = "SHARE", default_value_t = DriftLimits::default().nulls, value_parser = limit)]
    nulls: f64,
    /// By which share the number of rows may differ. Default: any.
    #[arg(long, value_name = "SHARE", value_parser = limit)]
    rows: Option<f64>,
    /// Also write what was found to this file, with each column laid over the reference's: .html,
    /// .md (Markdown), .xml (JUnit), .sarif or .json; repeatable.
    #[arg(long, value_name = "FILE", value_parser = report::named)]
    report: Vec<report::ReportFile>,
    #[command(flatten)]
    reading: Reading,
}

pub(super) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let stream = Path::new("-");
    if args.reference == stream && args.current == stream {
        let message = "standard input can't be both sides of a comparison";
        return Err(
            CliError::misconfigured(message).hint("name a file, or a profile, for one of them")
        );
    }
    report::ready(&args.report, &[&args.reference, &args.current], context)?;
    let (reference, current) = sides(args, context)?;
    let limits = args.limits.with(args.nulls, args.rows);
    let report = drift(&reference, &current, args.columns.as_deref(), &limits);
    let document = || report::drift(&report, &reference, &current, SystemClock.now());
    report::write(&args.report, document, context)?;
    match context.json {
        true => context.json_line(&report)?,
        false => print(&report, &reference, &current, context)?,
    }
    Ok(report.verdict.into())
}

/// Data is read as what a profile on the other side says of its columns' types.
fn sides(args: &Args, context: &Context) -> Result<(Profile, Profile), CliError> {
    if is_profile(&args.current) {
        let current = merge::read(&args.current, context)?;
        return Ok((side(&args.reference, args, Some(&current), context)?, current));
    }
    let reference = side(&args.reference, args, None, context)?;
    let current = side(&args.current, args, Some(&reference), context)?;
    Ok((reference, current))
}

fn side(
    path: &Path,
    args: &Args,
    like: Option<&Profile>,
    context: &Context,
) -> Result<Profile, CliError> {
    if is_profile(path) {
        return merge::read(path, context);
    }
    let watched = Watched { columns: args.columns.as_deref(), like };
    Source::find(path, &args.reading, context)?.profile(None, &watched)
}

fn is_profile(path: &Path) -> bool {
    path.to_str().is_some_and(Profile::is_called)
}

fn print(
    report: &Report,
    reference: &Profile,
    current: &Profile,
    context: &Context,
) -> Result<(), CliError> {
    let shown = format!("{} against {}", current.source(), reference.source());
    conclusion(report, &shown, context, |_| {
        let (now, before) = (count(current.rows(), "row"), count(reference.rows(), "row"));
        format!("{now} against {before}")
    })
}
