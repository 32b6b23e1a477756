//! `tollgate gate`.

mod asked;

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use tollgate_adapters::SystemClock;
use tollgate_data::{DataError, Options};
use tollgate_engine::Clock as _;
use tollgate_engine::gate::{self, Evidence};
use tollgate_model::{Columns, Exit, Gate, Requirement};

use super::data::refuse;
use super::{Context, report, run};
use crate::display::{finding_lines, judgement_lines, style, verdict_word};
use crate::error::CliError;

/// A file of metrics is far smaller, in bytes.
const LARGEST: u64 = 64_000_000;

const AFTER: &str = "\
Examples:
  tollgate gate metrics.json --require 'accuracy >= 0.85' --require 'f1 >= 0.7'
  tollgate gate eval.json --require 'test.rmse <= 3.2' --json
  tollgate gate seed-*.json --require 'accuracy >= 0.85'
  evaluate | tollgate gate - --require 'accuracy >= 0.85'
  tollgate gate -p predictions.parquet --label y --score score -r 'roc_auc >= 0.9'
  tollgate gate -p new.csv --label y --score score --key id -b old.csv -m roc_auc --margin 0.005
  tollgate gate -p new.csv --label y --score score --by plan --slice-require 'roc_auc >= 0.8'
  tollgate gate metrics.json --require 'f1 >= 0.7' --report gate.html";

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
    /// Also write what was found to this file: .html, .md (Markdown), .xml (JUnit), .sarif or
    /// .json; repeatable.
    #[arg(long, value_name = "FILE", value_parser = report::named)]
    report: Vec<report::ReportFile>,
}

pub(crate) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let gate = asked::gate(&args.metrics, &args.require, &args.rows, &args.against, &args.parts)?;
    let read: Vec<&Path> = read(args).map(PathBuf::as_path).collect();
    report::ready(&args.report, &read, context)?;
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
    let curves = || gate::curves(&gate, &evidence);
    let document = || report::gate(&report, curves(), &shown, SystemClock.now());
    report::write(&args.report, document, context)?;
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
    if path == Path::new("-") {
        return standard_input();
    }
    let shown = path.display().to_string();
    let bytes = std::fs::read(context.resolve(path));
    let bytes = bytes.map_err(|e| CliError::misconfigured(format!("can't read {shown}: {e}")))?;
    Ok((shown, bytes))
}

fn standard_input() -> Result<(String, Vec<u8>), CliError> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().take(LARGEST + 1).read_to_end(&mut bytes);
    let refused =
        |why: String| CliError::misconfigured(format!("can't read standard input: {why}"));
    read.map_err(|error| refused(error.to_string()))?;
    match bytes.len() as u64 > LARGEST {
        true => Err(refused(format!("it has more than {} MB", LARGEST / 1_000_000))),
        false => Ok(("stdin".to_owned(), bytes)),
    }
}

/// A table that is there but can't be read is a finding of the gate.
type Table = Result<Columns, String>;

fn table(
    path: &Path,
    gate: &Gate,
    context: &Context,
    stopped: &dyn Fn() -> bool,
) -> Result<Table, CliError> {
    if path == Path::new("-") {
        let message = "predictions can't come from standard input: they are read more than once";
        return Err(CliError::misconfigured(message).hint("write them to a file, and name that"));
    }
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

/// The files that are judged, and those that they are compared with.
fn read(args: &Args) -> impl Iterator<Item = &PathBuf> {
    args.metrics.iter().chain(&args.rows.predictions).chain(&args.against.baseline)
}

fn shown(args: &Args) -> String {
    let all = args.metrics.iter().chain(&args.rows.predictions);
    all.map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}
