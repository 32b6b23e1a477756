//! Readers of tabular data, and the checks of a contract over them.
//!
//! [`check`] passes over a data set once, batch by batch and column by column: only columns that
//! some check needs are decoded, no row is ever put together, and the memory is that of a batch
//! (for uniqueness: of the distinct values, up to [`Options::max_memory`]; what is beyond it goes
//! to a temporary file). Nothing is printed, no
//! clock is read, no process is started.
//!
//! [`profile`] summarises a data set in bounded memory, [`check_and_profile`] does so in the pass of
//! the checks, and [`drift`] tells what has changed between two profiles. [`consistency`] tells in
//! what several sources of the same features disagree: a table, a sample of what is served, a
//! registry.
//!
//! # What is read
//! - CSV (RFC 4180; lines end with a feed, a return or both), JSON lines (an object on each line,
//!   also on a stream: [`check_stream`]), Parquet and Arrow (its file format, which Feather of
//!   version 2 is, and its stream format, in a file). Text may be packed in
//!   gzip or Zstandard, which its first bytes show; it is taken out as it is read.
//! - Text is UTF-8, with or without a mark before it. Any other is an error that names the place
//!   and the way out. So is damage to what it is packed in: after what stands before it is read.
//!
//! - Several files may be one data set ([`DataSet`]): they are read in the order of their paths,
//!   and rows are numbered in each. Folders called `name=value` give a column, as Hive has it.
//!   Where a file differs from the first in a column that the contract names, that is a finding,
//!   and its rows are left out. Row counts and uniqueness are those of all files together.
//!
//! # What counts as what
//! - An empty field of a CSV file is null, unless it stands in quotes. In a column of any type but
//!   text, blanks around a value don't count, and blanks alone are null, quoted or not.
//! - JSON values count as what they are: the text `"1"` is no whole number, and `1` is no text. A
//!   key that is not there is null, and one that no row has is a column that is missing. Objects
//!   and lists as values are not looked into; of a column without a type any value counts as it is
//!   written. A key that is asked for and occurs twice in a row is an error, as readers disagree
//!   about which counts.
//! - Empty lines of a CSV file are no rows, unless it has one column.
//! - `NaN` and infinities are numbers, not nulls. NaN is outside of every bound, and neither is a
//!   multiple of anything. All NaNs are one value.
//! - Whole numbers, decimals, dates and timestamps are compared exactly, in their own type.
//! - A CSV text is a whole number without point or exponent; a date or time in ISO 8601, unless
//!   the contract has a `format` for it; a truth value if it is `true`, `false`, `t`, `f` (in any
//!   case), `1` or `0`. A timestamp without an offset is taken as UTC.
//! - Two rows are duplicates if all the values in question are equal; null is equal to nothing.
//! - A rate of no rows is not assessed: no data is no failure, and no pass.
//! - A condition is true, false or unknown of a row; a null, a text of another type and a division
//!   by zero make it unknown, which breaks nothing. NaN is unequal to everything.
//! - A date is as old as its end; data whose newest time is in the future is fresh.
//! - A row refers to nothing if one of its values is null, or is none of its type.
//! - Columns that the contract does not name are a figure, not a finding: ODCS allows them.

mod batch;
mod checks;
mod columns;
mod domain;
mod error;
mod fit;
mod options;
mod parse;
mod pass;
mod plan;
mod profile;
mod reader;
mod references;
mod report;
mod run;
mod set;
mod skew;
mod value;

pub use columns::columns;
pub use error::DataError;
pub use options::Options;
pub use profile::{
    ColumnProfile, ColumnType, DriftLimits, Moments, Profile, ProfileError, Watched,
    check_and_profile, drift, guess, profile,
};
pub use run::{check, check_set, check_stream};
pub use set::{DataSet, Part};
pub use skew::{FeatureSource, consistency};
