//! The machine-learning model that an image serves, as its card tells it.

use crate::oci::Sha256;

/// The model in an image.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// Its version, where it has one.
    pub version: Option<String>,
    /// The digest of its file.
    pub digest: Sha256,
    /// How it learnt.
    pub approach: Option<Approach>,
    /// What it does: `classification`.
    pub task: Option<String>,
    /// What it learnt from.
    pub datasets: Vec<Dataset>,
    /// What was measured of it.
    pub metrics: Vec<Metric>,
    /// What whoever uses it has to know: limits of what it can do, a sentence each.
    pub considerations: Vec<String>,
}

/// How a model learns. Source: CycloneDX 1.6, `modelParameters.approach`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approach {
    /// From labelled data.
    Supervised,
    /// From data without labels.
    Unsupervised,
    /// By being rewarded.
    Reinforcement,
    /// From data of which some has labels.
    SemiSupervised,
    /// From data that is its own label.
    SelfSupervised,
}

/// Data that a model learnt from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// Its name, or the path of its file.
    pub name: String,
    /// The digest of its file, as its owner writes it: `sha256:…`, `blake3:…`.
    pub digest: Option<String>,
}

/// One figure of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// What was measured: `roc_auc`.
    pub name: String,
    /// The figure. One that is no number is not told.
    pub value: f64,
    /// On which part of the data, where not on all: `plan = basic`.
    pub slice: Option<String>,
    /// Between which bounds it lies, at the confidence that the gate asked for.
    pub interval: Option<(f64, f64)>,
}

impl Approach {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Supervised => "supervised",
            Self::Unsupervised => "unsupervised",
            Self::Reinforcement => "reinforcement-learning",
            Self::SemiSupervised => "semi-supervised",
            Self::SelfSupervised => "self-supervised",
        }
    }
}
