//! Where batches come from.

pub(crate) mod csv;
mod dictionary;
mod footer;
mod pages;
pub(crate) mod parquet;
mod positioned;
mod split;
mod stored;

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use crate::domain::Domain;
use crate::parse::cell::Reading;
use crate::{DataError, Options};

/// What a source says of one of its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SourceColumn {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// How the cells of a column are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// As texts without a type.
    Untyped,
    /// In a type of their own.
    Typed(Domain),
    /// As records.
    Record,
    /// As lists.
    List,
    /// In a way that is not read here, and which.
    Unsupported(String),
}

/// One column that checks need, and how its texts are read where it has no type.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// Position in the source.
    pub(crate) index: usize,
    /// How its texts are read.
    pub(crate) reading: Reading,
}

/// A data set that is read once, from its first row to its last.
pub(crate) enum Source {
    Csv(csv::CsvReader),
    Parquet(parquet::ParquetReader),
}

impl Source {
    /// Opens the file in the format that its first bytes and its name show.
    pub(crate) fn open(path: &Path, shown: &str, options: &Options) -> Result<Self, DataError> {
        let unreadable = |source| DataError::Unreadable { path: shown.to_owned(), source };
        let mut file = File::open(path).map_err(unreadable)?;
        let mut magic = Vec::new();
        file.by_ref().take(512).read_to_end(&mut magic).map_err(unreadable)?;
        file.rewind().map_err(unreadable)?;
        match Format::of(path, &magic) {
            Format::Csv(delimiter) => {
                csv::CsvReader::open(file, shown, delimiter, options).map(Self::Csv)
            }
            Format::Parquet => parquet::ParquetReader::open(file, shown).map(Self::Parquet),
            Format::Other(found) => {
                Err(DataError::Unsupported { path: shown.to_owned(), found: found.to_owned() })
            }
        }
    }

    pub(crate) fn columns(&self) -> &[SourceColumn] {
        match self {
            Self::Csv(reader) => reader.columns(),
            Self::Parquet(reader) => reader.columns(),
        }
    }
}

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// With this byte between fields.
    Csv(u8),
    Parquet,
    Other(&'static str),
}

impl Format {
    /// The first bytes decide; the name does where they say nothing.
    fn of(path: &Path, magic: &[u8]) -> Self {
        let extension = path.extension().and_then(|ext| ext.to_str()).unwrap_or_default();
        match (magic, extension.to_ascii_lowercase().as_str()) {
            ([b'P', b'A', b'R', b'1', ..], _) | (_, "parquet") => Self::Parquet,
            ([0x1f, 0x8b, ..], _) => Self::Other("a gzip archive"),
            ([0x28, 0xb5, 0x2f, 0xfd, ..], _) => Self::Other("a Zstandard archive"),
            ([b'P', b'K', 3, 4, ..], _) => Self::Other("a ZIP archive or a spreadsheet"),
            ([b'A', b'R', b'R', b'O', b'W', b'1', ..], _) => Self::Other("an Arrow file"),
            (_, "json" | "jsonl" | "ndjson") => Self::Other("JSON"),
            (_, "tsv") => Self::Csv(b'\t'),
            ([0xff, 0xfe, ..] | [0xfe, 0xff, ..], _) => Self::Csv(b','),
            (bytes, _) if bytes.contains(&0) => Self::Other("binary data"),
            _ => Self::Csv(b','),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_decide_before_the_name() {
        let cases: &[(&str, &[u8], Format)] = &[
            ("a.csv", b"a,b\n", Format::Csv(b',')),
            ("a", b"", Format::Csv(b',')),
            ("a.tsv", b"a\tb", Format::Csv(b'\t')),
            ("a.csv", b"PAR1....", Format::Parquet),
            ("a.PARQUET", b"", Format::Parquet),
            ("a.csv", b"\x1f\x8b\x08", Format::Other("a gzip archive")),
            ("a.csv", b"ab\0c", Format::Other("binary data")),
            ("a.jsonl", b"{}", Format::Other("JSON")),
        ];
        for (name, magic, expected) in cases {
            assert_eq!(Format::of(Path::new(name), magic), *expected, "{name}");
        }
    }
}
