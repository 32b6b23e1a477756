//! What the cells of a column add to its profile.

use super::ColumnProfile;
use super::moments::{self, Moments};
use super::{repeats, unit};
use crate::batch::{ColumnBatch, State, Values};
use crate::value::{Num, Value};

impl ColumnProfile {
    /// Adds the rows of a batch.
    pub(crate) fn observe(&mut self, column: &ColumnBatch) {
        self.rows += column.states.len() as u64;
        self.nulls += column.nulls();
        self.invalid += column.count(State::Bad);
        match &column.values {
            Values::Text => repeats::each(column, |at, times| self.text(column, at, times)),
            Values::Bool(values) => self.truths(column.valid(values)),
            _ => {
                self.keys(column);
                self.add_numbers(unit::numbers(column));
            }
        }
    }

    fn text(&mut self, column: &ColumnBatch, at: usize, times: u64) {
        self.distinct.iter_mut().for_each(|distinct| distinct.add(column.key(at)));
        let text = column.text.get(at);
        moments::join(&mut self.lengths, Some(&Moments::of_times(length(text), times)));
        self.categories.iter_mut().for_each(|all| all.add_times(text, times));
    }

    fn truths<'a>(&mut self, values: impl Iterator<Item = &'a bool>) {
        let mut counts = [0; 2];
        values.for_each(|value| counts[usize::from(*value)] += 1);
        self.truth(false, counts[0]);
        self.truth(true, counts[1]);
    }

    fn truth(&mut self, value: bool, times: u64) {
        if times == 0 {
            return;
        }
        let key = Value::Fixed(i128::from(value)).key();
        self.distinct.iter_mut().for_each(|distinct| distinct.add(key));
        let word: &[u8] = if value { b"true" } else { b"false" };
        self.categories.iter_mut().for_each(|all| all.add_times(word, times));
    }

    /// In a loop for each type, which is much faster than to ask for each value of which it is.
    fn keys(&mut self, column: &ColumnBatch) {
        let Some(distinct) = &mut self.distinct else { return };
        let fixed = |value: i128| Value::Fixed(value).key();
        let number = |value: Num| Value::Num(value).key();
        match &column.values {
            Values::Int(all) => distinct.extend(column.valid(all).map(|it| fixed((*it).into()))),
            Values::Wide(all) => distinct.extend(column.valid(all).map(|it| fixed(*it))),
            Values::Num(all) => distinct.extend(column.valid(all).map(|it| number(*it))),
            Values::Float(all) => {
                distinct.extend(column.valid(all).map(|it| number(Num::Float(*it))));
            }
            Values::Text | Values::Bool(_) => {}
        }
    }

    fn add_numbers(&mut self, mut numbers: Vec<f64>) {
        let all = numbers.len();
        numbers.retain(|number| number.is_finite());
        self.not_finite += (all - numbers.len()) as u64;
        if let Some(quantiles) = &mut self.quantiles {
            moments::join(&mut self.numbers, Moments::of_all(&numbers).as_ref());
            quantiles.extend(numbers);
        }
    }
}

/// In Unicode scalar values: each begins with a byte that continues none.
#[expect(clippy::cast_precision_loss, reason = "lengths are far below 2⁵³")]
fn length(text: &[u8]) -> f64 {
    text.iter().filter(|byte| (**byte as i8) >= -0x40).count() as f64
}
