//! What a check may use.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::PathBuf;

use tollgate_model::Timestamp;

use crate::DataSet;

/// What a check may use, and how much it tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The longest record of a CSV file, in bytes. A quote that is never closed would otherwise
    /// take the whole file into memory. At most 1 GiB; more is taken as that.
    pub max_line: usize,
    /// What stands between the fields of a CSV file. Without it, it is a tab where the file is
    /// called `.tsv`; else the header shows it: a comma where there is one, or a semicolon, a tab
    /// or a bar where only that splits it.
    pub delimiter: Option<u8>,
    /// What all uniqueness checks together may hold in memory, in bytes. What is beyond it
    /// goes to `spill_to`.
    pub max_memory: u64,
    /// A directory for a temporary file, which such checks write once the memory is used up. It
    /// has no name there and is gone in the end, whatever the end is. Without a directory a check
    /// that needs it is not assessed; the rest goes on.
    pub spill_to: Option<PathBuf>,
    /// How large that file may become, in bytes.
    pub max_spill: u64,
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
    /// show that every rule is kept, or where each of its values stands in a dictionary and none of
    /// those breaks one. The risk is that of any index: a writer that puts wrong
    /// figures there, or damage to pages that are not read, goes unseen.
    pub paranoid: bool,
    /// The time of the check, from the caller's clock. Without it no freshness is assessed.
    pub now: Option<Timestamp>,
    /// Where the other data is that foreign keys refer to, by its name in the contract. What is
    /// not listed is not assessed.
    pub references: BTreeMap<String, DataSet>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_line: 16 << 20,
            delimiter: None,
            max_memory: 1 << 30,
            spill_to: None,
            max_spill: 32 << 30,
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
