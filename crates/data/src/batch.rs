//! The unit that checks look at: some thousand rows of one column, decoded into its own type.

use std::sync::Arc;

use parquet::data_type::ByteArray;

use crate::domain::Domain;
use crate::value::{Num, Value, short_key, text_key, token_key};

/// What is known of one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It has a value of the column's type.
    Valid,
    /// It has no value.
    Null,
    /// It has a text that is no value of the column's type.
    Bad,
}

/// Rows that stand next to each other, column by column.
pub(crate) struct Batch {
    /// Number of rows; every column has as many cells.
    pub(crate) rows: usize,
    /// The columns that were asked for, in that order.
    pub(crate) columns: Vec<ColumnBatch>,
    /// Names of columns that only the rows tell of, as far as they are remembered.
    pub(crate) names: Vec<String>,
}

/// The cells of one column in a batch.
pub(crate) struct ColumnBatch {
    /// Number of the first row, counted from 1 without the header.
    pub(crate) first_row: u64,
    /// What the values mean.
    pub(crate) domain: Domain,
    /// One for each row.
    pub(crate) states: Vec<State>,
    /// One for each row; what stands at rows that are not valid means nothing.
    pub(crate) values: Values,
    /// The cells as text: all of CSV, and the texts of Parquet and Arrow.
    pub(crate) text: Text,
}

/// Values in their own type, one for each row.
pub(crate) enum Values {
    /// The text itself.
    Text,
    /// Whole numbers, days since 1970, nanoseconds of a day.
    Int(Vec<i64>),
    /// The same and decimals where 64 bits don't do; nanoseconds since 1970.
    Wide(Vec<i128>),
    /// Numbers with decimals.
    Num(Vec<Num>),
    /// The same where each of them is a [`Num::Float`], or a whole number that may as well be one.
    Float(Vec<f64>),
    /// True or false.
    Bool(Vec<bool>),
}

impl Batch {
    /// No rows.
    pub(crate) fn nothing() -> Self {
        Self { rows: 0, columns: Vec::new(), names: Vec::new() }
    }

    /// The same with another number for the first row.
    pub(crate) fn numbered_from(mut self, first_row: u64) -> Self {
        self.columns.iter_mut().for_each(|column| column.first_row = first_row);
        self
    }
}

/// Texts of the cells, without a copy of each.
pub(crate) enum Text {
    /// The source has no texts.
    None,
    /// Places in a piece of a CSV file, or in texts that lie one behind the other.
    Chunk(Arc<Chunk>, Vec<View>),
    /// Places in a piece of JSON lines, and what stands there.
    Tokens(Arc<Chunk>, Vec<View>, Vec<Token>),
    /// Slices of Parquet pages, or of Arrow's buffers.
    Pages(Vec<ByteArray>),
}

/// What stands at a place in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Null,
    /// Its place is that of the text, without the quotes.
    String,
    Number,
    Bool,
    /// An object or a list, which is not looked into.
    Nested,
}

/// A piece of a CSV file, or of JSON lines.
#[derive(Default)]
pub(crate) struct Chunk {
    /// The bytes as in the file; valid UTF-8 as far as views reach.
    pub(crate) bytes: Vec<u8>,
    /// Fields whose doubled quotes had to be undone; views see them behind `bytes`.
    pub(crate) unescaped: Vec<u8>,
}

/// A field's place in a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct View {
    start: u32,
    len: u32,
}

impl View {
    /// No value at all: an empty field without quotes.
    pub(crate) const NULL: Self = Self { start: u32::MAX, len: 0 };

    /// Both fit: a chunk is bounded by `Options::max_line`, which is capped at 1 GiB.
    #[expect(clippy::cast_possible_truncation, reason = "chunks are bounded far below 4 GiB")]
    pub(crate) fn new(start: usize, len: usize) -> Self {
        Self { start: start as u32, len: len as u32 }
    }
}

impl View {
    /// The same place where so many bytes were put before.
    pub(crate) fn behind(self, bytes: usize) -> Self {
        Self::new(self.start as usize + bytes, self.len as usize)
    }

    /// Whether its bytes are whole letters of the text.
    pub(crate) fn is_text_of(self, text: &str) -> bool {
        let start = self.start as usize;
        text.is_char_boundary(start) && text.is_char_boundary(start + self.len as usize)
    }
}

impl Chunk {
    pub(crate) fn get(&self, view: View) -> &[u8] {
        let (start, len) = (view.start as usize, view.len as usize);
        match start.checked_sub(self.bytes.len()) {
            _ if len == 0 => &[],
            None => &self.bytes[start..start + len],
            Some(start) => &self.unescaped[start..start + len],
        }
    }
}

