//! CSV in pieces of some hundred kilobytes; fields stay where they are in the piece.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::sync::Arc;

use super::split::{Field, Outcome, Split, line_ends};
use super::{Kind, SourceColumn, Wanted};
use crate::batch::{Batch, Chunk, Text, View};
use crate::{DataError, Options};

/// Bytes that are read for the header.
const HEAD: usize = 64 << 10;
/// `View` counts in 32 bits.
const MAX_LINE: usize = 1 << 30;

/// A CSV file behind its header.
pub(crate) struct CsvReader {
    input: Input,
    columns: Vec<SourceColumn>,
    /// Bytes of a piece.
    piece: usize,
}

/// The file, and what of it was read but not used.
struct Input {
    file: File,
    rules: Rules,
    pending: Vec<u8>,
    /// The end was reached.
    last: bool,
    /// The line at which `pending` begins, counted from 1; as far as the header.
    line: u64,
}

/// How the file is read; the same everywhere in it.
#[derive(Clone)]
pub(crate) struct Rules {
    shown: String,
    delimiter: u8,
    max_line: usize,
    /// Fields of a record.
    width: usize,
}

/// Whole records that follow each other.
pub(crate) struct Piece {
    text: Vec<u8>,
    /// It ends where a record ends. Else it is too long for one, and reading it shows why.
    whole: bool,
}

/// The rows of one piece, before they are given their types.
struct Rows<'a> {
    wanted: &'a [Wanted],
    views: Vec<Vec<View>>,
    unescaped: Vec<u8>,
    count: usize,
}

impl CsvReader {
    /// Reads as far as the header.
    pub(crate) fn open(
        file: File,
        shown: &str,
        delimiter: u8,
        options: &Options,
    ) -> Result<Self, DataError> {
        let max_line = options.max_line.min(MAX_LINE);
        let rules = Rules { shown: shown.to_owned(), delimiter, max_line, width: 0 };
        let mut input = Input { file, rules, pending: Vec::new(), last: false, line: 1 };
        let columns = header(&mut input)?;
        input.rules.width = columns.len();
        Ok(Self { input, columns, piece: options.piece.clamp(1, MAX_LINE) })
    }

    pub(crate) fn columns(&self) -> &[SourceColumn] {
        &self.columns
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.input.rules
    }

    /// Lines of the header, and of what stands before it.
    pub(crate) fn lines_before(&self) -> u64 {
        self.input.line - 1
    }

    /// The next records; `None` at the end. Where they end is found without reading them.
    pub(crate) fn piece(&mut self) -> Result<Option<Piece>, DataError> {
        let mut room = self.piece;
        loop {
            let text = self.input.fill(room)?;
            if text.is_empty() {
                return Ok(None);
            }
            if self.input.last {
                return Ok(Some(Piece { text, whole: true }));
            }
            let split = Split { delimiter: self.input.rules.delimiter, last: false };
            if let Some(end) = split.boundary(&text) {
                let mut text = self.input.keep(text, end);
                text.truncate(end);
                return Ok(Some(Piece { text, whole: true }));
            }
            if text.len() > self.input.rules.max_line {
                return Ok(Some(Piece { text, whole: false }));
            }
            room = text.len() * 2;
            self.input.pending = text;
        }
    }
}

impl Rules {
    /// The rows of the piece and how many lines it has; rows, and lines of errors, are counted as
    /// if nothing stood before it.
    pub(crate) fn read(&self, piece: Piece, wanted: &[Wanted]) -> Result<(Batch, u64), DataError> {
        let views = wanted.iter().map(|_| Vec::new()).collect();
        let mut rows = Rows { wanted, views, unescaped: Vec::new(), count: 0 };
        let (read, result) = self.split(&piece, &mut rows);
        // The first fault of the text is told, wherever the piece ends.
        self.check_encoding(&piece.text[..read], 1)?;
        let lines = result?;
        Ok((batch(piece.text, rows), lines))
    }

