//! What a check may use.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::PathBuf;

use tollgate_model::Timestamp;

/// What a check may use, and how much it tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The longest record of a CSV file, in bytes. A quote that is never closed would otherwise
    /// take the whole file into memory. At most 1 GiB; more is taken as that.
    pub max_line: usize,
    /// What all uniqueness checks together may hold in memory, in bytes. Beyond it such a check
    /// is not assessed; the rest goes on.
    pub max_memory: u64,
    /// How many cases a finding shows.
    pub samples: usize,
    /// How many threads decode and test; the report is the same for any number of them. Zero is
    /// taken as one.
    pub threads: usize,
    /// How many bytes of a CSV file a thread takes at a time, or about so many where records are
    /// longer. Memory grows with it, times the threads; the report does not depend on it.
    pub piece: usize,
    /// Whether to decode what the footer of a Parquet file proves already. Without it, a column of
    /// a row group is not read where the footer's count of nulls and its least and greatest value
    /// show that every rule is kept. The risk is that of any index: a writer that puts wrong
    /// figures there, or damage to pages that are not read, goes unseen.
    pub paranoid: bool,
    /// The time of the check, from the caller's clock. Without it no freshness is assessed.
    pub now: Option<Timestamp>,
    /// Where the other data is that foreign keys refer to, by its name in the contract. What is
    /// not listed is not assessed.
    pub references: BTreeMap<String, PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_line: 16 << 20,
            max_memory: 1 << 30,
            samples: 5,
            threads: available(),
            piece: 256 << 10,
            paranoid: false,
            now: None,
            references: BTreeMap::new(),
        }
    }
}

fn available() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}
