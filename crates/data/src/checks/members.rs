//! Values that a rule lists: `validValues`, `missingValues`.

use std::collections::HashSet;

use regex::bytes::Regex;
use tollgate_model::Scalar;

use super::texts::Texts;
use super::{Facts, Tally, Test};
use crate::batch::{ColumnBatch, State, Text, Values};
use crate::domain::{Domain, text_of};

/// A set of values of one column.
#[derive(Default)]
pub(crate) struct Members {
    null: bool,
    /// For text columns, and for texts that are no value of the column's type.
    texts: Texts,
    /// For all other values; see `Value::key`.
    keys: HashSet<u128>,
}

impl Members {
    pub(crate) fn new<'a>(
        values: impl Iterator<Item = &'a Scalar> + Clone,
        domain: Domain,
    ) -> Self {
        Self {
            null: values.clone().any(|value| *value == Scalar::Null),
            texts: Texts::new(values.clone().filter_map(text_of)),
            keys: values.filter_map(|value| domain.key(value)).collect(),
        }
    }

    pub(crate) fn contains(&self, column: &ColumnBatch, at: usize) -> bool {
        match (column.states[at], column.value(at)) {
            (State::Null, _) => self.null,
            (State::Valid, Some(value)) => self.keys.contains(&value.key()),
            _ => self.texts.contains(column.text.get(at)),
        }
    }
}

/// Counts rows whose value is one of these.
pub(crate) struct Missing(pub(crate) Members);

impl Test for Missing {
    fn observe(&self, column: &ColumnBatch, tally: &mut Tally) {
        (0..column.states.len())
            .filter(|at| self.0.contains(column, *at))
            .for_each(|at| tally.add(column, at));
    }

    fn is_kept(&self, facts: &Facts) -> bool {
        facts.nulls == facts.rows && !self.0.null
    }
}

/// Counts values that are not one of these, or don't match the pattern.
pub(crate) struct Invalid {
    pub(crate) valid: Option<Members>,
    pub(crate) pattern: Option<Regex>,
}

impl Invalid {
    fn breaks(&self, column: &ColumnBatch, at: usize) -> bool {
        let unlisted = || self.valid.as_ref().is_some_and(|valid| !valid.contains(column, at));
        let text = column.text.get(at);
        let unlike = || self.pattern.as_ref().is_some_and(|pattern| !pattern.is_match(text));
        column.states[at] != State::Null && (unlisted() || unlike())
    }
}

impl Test for Invalid {
    fn observe(&self, column: &ColumnBatch, tally: &mut Tally) {
        // The common case, without a question for each cell of what it is and where.
        if let (Some(valid), None, Values::Text, Text::Chunk(chunk, views)) =
            (&self.valid, &self.pattern, &column.values, &column.text)
        {
            let cells = column.states.iter().zip(views).enumerate();
            let listed = |view| valid.texts.contains(chunk.get(view));
            return cells
                .filter(|(_, (state, view))| **state != State::Null && !listed(**view))
                .for_each(|(at, _)| tally.add(column, at));
        }
        (0..column.states.len())
            .filter(|at| self.breaks(column, *at))
            .for_each(|at| tally.add(column, at));
    }

    fn is_kept(&self, facts: &Facts) -> bool {
        facts.nulls == facts.rows
    }
}
