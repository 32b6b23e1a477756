//! What can be drawn of what a step looked at.

use serde::{Deserialize, Serialize};

/// What can be drawn of what a step looked at. It is kept beside the step's report, and small, so
/// that a past run is drawn when its data and predictions are long gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sketch {
    /// Of a gate over predictions.
    Curves(Vec<Curve>),
    /// Of data that was compared with a reference: both profiles, as their files have them.
    Profiles {
        /// The data's.
        data: String,
        /// What it was compared with.
        reference: String,
    },
}

/// A curve of the challenger and, where there is one, of the baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// What it shows.
    pub kind: CurveKind,
    /// The challenger's points first, at most some hundred, each from 0 to 1; then the baseline's,
    /// with its name.
    pub lines: Vec<(String, Vec<(f64, f64)>)>,
}

/// What a curve shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CurveKind {
    /// True positive rate over false positive rate.
    Roc,
    /// Precision over recall.
    PrecisionRecall,
    /// The share of positive rows over the score.
    Calibration,
}