impl Text {
    /// The cell's bytes; empty where there are none.
    pub(crate) fn get(&self, at: usize) -> &[u8] {
        match self {
            Self::None => &[],
            Self::Chunk(chunk, views) | Self::Tokens(chunk, views, _) => chunk.get(views[at]),
            Self::Pages(texts) => texts[at].data(),
        }
    }

    /// Whether the source says by itself that there is nothing in the cell.
    pub(crate) fn is_null(&self, at: usize) -> bool {
        match self {
            Self::Chunk(_, views) | Self::Tokens(_, views, _) => views[at] == View::NULL,
            Self::None | Self::Pages(_) => false,
        }
    }

    /// What stands there, where that is told.
    pub(crate) fn token(&self, at: usize) -> Option<Token> {
        if let Self::Tokens(_, _, tokens) = self { Some(tokens[at]) } else { None }
    }

    /// Whether there are texts to look at.
    pub(crate) fn is_some(&self) -> bool {
        !matches!(self, Self::None)
    }
}

impl Text {
    /// The same text in each of so many rows, or nothing in each.
    pub(crate) fn same(value: Option<&str>, rows: usize) -> Self {
        let bytes = value.unwrap_or_default().as_bytes().to_vec();
        let view = value.map_or(View::NULL, |value| View::new(0, value.len()));
        Self::Chunk(Arc::new(Chunk { bytes, unescaped: Vec::new() }), vec![view; rows])
    }
}

impl ColumnBatch {
    /// What stands for a column that is not decoded here.
    pub(crate) fn empty() -> Self {
        let (states, values) = (Vec::new(), Values::Text);
        Self { first_row: 1, domain: Domain::Text, states, values, text: Text::None }
    }

    /// The rows (as positions in the batch) that are in `state`. Most often there are none, which
    /// a count tells faster than a search.
    pub(crate) fn rows_in(&self, state: State) -> impl Iterator<Item = usize> + '_ {
        let end = if self.count(state) == 0 { 0 } else { self.states.len() };
        let all = self.states[..end].iter().enumerate();
        all.filter(move |(_, found)| **found == state).map(|(at, _)| at)
    }

    /// Those of the values, one for each row, that stand at valid cells.
    pub(crate) fn valid<'a, T>(&'a self, values: &'a [T]) -> impl Iterator<Item = &'a T> {
        let pairs = values.iter().zip(&self.states);
        pairs.filter(|(_, state)| **state == State::Valid).map(|(value, _)| value)
    }

    /// How many cells have no value.
    pub(crate) fn nulls(&self) -> u64 {
        self.count(State::Null)
    }

    /// In steps that fit into a byte, so that many cells are counted with one instruction.
    pub(crate) fn count(&self, state: State) -> u64 {
        let is = |found: &State| u8::from(*found == state);
        let steps = self.states.chunks(128).map(|step| step.iter().map(is).sum::<u8>());
        steps.map(u64::from).sum()
    }

    /// The row's number in the whole, counted from 1.
    pub(crate) fn row(&self, at: usize) -> u64 {
        self.first_row + at as u64
    }

    /// The value of a valid cell, unless it is a text.
    pub(crate) fn value(&self, at: usize) -> Option<Value> {
        match &self.values {
            Values::Text => None,
            Values::Int(values) => Some(Value::Fixed(i128::from(values[at]))),
            Values::Wide(values) => Some(Value::Fixed(values[at])),
            Values::Num(values) => Some(Value::Num(values[at])),
            Values::Float(values) => Some(Value::Num(Num::Float(values[at]))),
            Values::Bool(values) => Some(Value::Fixed(i128::from(values[at]))),
        }
    }

    /// 128 bits that are the same exactly for the same values (of long texts: a hash of them).
    pub(crate) fn key(&self, at: usize) -> u128 {
        match (self.states[at], self.value(at)) {
            (State::Valid, Some(value)) => value.key(),
            // Nor may a JSON number be taken for the text that looks like it.
            _ if self.text.token(at).is_some_and(|token| token != Token::String) => {
                token_key(self.text.get(at))
            }
            _ if matches!(self.values, Values::Text) => short_key(self.text.get(at)),
            // A text between values of another type must not be taken for one of them.
            _ => text_key(self.text.get(at)),
        }
    }

    /// The cell for a person's eyes, whole; `None` where it is null.
    pub(crate) fn show(&self, at: usize) -> Option<String> {
        match (self.states[at], self.value(at)) {
            (State::Null, _) if self.text.get(at).is_empty() => None,
            (State::Valid, Some(value)) if !self.text.is_some() => Some(self.domain.show(value)),
            (state, _) => {
                let text = String::from_utf8_lossy(self.text.get(at)).into_owned();
                let is_text = state == State::Bad && self.text.token(at) == Some(Token::String);
                Some(if is_text { format!("\"{text}\"") } else { text })
            }
        }
    }
}
