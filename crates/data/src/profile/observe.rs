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

    /// Adds rows by what stands in them: the cells of the batch, each so many times.
    pub(crate) fn observe_times(&mut self, cells: &ColumnBatch, times: &[u64]) {
        let there = || times.iter().enumerate().filter(|(_, times)| **times > 0);
        for (at, times) in there() {
            self.rows += times;
            match (cells.states[at], &cells.values) {
                (State::Null, _) => self.nulls += times,
                (State::Bad, _) => self.invalid += times,
                (State::Valid, Values::Text) => self.text(cells, at, *times),
                (State::Valid, Values::Bool(values)) => self.truth(values[at], *times),
                (State::Valid, _) => {
                    self.distinct.iter_mut().for_each(|distinct| distinct.add(cells.key(at)));
                }
            }
        }
        let numbers = unit::numbers(cells).into_iter().zip(cells.valid(times).copied());
        self.add_numbers_times(numbers.filter(|(_, times)| *times > 0).collect());
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

    fn add_numbers_times(&mut self, mut numbers: Vec<(f64, u64)>) {
        let strange = numbers.extract_if(.., |(number, _)| !number.is_finite());
        self.not_finite += strange.map(|(_, times)| times).sum::<u64>();
        if let Some(quantiles) = &mut self.quantiles {
            for (number, times) in &numbers {
                moments::join(&mut self.numbers, Some(&Moments::of_times(*number, *times)));
            }
            quantiles.extend_times(numbers);
        }
    }
}

/// In Unicode scalar values: each begins with a byte that continues none.
#[expect(clippy::cast_precision_loss, reason = "lengths are far below 2⁵³")]
fn length(text: &[u8]) -> f64 {
    text.iter().filter(|byte| (**byte as i8) >= -0x40).count() as f64
}
