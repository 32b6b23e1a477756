//! `tollgate gate`.

mod asked;

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use tollgate_data::{DataError, Options};
use tollgate_engine::gate::{self, Evidence};
use tollgate_model::{Columns, Exit, Gate, Requirement};

use super::data::refuse;
use super::{Context, run};
use crate::display::{finding_lines, judgement_lines, style, verdict_word};
use crate::error::CliError;

const AFTER: &str = "\
Examples:
  tollgate gate metrics.json --require 'accuracy >= 0.85' --require 'f1 >= 0.7'
  tollgate gate eval.json --require 'test.rmse <= 3.2' --json
  tollgate gate seed-*.json --require 'accuracy >= 0.85'
  tollgate gate -p predictions.parquet --label y --score score -r 'roc_auc >= 0.9'
  tollgate gate -p new.csv --label y --score score --key id -b old.csv -m roc_auc --margin 0.005
  tollgate gate -p new.csv --label y --score score --by plan --slice-require 'roc_auc >= 0.8'";

/// Judge a model's metrics, or the predictions behind them, by bars and against a baseline.
///
/// Metrics are a JSON object of numbers; one that is missing, NaN or no number fails. From
/// predictions they are computed, and a claim in METRICS that disagrees fails. A comparison pairs
/// the rows of both models by key and says whether the difference is more than chance; what the
/// rows can't tell is undecided, with how many it takes. Needs no project.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// Metrics; several files are repeats of one training with other seeds, judged by their mean.
    #[arg(value_name = "METRICS", required_unless_present = "predictions")]
    metrics: Vec<PathBuf>,
    /// A bar such as 'accuracy >= 0.85'; a dot steps into a nested object.
    #[arg(short, long, value_name = "BAR", value_parser = asked::requirement,
          required_unless_present_any = ["baseline", "by"])]
    require: Vec<Requirement>,
    #[command(flatten)]
    rows: asked::Rows,
    #[command(flatten)]
    against: asked::Against,
    #[command(flatten)]
    parts: asked::Parts,
}

pub(crate) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let gate = asked::gate(&args.metrics, &args.require, &args.rows, &args.against, &args.parts)?;
    let stop = run::stop_on_signals()?;
    let stopped = || stop.load(Ordering::Relaxed);
    let metrics = args.metrics.iter().map(|path| metrics(path, context));
    let metrics = metrics.collect::<Result<Vec<_>, _>>()?;
    let table = |path: &Option<PathBuf>| {
        path.as_ref().map(|path| table(path, &gate, context, &stopped)).transpose()
    };
    let (ours, theirs) = (table(&args.rows.predictions)?, table(&args.against.baseline)?);
    let shown = shown(args);
    let evidence = Evidence {
        metrics: &metrics,
        predictions: ours.as_ref().map(as_ref),
        baseline: theirs.as_ref().map(|theirs| ("the baseline", as_ref(theirs))),
        holdout_use: 0,
        threads: std::thread::available_parallelism().map_or(1, usize::from),
    };
    let report = gate::judge(&gate, &evidence, "");
    if context.json {
        context.json_line(&report)?;
    } else {
        for line in judgement_lines(&report).into_iter().chain(finding_lines(&report)) {
            context.line(&line)?;
        }
        context.line(&format!("{} {}", style::strong(shown), verdict_word(report.verdict)))?;
    }
    Ok(report.verdict.into())
}

fn metrics(path: &Path, context: &Context) -> Result<(String, Vec<u8>), CliError> {
    let shown = path.display().to_string();
    let bytes = std::fs::read(context.resolve(path));
    let bytes = bytes.map_err(|e| CliError::misconfigured(format!("can't read {shown}: {e}")))?;
    Ok((shown, bytes))
}

/// A table that is there but can't be read is a finding of the gate.
type Table = Result<Columns, String>;

fn table(
    path: &Path,
    gate: &Gate,
    context: &Context,
    stopped: &dyn Fn() -> bool,
) -> Result<Table, CliError> {
    let (at, shown) = (context.resolve(path), path.display().to_string());
    let columns = gate::columns(gate);
    match tollgate_data::columns(&at, &shown, &columns, &Options::default(), stopped) {
        Err(error @ (DataError::Cancelled { .. } | DataError::Unreadable { .. })) => {
            Err(refuse(error))
        }
        read => Ok(read.map_err(|error| error.to_string())),
    }
}

fn as_ref(table: &Table) -> Result<&Columns, &str> {
    table.as_ref().map_err(String::as_str)
}

fn shown(args: &Args) -> String {
    let all = args.metrics.iter().chain(&args.rows.predictions);
    all.map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}
