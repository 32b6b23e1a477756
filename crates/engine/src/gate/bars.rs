//! Bars on metrics that are computed from predictions.

use tollgate_model::{BarFigure, Requirement, Verdict};
use tollgate_stats::metrics::Metric;

use super::claims::figure_beside;
use super::difference::Draws;
use super::interval::interval;
use super::model::Model;

/// Of the intervals that stand beside a figure.
pub(super) const SHOWN: f64 = 0.95;

/// What was measured for one bar.
pub(super) fn measure(
    bar: &Requirement,
    metric: Metric,
    model: Model<'_>,
    rows: &[usize],
    draws: Draws,
) -> Result<BarFigure, String> {
    let value = model.figure(metric, rows, None)?;
    let verdict = if bar.threshold.is_met_by(value) { Verdict::Pass } else { Verdict::Fail };
    let interval = interval(metric, model, rows, SHOWN, draws).map(|(it, _)| (it.low, it.high));
    let (metric, bar) = (bar.metric.clone(), bar.threshold.to_string());
    Ok(BarFigure { metric, bar, value, interval, verdict })
}

/// `0.8412 (95 %: 0.8301 to 0.8523)`.
pub(super) fn shown(figure: &BarFigure, bar: &Requirement) -> String {
    let value = figure_beside(figure.value, bar);
    match figure.interval {
        Some((low, high)) => format!("{value} (95 %: {low:.4} to {high:.4})"),
        None => value,
    }
}
