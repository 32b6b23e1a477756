//! What a registry says of features, and what data is held against.

use serde::{Deserialize, Serialize};

use crate::RelPath;

/// A further source of the features that a data set has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counterpart {
    /// Data, a profile of data, or the dump of a feature store's registry: a file of the project,
    /// or an output of a need.
    File(RelPath),
    /// A list of features.
    Registry(Registry),
}

/// Features and their types, without any values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registry {
    /// The file it was read from, relative to the project's root.
    pub path: String,
    /// What it lists; each name once.
    pub features: Vec<Feature>,
}

/// One entry of a registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feature {
    /// What it is called.
    pub name: String,
    /// What its values are; none where that is not told, or is none of these.
    pub kind: Option<FeatureType>,
    /// Whether every row has a value.
    pub required: bool,
    /// Whether it finds a row (a join key, a time) or is made on request: then it may be absent
    /// from data.
    pub optional: bool,
}

/// What the values of a feature are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureType {
    /// True or false.
    Boolean,
    /// A calendar day.
    Date,
    /// A number of 32 bits with a point that floats.
    Float32,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Integer,
    /// A number with decimals, of 64 bits where its point floats.
    Number,
    /// Text.
    Text,
    /// A time of day.
    Time,
    /// A point in time.
    Timestamp,
}

impl Counterpart {
    /// The file, as it was named.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::File(path) => path.as_str(),
            Self::Registry(registry) => &registry.path,
        }
    }
}
