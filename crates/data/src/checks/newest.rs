//! Which time is the newest.

use super::tally::Worst;
use super::{Facts, Side, Tally, Test};
use crate::batch::{ColumnBatch, State};

/// Remembers the newest time, and counts nothing.
pub(crate) struct Newest;

impl Test for Newest {
    fn observe(&self, column: &ColumnBatch, tally: &mut Tally) {
        for value in column.rows_in(State::Valid).filter_map(|at| column.value(at)) {
            // The greatest is what is farthest beyond a maximum.
            tally.stretch(Worst { value, domain: column.domain, side: Side::Maximum });
        }
    }

    // What a footer says is an upper bound; the newest value must be one that occurs.
    fn is_kept(&self, facts: &Facts) -> bool {
        facts.nulls == facts.rows
    }
}
