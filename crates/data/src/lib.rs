//! Readers of tabular data, and the checks of a contract over them.
//!
//! [`check`] passes over a data set once, batch by batch and column by column: only columns that
//! some check needs are decoded, no row is ever put together, and the memory is that of a batch
//! (for uniqueness: of the distinct values, up to [`Options::max_memory`]). Nothing is printed, no
//! clock is read, no process is started.
//!
//! [`profile`] summarises a data set in bounded memory, [`check_and_profile`] does so in the pass of
//! the checks, and [`drift`] tells what has changed between two profiles.
//!
//! # What counts as what
//! - An empty field of a CSV file is null, unless it stands in quotes. In a column of any type but
//!   text, blanks around a value don't count, and blanks alone are null, quoted or not.
//! - Empty lines of a CSV file are no rows, unless it has one column.
//! - `NaN` and infinities are numbers, not nulls. NaN is outside of every bound, and neither is a
//!   multiple of anything. All NaNs are one value.
//! - Whole numbers, decimals, dates and timestamps are compared exactly, in their own type.
//! - A CSV text is a whole number without point or exponent; a date or time in ISO 8601, unless
//!   the contract has a `format` for it; a truth value if it is `true`, `false`, `t`, `f` (in any
//!   case), `1` or `0`. A timestamp without an offset is taken as UTC.
//! - Two rows are duplicates if all the values in question are equal; null is equal to nothing.
//! - A rate of no rows is not assessed: no data is no failure, and no pass.
//! - Columns that the contract does not name are a figure, not a finding: ODCS allows them.

mod batch;
mod checks;
mod domain;
mod error;
mod options;
mod parse;
mod pass;
mod plan;
mod profile;
mod reader;
mod report;
mod run;
mod value;

pub use error::DataError;
pub use options::Options;
pub use profile::{
    ColumnProfile, ColumnType, DriftLimits, Moments, Profile, ProfileError, Watched,
    check_and_profile, drift, guess, profile,
};
pub use run::check;
