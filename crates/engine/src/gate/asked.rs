//! What a gate asks for: which metrics, and of which columns.

use tollgate_model::{Form, Gate, Predictions};
use tollgate_stats::metrics::{Better, Metric, Needs};

/// The columns of the predictions that the gate needs, and in which form.
#[must_use]
pub fn columns(gate: &Gate) -> Vec<(String, Form)> {
    let Some(rows) = &gate.predictions else { return Vec::new() };
    let of_metrics = computed(gate).flat_map(|metric| of_metric(metric, rows));
    let weight = rows.weight.iter().map(|column| (column, Form::Number));
    let of_pairs = gate.compare.iter().flat_map(|_| of_pairs(rows));
    let sliced = gate.slices.iter().flat_map(|slices| slices.by.iter().flatten());
    let sliced = sliced.map(|column| (column, Form::Text));
    let all = of_metrics.chain(weight).chain(of_pairs).chain(sliced);
    let mut all: Vec<_> = all.map(|(column, form)| (column.clone(), form)).collect();
    all.sort();
    all.dedup();
    all
}

/// The first name that must be of a metric that is computed from predictions, and is not.
#[must_use]
pub fn unknown(gate: &Gate) -> Option<&str> {
    // A file of metrics may hold any, also such as are not computed from predictions.
    let bars = gate.require.iter().filter(|_| gate.metrics.is_empty());
    let bars = bars.chain(gate.slices.iter().flat_map(|slices| &slices.require));
    let compared = gate.compare.iter().map(|compare| compare.metric.as_str());
    let mut all = bars.map(|bar| bar.metric.as_str()).chain(compared);
    all.find(|name| name.parse::<Metric>().is_err())
}

/// Whether greater values of the metric are better; false for a name that is none.
#[must_use]
pub fn greater_is_better(metric: &str) -> bool {
    metric.parse().is_ok_and(|metric: Metric| !is_loss(metric))
}

pub(super) fn is_loss(metric: Metric) -> bool {
    metric.better() == Better::Less
}

/// The metrics that are computed from predictions.
fn computed(gate: &Gate) -> impl Iterator<Item = Metric> {
    let bars = gate.require.iter().chain(gate.slices.iter().flat_map(|slices| &slices.require));
    let names = bars.map(|bar| bar.metric.as_str());
    let compared = gate.compare.iter().map(|compare| compare.metric.as_str());
    names.chain(compared).filter_map(|name| name.parse().ok())
}

fn of_metric(metric: Metric, rows: &Predictions) -> Vec<(&String, Form)> {
    let Predictions { label, score, prediction, group, .. } = rows;
    let text = |column| (column, Form::Text);
    let number = |column| (column, Form::Number);
    let score = score.as_ref().map(number);
    match metric.needs() {
        Needs::Classes => {
            [text(label)].into_iter().chain(prediction.as_ref().map(text)).chain(score).collect()
        }
        Needs::Scores => [text(label)].into_iter().chain(score).collect(),
        Needs::Values => {
            [number(label)].into_iter().chain(prediction.as_ref().map(number).or(score)).collect()
        }
        Needs::Groups => {
            [number(label)].into_iter().chain(score).chain(group.as_ref().map(text)).collect()
        }
    }
}

/// By what rows of two models are told to be the same examples.
fn of_pairs(rows: &Predictions) -> impl Iterator<Item = (&String, Form)> {
    let key = rows.key.iter().map(|column| (column, Form::Key));
    [(&rows.label, Form::Text)].into_iter().chain(key)
}
