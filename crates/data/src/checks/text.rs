//! Lengths and patterns of texts.

use regex::bytes::Regex;

use super::{Facts, Tally, Test};
use crate::batch::{ColumnBatch, State};

/// Texts must have so many Unicode scalar values.
pub(crate) struct Length {
    pub(crate) least: u64,
    pub(crate) greatest: u64,
}

impl Length {
    /// Each scalar value begins with a byte that continues none.
    fn breaks(&self, text: &[u8]) -> bool {
        let length = text.iter().filter(|byte| (**byte as i8) >= -0x40).count() as u64;
        length < self.least || length > self.greatest
    }
}

impl Test for Length {
    fn observe(&self, column: &ColumnBatch, tally: &mut Tally) {
        column
            .rows_in(State::Valid)
            .filter(|at| self.breaks(column.text.get(*at)))
            .for_each(|at| tally.add(column, at));
    }

    fn is_kept(&self, facts: &Facts) -> bool {
        facts.nulls == facts.rows
    }
}

/// A regular expression must match somewhere in each text.
pub(crate) struct Matching(pub(crate) Regex);

impl Test for Matching {
    fn observe(&self, column: &ColumnBatch, tally: &mut Tally) {
        column
            .rows_in(State::Valid)
            .filter(|at| !self.0.is_match(column.text.get(*at)))
            .for_each(|at| tally.add(column, at));
    }

    fn is_kept(&self, facts: &Facts) -> bool {
        facts.nulls == facts.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_counted_in_unicode_scalar_values() {
        let length = Length { least: 2, greatest: 3 };
        for (text, broken) in
            [("", true), ("a", true), ("äß", false), ("漢字😀", false), ("abcd", true)]
        {
            assert_eq!(length.breaks(text.as_bytes()), broken, "{text}");
        }
    }
}
