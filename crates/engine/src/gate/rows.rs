//! Predictions as metrics take them, and two models' predictions for the same examples.

use std::collections::BTreeMap;

use tollgate_model::{Cells, Digest, Form, Hasher, Predictions};

/// Words for a positive class that need no explanation.
const POSITIVE: [&str; 6] = ["1", "true", "yes", "y", "t", "positive"];

/// A model's predictions, row by row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    /// How many.
    pub(crate) len: usize,
    /// The different labels, and predictions among them.
    pub(crate) classes: Vec<String>,
    /// The true class by position in `classes`; empty where labels are missing or too many.
    pub(crate) truth: Vec<u32>,
    /// The predicted class by position in `classes`.
    pub(crate) predicted: Option<Vec<u32>>,
    /// The positive one of two classes, or why it is not known.
    pub(crate) positive: Option<u32>,
    /// The true value.
    pub(crate) value: Vec<f64>,
    /// The predicted value.
    pub(crate) estimate: Option<Vec<f64>>,
    /// The score.
    pub(crate) score: Option<Vec<f64>>,
    /// The weight.
    pub(crate) weight: Option<Vec<f64>>,
    /// The group by number.
    pub(crate) group: Option<Vec<u32>>,
    /// What tells the examples apart.
    pub(crate) key: Option<Vec<u128>>,
    /// The columns that slices are made of, by name.
    pub(crate) slices: BTreeMap<String, (Vec<String>, Vec<u32>)>,
}
