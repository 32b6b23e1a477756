//! The gate: what is asked of a model's quality, and whether it is so. Pure: files are read
//! elsewhere.

mod asked;
mod bars;
mod baseline;
mod claims;
mod classes;
mod compare;
mod curves;
mod difference;
mod figure;
mod holdout;
mod interval;
mod judge;
mod model;
mod pairs;
mod repeats;
mod slices;

use tollgate_model::{Columns, Compared};

pub use asked::{columns, greater_is_better, unknown};
pub use baseline::Chosen;
pub(crate) use baseline::choose;
pub use curves::curves;
pub use holdout::holdout;
pub use judge::judge;
pub use tollgate_stats::metrics::NAMES as METRICS;

/// What a gate looks at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence<'a> {
    /// Its files of metrics: what each is called, and its bytes.
    pub metrics: &'a [(String, Vec<u8>)],
    /// Its predictions, with the columns that [`columns`] names; or why they can't be read.
    pub predictions: Option<Result<&'a Columns, &'a str>>,
    /// What it is compared with: its name, and its predictions or why they can't be had. None
    /// where there is no baseline yet.
    pub baseline: Option<(&'a str, Result<&'a Columns, &'a str>)>,
    /// Which use of the holdout this is, counted from 1; 0 where nobody counts.
    pub holdout_use: u64,
    /// On how many threads it may draw; 0 is 1.
    pub threads: usize,
}

/// What came of a comparison, in a sentence.
#[must_use]
pub fn sentence(compared: &Compared) -> String {
    compare::sentence(compared)
}

#[cfg(test)]
mod tests;
