//! A column of texts as a column of its own type.

use super::pattern::Pattern;
use super::{number, temporal};
use crate::batch::{ColumnBatch, State, Text, Token, Values};
use crate::domain::Domain;
use crate::value::Num;

/// How the texts of one column are read.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// As what.
    pub(crate) domain: Domain,
    /// In which form, where the contract has one for dates and times.
    pub(crate) pattern: Option<Pattern>,
    /// Whether any JSON value will do, as the contract has no type for it, or none that is read.
    pub(crate) any: bool,
}

impl Reading {
    /// The texts in their own type. Outside of text columns, blanks around a value don't count,
    /// and blanks alone are null.
    pub(crate) fn read(&self, first_row: u64, rows: usize, text: Text) -> ColumnBatch {
        let mut cells = Cells { text: &text, states: Vec::with_capacity(rows), rows };
        let values = self.values(&mut cells);
        let states = cells.states;
        ColumnBatch { first_row, domain: self.domain, states, values, text }
    }

    /// The same of JSON, whose values have a type: a text is no number, though it may look like
    /// one.
    pub(crate) fn read_tokens(&self, first_row: u64, rows: usize, text: Text) -> ColumnBatch {
        let mut column = self.read(first_row, rows, text);
        for at in 0..rows {
            let token = column.text.token(at).unwrap_or(Token::Null);
            if token != Token::Null && !self.any && !self.takes(token, column.states[at]) {
                column.states[at] = State::Bad;
            }
        }
        column
    }

    /// Whether a JSON value of this kind, read in this state, is what the column is about.
    fn takes(&self, token: Token, state: State) -> bool {
        match self.domain {
            Domain::Text => token == Token::String,
            // A text of nothing but blanks is no date.
            Domain::Date | Domain::Timestamp | Domain::Time => {
                token == Token::String && state != State::Null
            }
            Domain::Boolean => token == Token::Bool,
            Domain::Integer | Domain::Decimal { .. } | Domain::Number { .. } => {
                token == Token::Number
            }
        }
    }

    fn values(&self, cells: &mut Cells<'_>) -> Values {
        match (self.domain, &self.pattern) {
            (Domain::Text, _) => cells.texts(),
            (Domain::Date | Domain::Timestamp | Domain::Time, Some(pattern)) => {
                Values::Wide(cells.each(0, |text| pattern.parse(text, self.domain)))
            }
            (Domain::Date, None) => Values::Int(cells.each(0, temporal::date)),
            (Domain::Timestamp, None) => Values::Wide(cells.each(0, temporal::timestamp)),
            (Domain::Time, None) => Values::Int(cells.each(0, temporal::time)),
            (Domain::Boolean, _) => Values::Bool(cells.each(false, number::boolean)),
            (Domain::Number { .. }, _) => Values::Num(cells.each(Num::Int(0), number::number)),
            (Domain::Integer | Domain::Decimal { .. }, _) => cells.integers(),
        }
    }
}

struct Cells<'a> {
    text: &'a Text,
    states: Vec<State>,
    rows: usize,
}

impl Cells<'_> {
    fn texts(&mut self) -> Values {
        let null = |at| if self.text.is_null(at) { State::Null } else { State::Valid };
        self.states.extend((0..self.rows).map(null));
        Values::Text
    }

    fn each<T: Copy>(&mut self, nothing: T, parse: impl Fn(&[u8]) -> Option<T>) -> Vec<T> {
        let mut values = Vec::with_capacity(self.rows);
        for at in 0..self.rows {
            let text = self.text.get(at).trim_ascii();
            let (state, value) = match parse(text) {
                Some(value) => (State::Valid, value),
                None if text.is_empty() => (State::Null, nothing),
                None => (State::Bad, nothing),
            };
            self.states.push(state);
            values.push(value);
        }
        values
    }

    /// 64 bits do nearly always; where they don't, the batch is read again with 128.
    fn integers(&mut self) -> Values {
        let narrow = self.each(0, number::int);
        if !self.states.contains(&State::Bad) {
            return Values::Int(narrow);
        }
        self.states.clear();
        Values::Wide(self.each(0, number::wide))
    }
}
