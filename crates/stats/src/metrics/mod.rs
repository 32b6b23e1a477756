//! The metrics of a model's quality, recomputed from its predictions.
//!
//! Definitions and edge cases are those of scikit-learn 1.9, with which every metric is compared in
//! the tests. Three things differ, so that a decision can rest on a figure:
//!
//! - What can't be computed is an error that says why ([`Undefined`]), never NaN; and where
//!   scikit-learn says 0 because zero was divided by zero, the error carries that 0
//!   ([`or_convention`]).
//! - A row that weighs nothing is absent everywhere. In scikit-learn it is for curves and the areas
//!   under them, but it still adds its class to a mean over classes.
//! - The order of rows changes nothing (to the last bit, but for the rounding of values in
//!   [`Values`]): sums carry what rounding loses, and ties are averaged.
//!
//! Columns are checked, and sorted where that helps, once in one of four types: [`Classes`],
//! [`Binary`], [`Values`], [`Rankings`]. [`Metric`] names a metric and knows which of them it needs.

mod binary;
mod calibration;
mod classes;
mod columns;
mod confusion;
mod curve;
mod metric;
mod name;
mod probability;
mod ranking;
mod regression;
mod sum;
mod tally;
mod ties;
mod undefined;

pub use binary::Binary;
pub use calibration::{Bins, CalibrationPoint};
pub use classes::{Average, Classes};
pub use confusion::{Cell, Confusion};
pub use curve::{PrecisionRecallPoint, RocPoint};
pub use metric::{Better, Metric, Needs, Quantile, Rows};
pub use name::{NAMES, NoMetric};
pub use ranking::Rankings;
pub use regression::Values;
pub use undefined::{Undefined, or_convention};
