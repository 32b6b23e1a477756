//! JSON lines: one object on each line, its values where they stand in the text. Only keys that
//! are asked for are looked at; the rest is passed over without recursion, however deep it goes.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use memchr::{memchr, memchr_iter, memrchr};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::input::{Input, Piece};
use super::stream::Stream;
use super::{Kind, SourceColumn, Wanted, encoding, with_constants};
use crate::batch::{Batch, Chunk, Text, Token, View};
use crate::{DataError, Options};

/// `View` counts in 32 bits.
const MAX_LINE: usize = 1 << 30;
/// Keys of a row, and names in a piece, that are remembered.
const REMEMBERED: usize = 4 << 10;

/// A file of JSON lines. Its columns are those that are asked for: rows alone tell of others.
pub(crate) struct JsonReader {
    input: Input,
    rules: Rules,
    columns: Vec<SourceColumn>,
    piece: usize,
}

/// How the file is read; the same everywhere in it.
#[derive(Clone)]
pub(crate) struct Rules {
    shown: String,
    max_line: usize,
    names: Arc<[String]>,
    /// Values of the columns behind those, the same in each row.
    constants: Arc<[Option<String>]>,
}

impl JsonReader {
    pub(crate) fn open(
        stream: Stream,
        shown: &str,
        names: &[String],
        constants: Vec<(String, Option<String>)>,
        options: &Options,
    ) -> Self {
        // A folder's value is that of every row; no row need say it again.
        let of_rows = |name: &&String| constants.iter().all(|(constant, _)| constant != *name);
        let names: Arc<[String]> = names.iter().filter(of_rows).cloned().collect();
        let column = |name: &String| SourceColumn { name: name.clone(), kind: Kind::Json };
        let mut columns: Vec<_> = names.iter().map(column).collect();
        let constants = with_constants(&mut columns, constants).into();
        let max_line = options.max_line.min(MAX_LINE);
        let rules = Rules { shown: shown.to_owned(), max_line, names, constants };
        let piece = options.piece.clamp(1, MAX_LINE);
        Self { input: Input::new(stream), rules, columns, piece }
    }

    pub(crate) fn columns(&self) -> &[SourceColumn] {
        &self.columns
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The next lines; `None` at the end.
    pub(crate) fn piece(&mut self) -> Result<Option<Piece>, DataError> {
        let boundary = |text: &[u8]| memrchr(b'\n', text).map(|at| at + 1);
        self.input.piece(self.piece, self.rules.max_line, boundary)
    }
}

impl Rules {
    /// The rows of the piece and how many lines it has; both are counted as if nothing stood
    /// before it.
    pub(crate) fn read(&self, piece: Piece, wanted: &[Wanted]) -> Result<(Batch, u64), DataError> {
        let (text, fault) = self.utf8(&piece.text);
        let mut rows = Rows::new(text, wanted, &self.names);
        let mut line = 0;
        for record in text.split_inclusive('\n') {
            line += 1;
            if record.len() > self.max_line {
                return Err(self.too_long(line));
            }
            if !record.trim_ascii().is_empty() {
                rows.read(record).map_err(|error| self.malformed(line, &error))?;
            }
        }
        fault.map_or(Ok(()), Err)?;
        let cells = (rows.count, rows.cells, rows.unescaped, rows.found);
        Ok((self.batch(piece.text, cells, wanted), line))
    }

    /// The text as far as its lines are UTF-8, and what is wrong with the first that is not. What is
    /// wrong further up is told before, wherever pieces end.
    fn utf8<'a>(&self, bytes: &'a [u8]) -> (&'a str, Option<DataError>) {
        let valid = match std::str::from_utf8(bytes) {
            Ok(text) => return (text, None),
            Err(error) => error.valid_up_to(),
        };
        let start = memrchr(b'\n', &bytes[..valid]).map_or(0, |at| at + 1);
        let len = memchr(b'\n', &bytes[start..]).map_or(bytes.len() - start, |at| at + 1);
        let fault = match len > self.max_line {
            true => Some(self.too_long(1 + memchr_iter(b'\n', &bytes[..start]).count() as u64)),
            false => encoding::check(bytes, &self.shown, 1).err(),
        };
        (std::str::from_utf8(&bytes[..start]).unwrap_or_default(), fault)
    }

    fn batch(
        &self,
        bytes: Vec<u8>,
        (rows, cells, unescaped, found): (usize, Vec<Cells>, Vec<u8>, HashSet<String>),
        wanted: &[Wanted],
    ) -> Batch {
        let chunk = Arc::new(Chunk { bytes, unescaped });
        let columns = wanted.iter().zip(cells).map(|(wanted, cells)| {
            match wanted.index.checked_sub(self.names.len()) {
                None => {
                    let text = Text::Tokens(Arc::clone(&chunk), cells.views, cells.tokens);
                    wanted.reading.read_tokens(1, rows, text)
                }
                Some(constant) => {
                    let text = Text::same(self.constants[constant].as_deref(), rows);
                    wanted.reading.read(1, rows, text)
                }
            }
        });
        Batch { rows, columns: columns.collect(), names: found.into_iter().collect() }
    }

