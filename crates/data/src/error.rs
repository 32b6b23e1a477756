//! Why a data set could not be looked at. What is wrong *in* a data set is a finding instead.

use std::io;

/// The data could not be read, or the question makes no sense. Every message says what was
/// expected, what was found and what to do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The operating system refuses to open or read the file.
    #[error("`{path}` can't be read: {source}; check that it exists and may be read")]
    Unreadable {
        /// The file, as it was shown to the caller.
        path: String,
        /// The operating system's answer.
        source: io::Error,
    },
    /// A directory without files, or a glob that matches none.
    #[error(
        "`{path}` has no files, expected at least one that is called neither `.…` nor `_…`; check \
         the path"
    )]
    NoParts {
        /// The directory or the glob.
        path: String,
    },
    /// Something in a directory is neither a file nor a directory.
    #[error(
        "`{path}`: expected a file, found a link or a device, which is not followed in a \
         directory; name it by itself, or take it away"
    )]
    NoFile {
        /// What it is called.
        path: String,
    },
    /// There is nothing in the file, not even a header.
    #[error("`{path}` is empty, expected a header line with the column names; write it again")]
    Empty {
        /// The file.
        path: String,
    },
    /// The text is in another encoding.
    #[error(
        "`{path}`, line {line}, byte {byte}: expected UTF-8, found {found}; convert the file \
         (`iconv -f {encoding} -t UTF-8`), or save it as UTF-8"
    )]
    NotUtf8 {
        /// The file.
        path: String,
        /// The line with the first offending byte, counted from 1.
        line: u64,
        /// That byte's place in its line, counted from 1.
        byte: u64,
        /// The byte or the encoding that was found.
        found: String,
        /// What the text seems to be encoded in, as iconv calls it.
        encoding: &'static str,
    },
    /// The file is packed, and what it is packed in ends too early or is no such thing.
    #[error(
        "`{path}`: the {packing} data is damaged behind {bytes} bytes of text, in line {line}: \
         {problem}; copy or write it again"
    )]
    Damaged {
        /// The file.
        path: String,
        /// What it is packed in.
        packing: &'static str,
        /// The line in which the text ends that could be had, counted from 1.
        line: u64,
        /// How many bytes of text could be had.
        bytes: u64,
        /// What is wrong with it.
        problem: String,
    },
    /// The text breaks the rules of CSV (RFC 4180).
    #[error("`{path}`, line {line}: {problem}")]
    Malformed {
        /// The file.
        path: String,
        /// The line, counted from 1; for a quote that is never closed, the line that opens it.
        line: u64,
        /// What was expected, what was found, what to do.
        problem: String,
    },
    /// The file is in a format without a reader.
    #[error(
        "`{path}`: expected CSV, JSON lines, Parquet or Arrow, found {found}; convert it first"
    )]
    Unsupported {
        /// The file.
        path: String,
        /// What it seems to be.
        found: String,
    },
    /// The file claims to be Parquet or Arrow and isn't, or is damaged.
    #[error("`{path}`: expected a whole {format} file, found {problem}; copy or write it again")]
    Corrupt {
        /// The file.
        path: String,
        /// What it claims to be.
        format: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The contract has no table of the name that was asked for.
    #[error("`{contract}` has no table `{table}`, it has {known}; name one of these")]
    UnknownTable {
        /// The contract's file.
        contract: String,
        /// The name that was asked for.
        table: String,
        /// The names that there are.
        known: String,
    },
    /// The contract has several tables and none was named.
    #[error("`{contract}` has several tables ({known}), expected the name of one; name it")]
    AmbiguousTable {
        /// The contract's file.
        contract: String,
        /// The names that there are.
        known: String,
    },
    /// A column is asked for that has no values.
    #[error("`{path}`: expected values in `{column}`, found {found}")]
    NoValues {
        /// The file.
        path: String,
        /// The column.
        column: String,
        /// What there is instead.
        found: String,
    },
    /// A cell is asked for as a number, and is none.
    #[error("`{path}`, row {row}: expected a number in `{column}`, found `{found}`")]
    NoNumber {
        /// The file.
        path: String,
        /// The column.
        column: String,
        /// The row, counted from 1 without the header.
        row: u64,
        /// The cell's text.
        found: String,
    },
    /// The data has no column of the name that was asked for.
    #[error("`{path}` has no column `{column}`, it has {known}; name one of these")]
    NoColumn {
        /// The file.
        path: String,
        /// The name that was asked for.
        column: String,
        /// The names that there are.
        known: String,
    },
    /// A file of a data set has other columns than the first.
    #[error(
        "`{path}` has other columns than `{first}`: {why}; write all parts with the same columns"
    )]
    Unlike {
        /// The file.
        path: String,
        /// The first file.
        first: String,
        /// In what they differ.
        why: String,
    },
    /// One JSON value that should define features and does not.
    #[error(
        "`{path}` is neither a feature registry nor JSON lines: {why}; write it again with \
         `feast registry-dump`"
    )]
    NoRegistry {
        /// The file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// A profile that can't be used.
    #[error(transparent)]
    NoProfile(crate::ProfileError),
    /// The caller withdrew the question.
    #[error("the check of `{path}` was cancelled before its end; run it again")]
    Cancelled {
        /// The file.
        path: String,
    },
}

impl DataError {
    /// The same, where so many more lines stand before the text that it is about.
    pub(crate) fn further_down(mut self, lines: u64) -> Self {
        if let Self::NotUtf8 { line, .. }
        | Self::Malformed { line, .. }
        | Self::Damaged { line, .. } = &mut self
        {
            *line += lines;
        }
        self
    }
}
