//! Cells without a value, and cells whose text is no value of the column's type.

use super::Members;
use super::{Facts, Tally, Test};
use crate::batch::{ColumnBatch, State};

/// Counts nulls: `required`, `nullValues`.
pub(crate) struct Nulls;

impl Test for Nulls {
    fn observe(&self, column: &ColumnBatch, tally: &mut Tally) {
        column.rows_in(State::Null).for_each(|at| tally.add(column, at));
    }

    fn is_kept(&self, facts: &Facts) -> bool {
        facts.nulls == 0
    }
}

/// Counts cells of another type: `logicalType`, and `format` of dates and times. Texts that a rule
/// of the contract lists as missing are not of another type.
pub(crate) struct Mistyped {
    /// What the rules of the column list.
    pub(crate) missing: Members,
}

impl Test for Mistyped {
    fn observe(&self, column: &ColumnBatch, tally: &mut Tally) {
        column
            .rows_in(State::Bad)
            .filter(|at| !self.missing.contains(column, *at))
            .for_each(|at| tally.add(column, at));
    }

    fn is_kept(&self, facts: &Facts) -> bool {
        facts.nulls == facts.rows
    }
}