    fn too_long(&self, line: u64) -> DataError {
        let problem = format!(
            "expected a line of at most {} bytes, found a longer one; write one JSON object on \
             each line, or raise the limit if that is right",
            self.max_line
        );
        DataError::Malformed { path: self.shown.clone(), line, problem }
    }

    fn malformed(&self, line: u64, error: &serde_json::Error) -> DataError {
        let text = error.to_string();
        let what = text.rsplit_once(" at line ").map_or(&*text, |(what, _)| what);
        let problem = format!(
            "expected one JSON object on each line, found this at byte {}: {what}; write it so",
            error.column().max(1)
        );
        DataError::Malformed { path: self.shown.clone(), line, problem }
    }
}

/// Cells of one column.
#[derive(Default)]
struct Cells {
    views: Vec<View>,
    tokens: Vec<Token>,
}

/// The rows of one piece, before they are given their types.
struct Rows<'a> {
    text: &'a str,
    cells: Vec<Cells>,
    unescaped: Vec<u8>,
    count: usize,
    slots: HashMap<&'a str, usize>,
    /// Keys of the last row and where their values go: the next row's are most often the same.
    last: Vec<(String, Option<usize>)>,
    /// Names that there are.
    found: HashSet<String>,
}

impl<'a> Rows<'a> {
    fn new(text: &'a str, wanted: &[Wanted], names: &'a [String]) -> Self {
        let name = |(slot, wanted): (usize, &Wanted)| Some((&**names.get(wanted.index)?, slot));
        Self {
            text,
            cells: wanted.iter().map(|_| Cells::default()).collect(),
            unescaped: Vec::new(),
            count: 0,
            slots: wanted.iter().enumerate().filter_map(name).collect(),
            last: Vec::new(),
            found: HashSet::new(),
        }
    }

    fn read(&mut self, record: &'a str) -> serde_json::Result<()> {
        let mut parser = serde_json::Deserializer::from_str(record);
        parser.deserialize_map(Row(self))?;
        parser.end()?;
        self.count += 1;
        for cells in &mut self.cells {
            // A key that is not there is a null.
            cells.views.resize(self.count, View::NULL);
            cells.tokens.resize(self.count, Token::Null);
        }
        Ok(())
    }

    /// Where the value of this key goes, the row's so-manieth.
    fn slot(&mut self, at: usize, key: &str) -> Option<usize> {
        if let Some((last, slot)) = self.last.get(at)
            && last == key
        {
            return *slot;
        }
        let slot = self.slots.get(key).copied();
        if self.found.len() < REMEMBERED && !self.found.contains(key) {
            self.found.insert(key.to_owned());
        }
        if at < REMEMBERED {
            self.last.truncate(at);
            if self.last.len() == at {
                self.last.push((key.to_owned(), slot));
            }
        }
        slot
    }

    /// Notes a value of the row; false where it has one already.
    fn put(&mut self, slot: usize, raw: &str) -> serde_json::Result<bool> {
        let start = raw.as_ptr() as usize - self.text.as_ptr() as usize;
        let (token, view) = match raw.as_bytes() {
            [b'n', ..] => (Token::Null, View::NULL),
            [b'"', inner @ .., _] if !inner.contains(&b'\\') => {
                (Token::String, View::new(start + 1, inner.len()))
            }
            [b'"', ..] => (Token::String, self.unescape(raw)?),
            [b't' | b'f', ..] => (Token::Bool, View::new(start, raw.len())),
            [b'{' | b'[', ..] => (Token::Nested, View::new(start, raw.len())),
            _ => (Token::Number, View::new(start, raw.len())),
        };
        let cells = &mut self.cells[slot];
        cells.views.push(view);
        cells.tokens.push(token);
        Ok(cells.views.len() == self.count + 1)
    }

    fn unescape(&mut self, raw: &str) -> serde_json::Result<View> {
        let (start, text) = (self.unescaped.len(), serde_json::from_str::<String>(raw)?);
        self.unescaped.extend_from_slice(text.as_bytes());
        Ok(View::new(self.text.len() + start, text.len()))
    }
}

/// Reads one object.
struct Row<'r, 'a>(&'r mut Rows<'a>);

impl<'a> Visitor<'a> for Row<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        let mut at = 0;
        while let Some(slot) = map.next_key_seed(Key { rows: &mut *self.0, at })? {
            at += 1;
            let Some(slot) = slot else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let raw: &RawValue = map.next_value()?;
            if !self.0.put(slot, raw.get()).map_err(A::Error::custom)? {
                return Err(A::Error::custom("a key that occurs twice"));
            }
        }
        Ok(())
    }
}

/// Finds where the value of a key goes.
struct Key<'r, 'a> {
    rows: &'r mut Rows<'a>,
    at: usize,
}

impl<'a> DeserializeSeed<'a> for Key<'_, 'a> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'a>>(self, key: D) -> Result<Self::Value, D::Error> {
        key.deserialize_str(self)
    }
}

impl<'a> Visitor<'a> for Key<'_, 'a> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.rows.slot(self.at, key))
    }
}
