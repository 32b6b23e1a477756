//! Text formats: cut by one thread, read by many.

use super::input::Piece;
use super::{SourceColumn, Wanted, csv, json};
use crate::DataError;
use crate::batch::Batch;

/// A text of records, in pieces.
pub(crate) enum TextReader {
    Csv(csv::CsvReader),
    Json(json::JsonReader),
}

/// How its pieces are read; the same for each.
pub(crate) enum Rules {
    Csv(csv::Rules),
    Json(json::Rules),
}

impl TextReader {
    pub(crate) fn columns(&self) -> &[SourceColumn] {
        match self {
            Self::Csv(reader) => reader.columns(),
            Self::Json(reader) => reader.columns(),
        }
    }

    pub(crate) fn rules(&self) -> Rules {
        match self {
            Self::Csv(reader) => Rules::Csv(reader.rules().clone()),
            Self::Json(reader) => Rules::Json(reader.rules().clone()),
        }
    }

    /// Lines that stand before the first piece.
    pub(crate) fn lines_before(&self) -> u64 {
        match self {
            Self::Csv(reader) => reader.lines_before(),
            Self::Json(_) => 0,
        }
    }

    /// The next records; `None` at the end.
    pub(crate) fn piece(&mut self) -> Result<Option<Piece>, DataError> {
        match self {
            Self::Csv(reader) => reader.piece(),
            Self::Json(reader) => reader.piece(),
        }
    }
}

impl Rules {
    /// The rows of the piece and how many lines it has; both are counted as if nothing stood
    /// before it.
    pub(crate) fn read(&self, piece: Piece, wanted: &[Wanted]) -> Result<(Batch, u64), DataError> {
        match self {
            Self::Csv(rules) => rules.read(piece, wanted),
            Self::Json(rules) => rules.read(piece, wanted),
        }
    }
}
