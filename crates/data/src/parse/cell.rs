//! A column of texts as a column of its own type.

use super::pattern::Pattern;
use super::{number, quick, temporal};
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
            (Domain::Timestamp, None) => cells.timestamps(),
            (Domain::Time, None) => Values::Int(cells.each(0, temporal::time)),
            (Domain::Boolean, _) => Values::Bool(cells.each(false, number::boolean)),
            (Domain::Number { .. }, _) => cells.numbers(),
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
        self.quickly(nothing, |_| None, parse)
    }

    /// What `quick` finds is what `parse` would; it finds nothing where there are blanks.
    fn quickly<T: Copy>(
        &mut self,
        nothing: T,
        quick: impl Fn(&[u8]) -> Option<T>,
        parse: impl Fn(&[u8]) -> Option<T>,
    ) -> Vec<T> {
        let carefully = |text: &[u8]| {
            let text = text.trim_ascii();
            match quick(text).or_else(|| parse(text)) {
                Some(value) => (State::Valid, value),
                None if text.is_empty() => (State::Null, nothing),
                None => (State::Bad, nothing),
            }
        };
        let read = |text: &[u8]| match quick(text) {
            Some(value) => (State::Valid, value),
            None => carefully(text),
        };
        let (states, values) = match self.text {
            Text::Chunk(chunk, views) | Text::Tokens(chunk, views, _) => {
                views[..self.rows].iter().map(|view| read(chunk.get(*view))).unzip()
            }
            text => (0..self.rows).map(|at| read(text.get(at))).unzip(),
        };
        self.states = states;
        values
    }

    /// 64 bits do nearly always; where they don't, the batch is read again with 128.
    fn integers(&mut self) -> Values {
        let narrow = self.quickly(0, quick::int, number::int);
        if !self.has_bad() {
            return Values::Int(narrow);
        }
        Values::Wide(self.each(0, number::wide))
    }

    /// The same of nanoseconds, which 64 bits count to the year 2262.
    fn timestamps(&mut self) -> Values {
        let careful = |text: &[u8]| temporal::timestamp(text)?.try_into().ok();
        let narrow = self.quickly(0, quick::timestamp, careful);
        if !self.has_bad() {
            return Values::Int(narrow);
        }
        Values::Wide(self.each(0, temporal::timestamp))
    }

    /// As floating-point numbers, unless there is a whole number that is not surely the same as
    /// one; see [`EXACT`].
    fn numbers(&mut self) -> Values {
        let careful = |text: &[u8]| match number::number(text)? {
            Num::Int(whole) => exact(whole),
            Num::Float(number) => Some(number),
        };
        let floats = self.quickly(0.0, quick::decimal, careful);
        if !self.has_bad() {
            return Values::Float(floats);
        }
        Values::Num(self.each(Num::Int(0), number::number))
    }

    fn has_bad(&self) -> bool {
        self.states.contains(&State::Bad)
    }
}

/// Whole numbers below it are the same as floating-point numbers, in comparisons (up to 2⁵³) and
/// as multiples: what `multipleOf` lets pass in floating-point numbers is less than one half there.
const EXACT: u64 = 1 << 49;

#[expect(clippy::cast_precision_loss, reason = "there is none below 2⁵³")]
fn exact(whole: i64) -> Option<f64> {
    (whole.unsigned_abs() < EXACT).then_some(whole as f64)
}

#[cfg(test)]
mod tests {
    use parquet::data_type::ByteArray;

    use super::*;
    use crate::value::Value;

    /// The cells one by one, as the careful way reads them.
    fn careful(domain: Domain, text: &str) -> (State, Option<Value>) {
        let text = text.trim_ascii().as_bytes();
        let value = match domain {
            Domain::Timestamp => temporal::timestamp(text).map(Value::Fixed),
            Domain::Integer => number::wide(text).map(Value::Fixed),
            _ => number::number(text).map(Value::Num),
        };
        match (value, text) {
            (Some(value), _) => (State::Valid, Some(value)),
            (None, []) => (State::Null, None),
            (None, _) => (State::Bad, None),
        }
    }

    fn read(domain: Domain, texts: &[String]) -> ColumnBatch {
        let texts: Vec<_> = texts.iter().map(|text| ByteArray::from(text.as_str())).collect();
        let reading = Reading { domain, pattern: None, any: false };
        reading.read(1, texts.len(), Text::Pages(texts))
    }

    proptest::proptest! {
        #[test]
        fn columns_are_read_as_their_cells_are(
            numbers in proptest::collection::vec(
                "-?[0-9]{1,4}\\.[0-9]{0,9}| ?[0-9]{0,4}|[0-9]{15,20}|[+-]?[0-9]{1,9}e?[0-9]{0,2}|-0|NaN|x", 1..9),
            times in proptest::collection::vec(
                "(20|99)24-0[1-9]-1[0-9][T ]1[0-9]:00:00(\\.[0-9]{1,10})?(Z|\\+01)?||2024-02-30", 1..9),
        ) {
            let number = Domain::Number { single: false };
            for (domain, texts) in
                [(Domain::Integer, &numbers), (number, &numbers), (Domain::Timestamp, &times)]
            {
                let column = read(domain, texts);
                for (at, text) in texts.iter().enumerate() {
                    let (state, value) = careful(domain, text);
                    proptest::prop_assert_eq!(column.states[at], state);
                    let Some(value) = value else { continue };
                    let found = column.value(at).unwrap();
                    proptest::prop_assert_eq!(found.key(), value.key());
                    let order = value.compare(value);
                    proptest::prop_assert_eq!(found.compare(value), order);
                    proptest::prop_assert_eq!(domain.show(found), domain.show(value));
                }
            }
        }
    }
}
