//! `tollgate gate`.

use std::path::PathBuf;

use tollgate_adapters::SystemClock;
use tollgate_engine::{Clock as _, judge};
use tollgate_model::{Exit, Gate, Report, Requirement, Threshold};

use super::{Context, report};
use crate::display::{finding_lines, style, verdict_word};
use crate::error::CliError;

const AFTER: &str = "\
Examples:
  tollgate gate metrics.json --require 'accuracy >= 0.85' --require 'f1 >= 0.7'
  tollgate gate eval.json --require 'test.rmse <= 3.2' --json
  tollgate gate metrics.json --require 'f1 >= 0.7' --report gate.html";

/// Judge a file of metrics (a JSON object of numbers). A metric that is missing, NaN or no number
/// fails. Needs no project.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// The metrics.
    #[arg(value_name = "FILE")]
    metrics: PathBuf,
    /// A bar such as 'accuracy >= 0.85'; a dot steps into a nested object.
    #[arg(short, long, value_name = "BAR", required = true, value_parser = requirement)]
    require: Vec<Requirement>,
    /// Also write what was found to this file: .html, .md (Markdown), .xml (JUnit) or .json;
    /// repeatable.
    #[arg(long, value_name = "FILE", value_parser = report::named)]
    report: Vec<report::ReportFile>,
}

pub(crate) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    report::ready(&args.report, &[&args.metrics], context)?;
    let shown = args.metrics.display().to_string();
    let bytes = std::fs::read(context.resolve(&args.metrics))
        .map_err(|e| CliError::misconfigured(format!("can't read {shown}: {e}")))?;
    // The path only names the file in messages here; the bytes are at hand.
    let metrics = "metrics".parse().map_err(CliError::broken)?;
    let gate = Gate { metrics, require: args.require.clone() };
    let report = judge(&bytes, &shown, &gate, "");
    let document = || report::gate(&report, &gate, &shown, SystemClock.now());
    report::write(&args.report, document, context)?;
    if context.json {
        context.json_line(&report)?;
    } else {
        print(&report, &gate, &shown, context)?;
    }
    Ok(report.verdict.into())
}

fn print(report: &Report, gate: &Gate, shown: &str, context: &Context) -> Result<(), CliError> {
    for bar in &gate.require {
        if let Some(value) =
            report.figures.get(&bar.metric).filter(|v| bar.threshold.is_met_by(**v))
        {
            context.line(&format!(
                "{} {} {value} ({})",
                style::good("✓"),
                bar.metric,
                bar.threshold
            ))?;
        }
    }
    for line in finding_lines(report) {
        context.line(&line)?;
    }
    context.line(&format!("{} {}", style::strong(shown), verdict_word(report.verdict)))
}

fn requirement(text: &str) -> Result<Requirement, String> {
    let at = text.find(['<', '>', '=']).ok_or("expected such as 'accuracy >= 0.85'")?;
    let (metric, bar) = text.split_at(at);
    let metric = metric.trim().to_owned();
    if metric.is_empty() {
        return Err("the metric's name is missing: expected such as 'accuracy >= 0.85'".into());
    }
    let threshold: Threshold =
        bar.parse().map_err(|e: tollgate_model::ThresholdError| e.to_string())?;
    Ok(Requirement { metric, threshold, line: 0 })
}
