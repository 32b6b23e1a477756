//! Where batches come from.

pub(crate) mod arrow;
pub(crate) mod csv;
mod dictionary;
mod encoding;
mod footer;
mod format;
mod header;
mod hybrid;
pub(crate) mod input;
mod json;
mod pages;
pub(crate) mod parquet;
mod plain;
mod positioned;
mod scan;
mod skim;
mod split;
mod stored;
mod stream;
pub(crate) mod text;

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use format::Format;
pub(crate) use skim::Onlooker;
use stream::Stream;
use text::TextReader;

use crate::domain::Domain;
use crate::parse::cell::Reading;
use crate::set::Part;
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
    /// As JSON, where each value says what it is.
    Json,
    /// In a type of their own.
    Typed(Domain),
    /// As records.
    Record,
    /// As lists.
    List,
    /// In a way that is not read here, and which.
    Unsupported(String),
}

impl Kind {
    /// Whether the contract says what its values are.
    pub(crate) fn is_untyped(&self) -> bool {
        matches!(self, Self::Untyped | Self::Json)
    }

    /// What its values are, in a sentence.
    pub(crate) fn noun(&self) -> &str {
        match self {
            Self::Untyped => "text without a type",
            Self::Json => "a JSON value",
            Self::Typed(domain) => domain.noun(),
            Self::Record => "a record",
            Self::List => "a list",
            Self::Unsupported(what) => what,
        }
    }
}

/// One column that checks need, and how its texts are read where it has no type.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// Position in the source.
    pub(crate) index: usize,
    /// How its texts are read.
    pub(crate) reading: Reading,
}

/// What is known before a file is opened.
pub(crate) struct Opening<'a> {
    pub(crate) options: &'a Options,
    /// The columns that the contract names: those that JSON is asked for.
    pub(crate) names: &'a [String],
}

/// A file that is read once, from its first row to its last.
pub(crate) enum Source {
    Text(TextReader),
    Parquet(parquet::ParquetReader),
    Arrow(arrow::ArrowReader),
}

impl Source {
    /// Opens the file in the format that its first bytes and its name show.
    pub(crate) fn open(
        part: &Part,
        several: bool,
        opening: &Opening<'_>,
    ) -> Result<Self, DataError> {
        let (path, shown) = (part.path.as_path(), part.shown.as_str());
        let constants = if several { part.constants() } else { Vec::new() };
        let unreadable = |source| DataError::Unreadable { path: shown.to_owned(), source };
        let mut file = File::open(path).map_err(unreadable)?;
        let mut stream = Stream::open(file.try_clone().map_err(unreadable)?, shown)?;
        let magic = stream.peek()?;
        match Format::of(path, &magic, stream.packing().is_some()) {
            Format::Parquet => {
                file.rewind().map_err(unreadable)?;
                return parquet::ParquetReader::open(file, shown, constants).map(Self::Parquet);
            }
            Format::Arrow => {
                return arrow::ArrowReader::open(file, shown, constants).map(Self::Arrow);
            }
            _ => {}
        }
        Self::text(path, stream, shown, constants, opening)
    }

    /// What is read once and can't be rewound.
    pub(crate) fn stream(
        input: Box<dyn Read + Send>,
        shown: &str,
        opening: &Opening<'_>,
    ) -> Result<Self, DataError> {
        let stream = Stream::open(input, shown)?;
        Self::text(Path::new(""), stream, shown, Vec::new(), opening)
    }

    fn text(
        path: &Path,
        mut stream: Stream,
        shown: &str,
        constants: Vec<(String, Option<String>)>,
        opening: &Opening<'_>,
    ) -> Result<Self, DataError> {
        let (magic, options) = (stream.peek()?, opening.options);
        let format = Format::of(path, &magic, stream.packing().is_some());
        let unsupported = |found: &str| {
            Err(DataError::Unsupported { path: shown.to_owned(), found: found.to_owned() })
        };
        match format {
            Format::Csv(delimiter) => {
                encoding::check_start(&magic, shown)?;
                let delimiter = options.delimiter.or(delimiter);
                let reader = csv::CsvReader::open(stream, shown, delimiter, constants, options)?;
                Ok(Self::Text(TextReader::Csv(reader)))
            }
            Format::Json => {
                encoding::check_start(&magic, shown)?;
                let reader =
                    json::JsonReader::open(stream, shown, opening.names, constants, options);
                Ok(Self::Text(TextReader::Json(reader)))
            }
            Format::Parquet => unsupported(
                "Parquet in a stream, though it is read from its end (save it to a file)",
            ),
            Format::Arrow => {
                unsupported("Arrow in a stream, whose batches are sought (save it to a file)")
            }
            Format::Other(found) => unsupported(found),
        }
    }

    /// Whether only its rows tell which columns there are.
    pub(crate) fn is_json(&self) -> bool {
        matches!(self, Self::Text(TextReader::Json(_)))
    }

    pub(crate) fn columns(&self) -> &[SourceColumn] {
        match self {
            Self::Text(reader) => reader.columns(),
            Self::Parquet(reader) => reader.columns(),
            Self::Arrow(reader) => reader.columns(),
        }
    }
}

/// Adds a column for each of these, unless there is one of its name; the values that were taken.
fn with_constants(
    columns: &mut Vec<SourceColumn>,
    constants: Vec<(String, Option<String>)>,
) -> Vec<Option<String>> {
    let mut taken = Vec::new();
    for (name, value) in constants {
        if columns.iter().all(|column| column.name != name) {
            columns.push(SourceColumn { name, kind: Kind::Untyped });
            taken.push(value);
        }
    }
    taken
}
