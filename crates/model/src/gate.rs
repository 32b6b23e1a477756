//! Gates: what is asked of a model's quality.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{RelPath, RunId, Threshold};

/// A decision about metrics. It has metrics, predictions, or both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// JSON objects of numbers, each a file of the project or an output of a need. Several are
    /// repeats of one training with other seeds.
    pub metrics: Vec<RelPath>,
    /// The rows behind the metrics.
    pub predictions: Option<Predictions>,
    /// How far a figure of `metrics` may be from what the predictions say.
    pub tolerance: f64,
    /// The bars.
    pub require: Vec<Requirement>,
    /// The comparison with a baseline.
    pub compare: Option<Compare>,
    /// The parts of the data that are looked at one by one.
    pub slices: Option<Slices>,
}

/// A table of a model's predictions on its holdout: CSV, JSON lines, Parquet or Arrow, a row
/// for each example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Predictions {
    /// A file of the project, or an output of a need.
    pub path: RelPath,
    /// Column of the true class, value or relevance.
    pub label: String,
    /// Column of the score or probability of the positive class, or of a ranking.
    pub score: Option<String>,
    /// Column of the predicted class or value.
    pub prediction: Option<String>,
    /// Column that tells the examples apart: rows of two files are the same example where it is
    /// equal.
    pub key: Option<String>,
    /// Column of weights.
    pub weight: Option<String>,
    /// Column of the query or user that a ranking is for.
    pub group: Option<String>,
    /// The label of the positive class, where it is not plain (`1`, `true`, `yes`).
    pub positive: Option<String>,
}

/// One bar of a gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Requirement {
    /// The metric's name. In a file of metrics, a dot steps into a nested object.
    pub metric: String,
    /// What it must meet.
    pub threshold: Threshold,
    /// Its line in `tollgate.yaml`, counted from 1; 0 where it came from the command line.
    pub line: u32,
}

/// A comparison with a baseline on the same rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compare {
    /// What it is compared with.
    pub baseline: Baseline,
    /// The metric that is compared.
    pub metric: String,
    /// What is to be shown.
    pub goal: Goal,
    /// How much worse it may be, or how much better it must be; at least 0, in the metric's unit.
    pub margin: f64,
    /// How sure that must be, between 0.5 and 1.
    pub confidence: f64,
    /// Its line in `tollgate.yaml`, counted from 1; 0 where it came from the command line.
    pub line: u32,
}

impl Compare {
    /// The confidence where none is given.
    pub const CONFIDENCE: f64 = 0.95;
}

/// What a comparison is to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Goal {
    /// Not worse by more than the margin (non-inferiority).
    NotWorse,
    /// Better by more than the margin (superiority).
    Better,
}

/// What a model is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Baseline {
    /// What serves; as long as nothing does, what last passed this gate.
    Champion,
    /// What last passed this gate.
    LastGood,
    /// The best by the compared metric of all that passed this gate in so long a time.
    BestOf(Duration),
    /// What passed this gate in that run.
    Run(RunId),
    /// A predictions file of the project.
    File(RelPath),
}

/// Parts of the data that are looked at one by one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slices {
    /// Columns whose values make the slices; several together make one for each combination.
    pub by: Vec<Vec<String>>,
    /// Slices with fewer rows are not judged.
    pub min_rows: u64,
    /// The bars that each slice must meet.
    pub require: Vec<Requirement>,
    /// How much worse than the baseline each slice may be, by the metric of the comparison.
    pub margin: Option<f64>,
    /// Its line in `tollgate.yaml`, counted from 1; 0 where it came from the command line.
    pub line: u32,
}

impl Slices {
    /// The smallest slice that is judged, where nothing is said.
    pub const MIN_ROWS: u64 = 100;
}

impl Gate {
    /// The tolerance where none is given: far more than rounding to three decimals hides.
    pub const TOLERANCE: f64 = 0.0005;

    /// A gate of bars on one file of metrics.
    #[must_use]
    pub fn of_metrics(metrics: RelPath, require: Vec<Requirement>) -> Self {
        Self {
            metrics: vec![metrics],
            predictions: None,
            tolerance: 0.0,
            require,
            compare: None,
            slices: None,
        }
    }

    /// The files that it reads of the project or its needs.
    pub fn files(&self) -> impl Iterator<Item = &RelPath> {
        let baseline = match self.compare.as_ref().map(|compare| &compare.baseline) {
            Some(Baseline::File(path)) => Some(path),
            _ => None,
        };
        let predictions = self.predictions.as_ref().map(|predictions| &predictions.path);
        self.metrics.iter().chain(predictions).chain(baseline)
    }
}

impl Predictions {
    /// The columns that it names, in the order of their fields.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        let optional =
            [&self.score, &self.prediction, &self.key, &self.weight, &self.group].into_iter();
        std::iter::once(self.label.as_str()).chain(optional.flatten().map(String::as_str))
    }
}