    /// Splits all records: as far as there is no fault, and how many lines there are.
    fn split(&self, piece: &Piece, rows: &mut Rows<'_>) -> (usize, Result<u64, DataError>) {
        let (mut at, mut line, mut fields) = (0, 1, Vec::new());
        while at < piece.text.len() {
            match self.record(piece, at, line, &mut fields) {
                Ok(Some((next, lines))) => {
                    if !self.is_blank(&fields) {
                        rows.push(&piece.text, &fields);
                    }
                    (at, line) = (next, line + lines);
                }
                Ok(None) => break,
                Err(error) => return (at, Err(error)),
            }
        }
        (at, Ok(line - 1))
    }

    fn record(
        &self,
        piece: &Piece,
        at: usize,
        line: u64,
        fields: &mut Vec<Field>,
    ) -> Result<Option<(usize, u64)>, DataError> {
        let split = Split { delimiter: self.delimiter, last: piece.whole };
        let outcome = split.record(&piece.text, at, fields);
        let found = self.complete(outcome, piece.text.len() - at, line, piece.whole)?;
        if let Some((next, _)) = found {
            self.bounded(next - at, line)?;
            if !self.is_blank(fields) {
                self.check_width(fields.len(), line)?;
            }
        }
        Ok(found)
    }

    /// An empty line is no row, unless rows are so short that it can be one.
    fn is_blank(&self, fields: &[Field]) -> bool {
        self.width > 1 && matches!(fields, [only] if is_nothing(*only))
    }

    fn check_width(&self, found: usize, line: u64) -> Result<(), DataError> {
        let expected = self.width;
        if expected == found {
            return Ok(());
        }
        Err(self.malformed(
            line,
            format!(
                "expected {expected} fields as in the header, found {found}; look for a missing \
                 or an unquoted delimiter"
            ),
        ))
    }
}

fn batch(bytes: Vec<u8>, rows: Rows<'_>) -> Batch {
    let chunk = Arc::new(Chunk { bytes, unescaped: rows.unescaped });
    let columns = rows.wanted.iter().zip(rows.views).map(|(wanted, views)| {
        wanted.reading.read(1, rows.count, Text::Chunk(Arc::clone(&chunk), views))
    });
    Batch { rows: rows.count, columns: columns.collect() }
}

impl Rows<'_> {
    fn push(&mut self, text: &[u8], fields: &[Field]) {
        for (wanted, views) in self.wanted.iter().zip(&mut self.views) {
            let field = fields[wanted.index];
            views.push(if is_nothing(field) {
                View::NULL
            } else if field.doubled {
                unescape(text, field, &mut self.unescaped)
            } else {
                View::new(field.start, field.end - field.start)
            });
        }
        self.count += 1;
    }
}

impl Input {
    /// What was left over and more of the file, about `room` bytes in all.
    fn fill(&mut self, room: usize) -> Result<Vec<u8>, DataError> {
        let mut text = std::mem::take(&mut self.pending);
        let more = room.saturating_sub(text.len()).max(1);
        text.reserve(more);
        let read = self.file.by_ref().take(more as u64).read_to_end(&mut text);
        let read = read
            .map_err(|source| DataError::Unreadable { path: self.rules.shown.clone(), source })?;
        self.last = read < more;
        Ok(text)
    }

    /// Keeps what follows the used bytes for the next time, and returns the text as it was: views
    /// behind its end are found by its length.
    fn keep(&mut self, text: Vec<u8>, used: usize) -> Vec<u8> {
        self.pending = text[used..].to_vec();
        text
    }
}

impl Rules {
    /// The position behind the record and its lines; `None` if more of the file is needed.
    fn complete(
        &self,
        outcome: Outcome,
        len: usize,
        line: u64,
        last: bool,
    ) -> Result<Option<(usize, u64)>, DataError> {
        let unclosed = |lines: u64, bar: String| {
            self.malformed(
                line + lines,
                format!("expected a quote that closes the one on this line, found {bar}; close it"),
            )
        };
        match outcome {
            Outcome::Complete { next, lines } => Ok(Some((next, lines))),
            Outcome::AfterQuote { lines } => Err(self.malformed(
                line + lines,
                "expected a delimiter after the closing quote, found more text; double the quotes \
                 inside a quoted field"
                    .to_owned(),
            )),
            Outcome::Incomplete { quote: Some(lines) } if len > self.max_line => {
                Err(unclosed(lines, format!("none within {} bytes", self.max_line)))
            }
            Outcome::Incomplete { quote: Some(lines) } if last => {
                Err(unclosed(lines, "the end of the file".to_owned()))
            }
            Outcome::Incomplete { .. } => self.bounded(len, line).map(|()| None),
        }
    }

