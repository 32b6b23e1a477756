//! CSV in pieces of some hundred kilobytes; fields stay where they are in the piece.

use std::sync::Arc;

use memchr::memchr_iter;

use super::input::{Input, Piece};
use super::scan::Scan;
use super::split::{Field, Outcome, Split};
use super::stream::Stream;
use super::{SourceColumn, Wanted, encoding, header, with_constants};
use crate::batch::{Batch, Chunk, Text, View};
use crate::{DataError, Options};

/// The place of a field that nobody wants.
const NOWHERE: usize = usize::MAX;
/// Bytes at the begin of a piece that tell how long its lines are.
const FIRST: usize = 4096;
/// `View` counts in 32 bits.
const MAX_LINE: usize = 1 << 30;

/// A CSV file behind its header.
pub(crate) struct CsvReader {
    input: Input,
    rules: Rules,
    columns: Vec<SourceColumn>,
    /// Lines of the header, and of what stands before it.
    lines: u64,
    /// Bytes of a piece.
    piece: usize,
}

/// How the file is read; the same everywhere in it.
#[derive(Clone)]
pub(crate) struct Rules {
    pub(super) shown: String,
    delimiter: u8,
    max_line: usize,
    /// Fields of a record.
    width: usize,
    /// Values of the columns behind those, the same in each row.
    constants: Arc<[Option<String>]>,
}

/// The rows of one piece, before they are given their types.
struct Rows<'a> {
    wanted: &'a [Wanted],
    /// The wanted column that each field is of, or [`NOWHERE`].
    slots: Vec<usize>,
    views: Vec<Vec<View>>,
    unescaped: Vec<u8>,
    count: usize,
}

impl CsvReader {
    /// Reads as far as the header; there the delimiter is found if it is not given.
    pub(crate) fn open(
        stream: Stream,
        shown: &str,
        delimiter: Option<u8>,
        constants: Vec<(String, Option<String>)>,
        options: &Options,
    ) -> Result<Self, DataError> {
        let max_line = options.max_line.min(MAX_LINE);
        let (shown, constants_of) = (shown.to_owned(), Arc::default());
        let mut rules =
            Rules { shown, delimiter: b',', max_line, width: 0, constants: constants_of };
        let mut input = Input::new(stream);
        let mut header = header::read(&mut input, &rules, delimiter)?;
        (rules.width, rules.delimiter) = (header.columns.len(), header.delimiter);
        rules.constants = with_constants(&mut header.columns, constants).into();
        let piece = options.piece.clamp(1, MAX_LINE);
        Ok(Self { input, rules, columns: header.columns, lines: header.lines, piece })
    }

    pub(crate) fn columns(&self) -> &[SourceColumn] {
        &self.columns
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Lines of the header, and of what stands before it.
    pub(crate) fn lines_before(&self) -> u64 {
        self.lines
    }

    /// The next records; `None` at the end. Where they end is found without reading them.
    pub(crate) fn piece(&mut self) -> Result<Option<Piece>, DataError> {
        let split = Split { delimiter: self.rules.delimiter, last: false };
        self.input.piece(self.piece, self.rules.max_line, |text| split.boundary(text))
    }
}

impl Rules {
    /// The rows of the piece and how many lines it has; rows, and lines of errors, are counted as
    /// if nothing stood before it.
    pub(crate) fn read(&self, piece: Piece, wanted: &[Wanted]) -> Result<(Batch, u64), DataError> {
        let mut rows = Rows::new(wanted, self.width);
        let (read, result) = self.split(&piece, &mut rows);
        // The first fault of the text is told, wherever the piece ends.
        encoding::check(&piece.text[..read], &self.shown, 1)?;
        let lines = result?;
        Ok((self.batch(piece.text, rows), lines))
    }

    /// Splits all records: as far as there is no fault, and how many lines there are.
    fn split(&self, piece: &Piece, rows: &mut Rows<'_>) -> (usize, Result<u64, DataError>) {
        let (mut at, mut line, mut fields) = (0, 1, Vec::new());
        let mut scan = Scan::new(&piece.text, self.delimiter);
        rows.reserve(&piece.text);
        while at < piece.text.len() {
            let plain = rows.take(&mut scan, at, self.width);
            if let Some(next) = plain.filter(|next| next - at <= self.max_line) {
                rows.count += 1;
                (at, line) = (next, line + 1);
                continue;
            }
            rows.undo();
            match self.record(piece, at, line, &mut fields) {
                Ok(Some((next, lines))) => {
                    if !self.is_blank(&fields) {
                        rows.push(&piece.text, &fields);
                    }
                    (at, line) = (next, line + lines);
                    scan.skip_to(at);
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

impl Rules {
    fn batch(&self, bytes: Vec<u8>, rows: Rows<'_>) -> Batch {
        let (count, chunk) = (rows.count, Arc::new(Chunk { bytes, unescaped: rows.unescaped }));
        let columns = rows.wanted.iter().zip(rows.views).map(|(wanted, views)| {
            let text = match wanted.index.checked_sub(self.width) {
                None => Text::Chunk(Arc::clone(&chunk), views),
                Some(constant) => Text::same(self.constants[constant].as_deref(), count),
            };
            wanted.reading.read(1, count, text)
        });
        Batch { rows: count, columns: columns.collect(), names: Vec::new() }
    }
}

impl<'a> Rows<'a> {
    fn new(wanted: &'a [Wanted], width: usize) -> Self {
        let mut slots = vec![NOWHERE; width];
        for (slot, wanted) in wanted.iter().enumerate() {
            // Columns without a field are the same in each row.
            if let Some(of_field) = slots.get_mut(wanted.index) {
                *of_field = slot;
            }
        }
        let views = wanted.iter().map(|_| Vec::new()).collect();
        Self { wanted, slots, views, unescaped: Vec::new(), count: 0 }
    }

    /// Makes room for as many rows as there are if all lines are as long as the first few.
    fn reserve(&mut self, text: &[u8]) {
        let first = &text[..text.len().min(FIRST)];
        let rows = text.len() / first.len().max(1) * memchr_iter(b'\n', first).count();
        // A line that is a little longer than others must not double the room.
        let rows = rows + rows / 8 + 1;
        for wanted in self.slots.iter().filter(|slot| **slot != NOWHERE) {
            self.views[*wanted].reserve(rows);
        }
    }

    /// Adds the record at `at` if it is of the plain kind, all but its number; where the next is.
    fn take(&mut self, scan: &mut Scan<'_>, at: usize, width: usize) -> Option<usize> {
        let (slots, views) = (&self.slots, &mut self.views);
        scan.record(at, width, |column, view| {
            if let Some(views) = views.get_mut(slots[column]) {
                views.push(view);
            }
        })
    }

    /// Forgets what was taken of a record that is not of that kind.
    fn undo(&mut self) {
        self.views.iter_mut().for_each(|views| views.truncate(self.count));
    }

    fn push(&mut self, text: &[u8], fields: &[Field]) {
        for (wanted, views) in self.wanted.iter().zip(&mut self.views) {
            // Columns without a field are the same in each row.
            let Some(field) = fields.get(wanted.index).copied() else {
                continue;
            };
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

impl Rules {
    /// The position behind the record and its lines; `None` if more of the file is needed.
    pub(super) fn complete(
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

    pub(super) fn bounded(&self, len: usize, line: u64) -> Result<(), DataError> {
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

    pub(super) fn malformed(&self, line: u64, problem: String) -> DataError {
        DataError::Malformed { path: self.shown.clone(), line, problem }
    }
}

pub(super) fn is_nothing(field: Field) -> bool {
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
