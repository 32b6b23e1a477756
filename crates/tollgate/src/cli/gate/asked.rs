//! What is asked on the command line, as a gate.

use std::path::{Path, PathBuf};

use tollgate_engine::gate::METRICS;
use tollgate_model::{
    Baseline, Compare, Gate, Goal, Predictions, RelPath, Requirement, Slices, Threshold,
};

use crate::error::CliError;

/// The table of predictions and its columns.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Predictions")]
pub(crate) struct Rows {
    /// The rows behind the metrics, from which they are computed: CSV, JSON lines, Parquet or Arrow.
    #[arg(short, long, value_name = "FILE", requires = "label")]
    pub(super) predictions: Option<PathBuf>,
    /// Column of the true class, value or relevance.
    #[arg(long, value_name = "COLUMN", requires = "predictions")]
    label: Option<String>,
    /// Column of the score or probability of the positive class, or of a ranking.
    #[arg(long, value_name = "COLUMN", requires = "predictions")]
    score: Option<String>,
    /// Column of the predicted class or value; without it a score of 0.5 or more is positive.
    #[arg(long, value_name = "COLUMN", requires = "predictions")]
    prediction: Option<String>,
    /// Column that tells the examples apart; needed to compare with a baseline.
    #[arg(long, value_name = "COLUMN", requires = "predictions")]
    key: Option<String>,
    /// Column of weights.
    #[arg(long, value_name = "COLUMN", requires = "predictions")]
    weight: Option<String>,
    /// Column of the query or user that a ranking is for.
    #[arg(long, value_name = "COLUMN", requires = "predictions")]
    group: Option<String>,
    /// The label of the positive class, where it is not plain (`1`, `true`, `yes`).
    #[arg(long, value_name = "LABEL", requires = "predictions")]
    positive: Option<String>,
    /// How far a figure in METRICS may be from what the predictions say.
    #[arg(long, value_name = "NUMBER", default_value_t = Gate::TOLERANCE, value_parser = amount)]
    tolerance: f64,
}

/// The comparison.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Comparison")]
pub(crate) struct Against {
    /// The baseline's predictions, with the same columns.
    #[arg(short, long, value_name = "FILE", requires_all = ["predictions", "key", "metric"])]
    pub(super) baseline: Option<PathBuf>,
    /// The metric that is compared.
    #[arg(short, long, value_name = "METRIC", requires = "baseline")]
    metric: Option<String>,
    /// What is to be shown: `not-worse` by more than the margin, or `better` by more than it.
    #[arg(long, default_value = "not-worse", value_parser = goal)]
    goal: Goal,
    /// How much worse it may be, or how much better it must be, in the metric's unit.
    #[arg(long, value_name = "NUMBER", default_value_t = 0.0, value_parser = amount)]
    margin: f64,
    /// How sure that must be.
    #[arg(long, value_name = "NUMBER", default_value_t = Compare::CONFIDENCE,
          value_parser = confidence)]
    confidence: f64,
}

/// The slices.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Slices")]
pub(crate) struct Parts {
    /// Look at the parts of the data one by one: a column, or several with commas between them for
    /// each combination of their values.
    #[arg(long, value_name = "COLUMNS", requires = "predictions")]
    by: Vec<String>,
    /// A bar that each slice must meet.
    #[arg(long, value_name = "BAR", requires = "by", value_parser = requirement)]
    slice_require: Vec<Requirement>,
    /// How much worse than the baseline each slice may be.
    #[arg(long, value_name = "NUMBER", requires_all = ["by", "baseline"], value_parser = amount)]
    slice_margin: Option<f64>,
    /// Slices with fewer rows are not judged.
    #[arg(long, value_name = "ROWS", default_value_t = Slices::MIN_ROWS,
          value_parser = clap::value_parser!(u64).range(1..))]
    min_rows: u64,
}

/// The gate that is asked for.
pub(super) fn gate(
    metrics: &[PathBuf],
    require: &[Requirement],
    rows: &Rows,
    against: &Against,
    parts: &Parts,
) -> Result<Gate, CliError> {
    let gate = Gate {
        metrics: metrics.iter().map(|path| named(path)).collect(),
        predictions: rows.names(),
        tolerance: rows.tolerance,
        require: require.to_vec(),
        compare: against.compare(),
        slices: parts.slices(),
    };
    if let Some(slices) = gate.slices.as_ref().filter(|it| it.require.is_empty())
        && slices.margin.is_none()
    {
        let message = "nothing is required of the slices: say --slice-require or --slice-margin";
        return Err(CliError::misconfigured(message));
    }
    match tollgate_engine::gate::unknown(&gate) {
        None => Ok(gate),
        Some(metric) => Err(CliError::misconfigured(format!(
            "`{metric}` is no metric that is computed from predictions; there are {}",
            METRICS.join(", ")
        ))),
    }
}

impl Rows {
    fn names(&self) -> Option<Predictions> {
        Some(Predictions {
            path: named(self.predictions.as_deref()?),
            label: self.label.clone()?,
            score: self.score.clone(),
            prediction: self.prediction.clone(),
            key: self.key.clone(),
            weight: self.weight.clone(),
            group: self.group.clone(),
            positive: self.positive.clone(),
        })
    }
}

impl Against {
    fn compare(&self) -> Option<Compare> {
        Some(Compare {
            baseline: Baseline::File(named(self.baseline.as_deref()?)),
            metric: self.metric.clone()?,
            goal: self.goal,
            margin: self.margin,
            confidence: self.confidence,
            line: 0,
        })
    }
}

impl Parts {
    fn slices(&self) -> Option<Slices> {
        let columns = |by: &String| by.split(',').map(|name| name.trim().to_owned()).collect();
        let slices = Slices {
            by: self.by.iter().map(columns).collect(),
            min_rows: self.min_rows,
            require: self.slice_require.clone(),
            margin: self.slice_margin,
            line: 0,
        };
        (!slices.by.is_empty()).then_some(slices)
    }
}

/// What a file is called in messages: it need not lie in a project, so by its name alone.
fn named(path: &Path) -> RelPath {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.and_then(|name| name.parse().ok());
    name.unwrap_or_else(|| "file".parse().expect("a name"))
}

/// Reads `accuracy >= 0.85`.
pub(super) fn requirement(text: &str) -> Result<Requirement, String> {
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

fn goal(text: &str) -> Result<Goal, String> {
    match text {
        "not-worse" => Ok(Goal::NotWorse),
        "better" => Ok(Goal::Better),
        _ => Err("expected `not-worse` or `better`".to_owned()),
    }
}

fn amount(text: &str) -> Result<f64, String> {
    let amount = text.parse().ok().filter(|amount: &f64| amount.is_finite() && *amount >= 0.0);
    amount.ok_or_else(|| "expected a number of 0 or more".to_owned())
}

fn confidence(text: &str) -> Result<f64, String> {
    let confidence = text.parse().ok().filter(|it| *it > 0.5 && *it < 1.0);
    confidence.ok_or_else(|| "expected more than 0.5 and less than 1".to_owned())
}
