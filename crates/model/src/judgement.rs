//! What a gate measured, for whoever looks at it later.

use serde::{Deserialize, Serialize};

use crate::{Goal, Verdict};

/// What a gate measured and decided, part by part.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// Each bar of the whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bars: Vec<BarFigure>,
    /// The comparison, where there was a baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared: Option<Compared>,
    /// The slices, the worst first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slices: Vec<SliceFigure>,
}

/// A measured metric and its bar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BarFigure {
    /// The metric.
    pub metric: String,
    /// The bar as it is written; none where the metric has none.
    pub bar: String,
    /// What was measured.
    pub value: f64,
    /// Where the true value lies with 95 % confidence, where that was computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<(f64, f64)>,
    /// What follows.
    pub verdict: Verdict,
}

/// A comparison with a baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// What the baseline is.
    pub baseline: String,
    /// The metric.
    pub metric: String,
    /// What was to be shown.
    pub goal: Goal,
    /// The margin, in the metric's unit.
    pub margin: f64,
    /// The confidence that was asked for.
    pub confidence: f64,
    /// Which use of this holdout it was, counted from 1; the confidence that had to be met grows
    /// with it. 0 where nobody counted.
    pub holdout_use: u64,
    /// The confidence that had to be met.
    pub met_confidence: f64,
    /// How many rows both models have.
    pub rows: u64,
    /// By which method.
    pub method: String,
    /// The baseline's value on these rows.
    pub was: f64,
    /// The challenger's value on these rows.
    pub is: f64,
    /// How much better the challenger is: above 0 also for metrics of which less is better.
    pub gain: f64,
    /// Where the true gain lies, at the confidence that had to be met.
    pub interval: (f64, f64),
    /// How likely so many rows show what was asked for, if it is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power: Option<f64>,
    /// How many rows it takes for a power of 80 %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_needed: Option<u64>,
    /// What follows.
    pub verdict: Verdict,
}

/// One slice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SliceFigure {
    /// `plan = team`.
    pub slice: String,
    /// How many rows.
    pub rows: u64,
    /// What was measured in it.
    pub bars: Vec<BarFigure>,
    /// How much better than the baseline it is, with an interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gain: Option<(f64, f64, f64)>,
    /// What follows.
    pub verdict: Verdict,
}