    fn bounded(&self, len: usize, line: u64) -> Result<(), DataError> {
        if len <= self.max_line {
            return Ok(());
        }
        Err(self.malformed(
            line,
            format!(
                "expected a record of at most {} bytes, found a longer one; raise the limit if \
                 that is right",
                self.max_line
            ),
        ))
    }

    fn check_encoding(&self, text: &[u8], line: u64) -> Result<(), DataError> {
        let Err(error) = std::str::from_utf8(text) else {
            return Ok(());
        };
        let at = error.valid_up_to();
        Err(DataError::NotUtf8 {
            path: self.shown.clone(),
            line: line + line_ends(&text[..at]),
            found: format!("the byte 0x{:02x}", text[at]),
        })
    }

    fn malformed(&self, line: u64, problem: String) -> DataError {
        DataError::Malformed { path: self.shown.clone(), line, problem }
    }
}

/// Reads the first line that is not empty.
fn header(input: &mut Input) -> Result<Vec<SourceColumn>, DataError> {
    let (mut fields, mut room) = (Vec::new(), HEAD);
    loop {
        let mut text = input.fill(room)?;
        check_byte_order(input, &text)?;
        if input.line == 1 && text.starts_with(b"\xef\xbb\xbf") {
            text.drain(..3);
        }
        if text.is_empty() {
            return Err(DataError::Empty { path: input.rules.shown.clone() });
        }
        let (rules, line, last) = (&input.rules, input.line, input.last);
        let outcome = Split { delimiter: rules.delimiter, last }.record(&text, 0, &mut fields);
        let used = match rules.complete(outcome, text.len(), line, last)? {
            Some((next, lines)) => {
                rules.bounded(next, line)?;
                rules.check_encoding(&text[..next], line)?;
                input.line += lines;
                next
            }
            None => 0,
        };
        room = text.len() * 2;
        let blank = used > 0 && matches!(fields[..], [only] if is_nothing(only));
        let text = input.keep(text, used);
        if used > 0 && !blank {
            return names(input, line, &text, &fields);
        }
    }
}

/// UTF-16 is common enough (spreadsheets write it) to be named.
fn check_byte_order(input: &Input, text: &[u8]) -> Result<(), DataError> {
    if input.line > 1 || !matches!(text, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        return Ok(());
    }
    let (path, found) = (input.rules.shown.clone(), "UTF-16".to_owned());
    Err(DataError::NotUtf8 { path, line: 1, found })
}

fn names(
    input: &Input,
    line: u64,
    text: &[u8],
    fields: &[Field],
) -> Result<Vec<SourceColumn>, DataError> {
    let mut seen = HashMap::new();
    let name = |(at, field): (usize, &Field)| {
        let mut name = String::from_utf8_lossy(&text[field.start..field.end]).into_owned();
        if field.doubled {
            name = name.replace("\"\"", "\"");
        }
        match seen.insert(name.clone(), at + 1) {
            None => Ok(SourceColumn { name, kind: Kind::Untyped }),
            Some(first) => Err(input.rules.malformed(
                line,
                format!(
                    "expected column names that differ, found `{name}` for columns {first} and {}; \
                     rename one",
                    at + 1
                ),
            )),
        }
    };
    fields.iter().enumerate().map(name).collect()
}

fn is_nothing(field: Field) -> bool {
    field.start == field.end && !field.quoted
}

/// Writes the field with each doubled quote as one, and returns where it is seen: behind the text.
fn unescape(text: &[u8], field: Field, unescaped: &mut Vec<u8>) -> View {
    let start = unescaped.len();
    let mut rest = &text[field.start..field.end];
    while let Some(at) = rest.iter().position(|byte| *byte == b'"') {
        unescaped.extend_from_slice(&rest[..=at]);
        rest = &rest[at + 2..];
    }
    unescaped.extend_from_slice(rest);
    View::new(text.len() + start, unescaped.len() - start)
}
