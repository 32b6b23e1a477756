//! What can be drawn.

use serde::Serialize;
use tollgate_model::{Threshold, Verdict};

mod bins;

pub use bins::Bins;

/// Something that is easier seen than read.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Drawing {
    /// The values of a column.
    Distribution(Distribution),
    /// A measured value and what it must be.
    Bar(Bar),
    /// ROC, precision over recall, calibration.
    Curve(Curve),
    /// The parts of the data, the worst first.
    Slices(Slices),
    /// A metric over time.
    Trend(Trend),
}

/// The values of a column, with those of a reference laid over.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Distribution {
    /// The column's name.
    pub column: String,
    /// Rows that were looked at.
    pub rows: u64,
    /// Rows without a value.
    pub nulls: u64,
    /// How many values differ, where that is known.
    pub distinct: Option<Distinct>,
    /// How often which values occur.
    pub shape: Shape,
    /// What it is compared with.
    pub reference: Option<Reference>,
}

/// How many values differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Distinct {
    /// So many.
    pub count: u64,
    /// Whether that is counted, and not estimated.
    pub is_exact: bool,
}

/// What a column is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// What it is called.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// Its rows without a value.
    pub nulls: u64,
}

/// How often which values occur.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Not known, or not to be shown.
    Unknown,
    /// Of numbers and times.
    Bins(Bins),
    /// Of texts, the most frequent first.
    Categories(Vec<Category>),
}

/// One value of a column, and how often it occurs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Category {
    /// The value.
    pub name: String,
    /// Rows that have it.
    pub count: u64,
    /// Rows of the reference that have it.
    pub reference: Option<u64>,
}

/// A measured value, and what it must be.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bar {
    /// What was measured.
    pub metric: String,
    /// What it must be, as it is written: `>= 0.85`; empty where nothing is asked for.
    pub bar: String,
    /// What was measured.
    pub value: f64,
    /// Where the true value lies, as likely as `note` says.
    pub interval: Option<(f64, f64)>,
    /// How it was come by; may be empty.
    pub note: String,
    /// What follows.
    pub verdict: Verdict,
}

/// A curve through points of a unit square.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curve {
    /// `ROC`.
    pub name: String,
    /// What is to the right.
    pub x: String,
    /// What is upwards.
    pub y: String,
    /// The challenger's line first, then the baseline's.
    pub lines: Vec<Line>,
    /// Whether chance (of a ROC) or perfection (of a calibration) is the diagonal.
    pub diagonal: bool,
}

/// One line of a [`Curve`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// Whose it is.
    pub name: String,
    /// Both from 0 to 1, in order.
    pub points: Vec<(f64, f64)>,
}

/// Parts of the data and what was measured in them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Slices {
    /// What was measured.
    pub metrics: Vec<String>,
    /// The worst first.
    pub slices: Vec<Slice>,
}

/// One part of the data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Slice {
    /// `plan = team`.
    pub name: String,
    /// How many rows.
    pub rows: u64,
    /// What was measured, in the order of [`Slices::metrics`].
    pub values: Vec<Option<f64>>,
    /// How much better than the baseline it is, and where the true gain lies.
    pub gain: Option<(f64, f64, f64)>,
    /// What follows.
    pub verdict: Verdict,
}

/// A metric over the last releases or runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trend {
    /// The metric.
    pub metric: String,
    /// Of which release, and its value; the oldest first.
    pub points: Vec<(String, f64)>,
    /// What it must be, as it is written; may be empty.
    pub bar: String,
}

impl Bar {
    /// The number in the bar, where there is one.
    #[must_use]
    pub fn threshold(&self) -> Option<f64> {
        self.bar.parse::<Threshold>().ok().map(|threshold| threshold.bar)
    }
}

impl Trend {
    /// The number in the bar, where there is one.
    #[must_use]
    pub fn threshold(&self) -> Option<f64> {
        self.bar.parse::<Threshold>().ok().map(|threshold| threshold.bar)
    }
}
