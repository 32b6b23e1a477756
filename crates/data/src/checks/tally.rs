//! How many rows break a rule, and which for example.

use tollgate_model::Sample;

use super::Side;
use crate::batch::ColumnBatch;
use crate::domain::Domain;
use crate::value::Value;

/// Rows that break a rule.
#[derive(Debug)]
pub(crate) struct Tally {
    /// How many.
    pub(crate) count: u64,
    /// The first of them, with whole values.
    pub(crate) samples: Vec<Sample>,
    /// The value that is farthest out, where the rule is a bound.
    pub(crate) worst: Option<Worst>,
    /// How many samples are kept.
    keep: usize,
}

/// The value that is farthest out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Worst {
    /// The value.
    pub(crate) value: Value,
    /// What it means.
    pub(crate) domain: Domain,
    /// In which direction it is out.
    pub(crate) side: Side,
}

impl Tally {
    /// None, and room for so many samples.
    pub(crate) fn new(keep: usize) -> Self {
        Self { count: 0, samples: Vec::new(), worst: None, keep }
    }

    /// None, and room for as many samples as here.
    pub(crate) fn fresh(&self) -> Self {
        Self::new(self.keep)
    }

    /// Whether nothing was noted: no row, and no value to remember.
    pub(crate) fn is_untouched(&self) -> bool {
        self.count == 0 && self.worst.is_none()
    }

    /// How many samples are kept.
    pub(crate) fn keep(&self) -> usize {
        self.keep
    }

    /// Adds rows that may stand anywhere between those that were added.
    pub(crate) fn mix(&mut self, count: u64, samples: Vec<Sample>) {
        self.count += count;
        self.samples.extend(samples);
        self.samples.sort_by_key(|sample| sample.row);
        self.samples.truncate(self.keep);
    }

    /// Adds a row of the batch.
    pub(crate) fn add(&mut self, column: &ColumnBatch, at: usize) {
        self.add_shown(column.row(at), || column.show(at));
    }

    /// Adds a row whose value is only asked for if it becomes a sample.
    pub(crate) fn add_shown(&mut self, row: u64, value: impl FnOnce() -> Option<String>) {
        self.count += 1;
        if self.samples.len() < self.keep {
            self.samples.push(Sample { part: None, row, value: value() });
        }
    }

    /// Remembers the value if it is farther out than the one before. NaN never is.
    pub(crate) fn stretch(&mut self, new: Worst) {
        let farther = match &self.worst {
            None => new.value.compare(new.value).is_some(),
            Some(old) => {
                let order = new.value.compare(old.value);
                order.is_some_and(|order| new.side.is_farther(order))
            }
        };
        if farther {
            self.worst = Some(new);
        }
    }

    /// Adds what was seen of later rows, which were numbered as if there were none `before` them.
    pub(crate) fn merge(&mut self, later: Self, before: u64) {
        self.count += later.count;
        let room = self.keep - self.samples.len();
        let placed = |sample: Sample| Sample { row: sample.row + before, ..sample };
        self.samples.extend(later.samples.into_iter().take(room).map(placed));
        later.worst.into_iter().for_each(|worst| self.stretch(worst));
    }
}
