//! The checks: accumulators that see each batch once, can be merged, and say in the end how many
//! rows they concern.

mod bounds;
mod format;
mod members;
mod multiple;
mod state;
mod tally;
mod text;
mod unique;

use std::sync::Arc;

pub(crate) use bounds::{Bound, Side};
pub(crate) use format::{Format, integer_range};
pub(crate) use members::{Invalid, Members, Missing};
pub(crate) use multiple::Multiple;
pub(crate) use state::{Mistyped, Nulls};
pub(crate) use tally::Tally;
pub(crate) use text::{Length, Matching};
pub(crate) use unique::{Budget, Uniqueness};

use crate::batch::{Batch, ColumnBatch};
use crate::report::{Asked, Outcome};

/// Whether single cells break a rule. It knows nothing of other cells, so batches can be seen in
/// any order and anywhere.
pub(crate) trait Test: Send + Sync {
    /// Notes each row of the batch that breaks the rule.
    fn observe(&self, column: &ColumnBatch, tally: &mut Tally);
}

/// A rule of the contract and what was seen of it so far.
pub(crate) struct Check {
    asked: Asked,
    seen: Seen,
}

enum Seen {
    /// Just the rows; they are counted once for all.
    Rows,
    /// The rows that break a rule about single cells of the column at `slot`.
    Cells { slot: usize, test: Arc<dyn Test>, tally: Tally },
    /// The rows that repeat an earlier one.
    Keys(Uniqueness),
}

impl Check {
    /// About the number of rows.
    pub(crate) fn rows(asked: Asked) -> Self {
        Self { asked, seen: Seen::Rows }
    }

    /// About single cells of the column at `slot` of each batch.
    pub(crate) fn cells(asked: Asked, slot: usize, test: Arc<dyn Test>, samples: usize) -> Self {
        Self { asked, seen: Seen::Cells { slot, test, tally: Tally::new(samples) } }
    }

    /// About rows that repeat others.
    pub(crate) fn keys(asked: Asked, keys: Uniqueness) -> Self {
        Self { asked, seen: Seen::Keys(keys) }
    }

    /// Sees a batch.
    pub(crate) fn observe(&mut self, batch: &Batch) {
        match &mut self.seen {
            Seen::Rows => {}
            Seen::Cells { slot, test, tally } => test.observe(&batch.columns[*slot], tally),
            Seen::Keys(keys) => keys.observe(batch),
        }
    }

    /// What both saw of the same rule; `other` of later rows.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the parallel driver; tested already"))]
    pub(crate) fn merge(mut self, other: Self) -> Self {
        match (&mut self.seen, other.seen) {
            (Seen::Cells { tally, .. }, Seen::Cells { tally: later, .. }) => tally.merge(later),
            (Seen::Keys(keys), Seen::Keys(later)) => keys.merge(later),
            _ => {}
        }
        self
    }

    /// What follows from it, when the whole has `rows` rows.
    pub(crate) fn finish(self, rows: u64) -> Outcome {
        match self.seen {
            Seen::Rows => self.asked.of_rows(rows),
            Seen::Cells { tally, .. } => self.asked.of_tally(tally, rows),
            Seen::Keys(keys) => match keys.finish() {
                Some(tally) => self.asked.of_tally(tally, rows),
                None => self.asked.out_of_memory(),
            },
        }
    }
}
