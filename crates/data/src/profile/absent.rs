//! Rows without a value that anything could be made of.

use super::compare::share;
use super::{ColumnProfile, ColumnType};

/// How many rows have none, by why.
pub(super) struct Absent {
    nulls: u64,
    /// Texts that are no value of the column's type.
    invalid: u64,
    not_finite: u64,
    rows: u64,
}

impl Absent {
    pub(super) fn of(column: &ColumnProfile) -> Self {
        Self {
            nulls: column.nulls,
            invalid: column.invalid,
            not_finite: column.not_finite,
            rows: column.rows,
        }
    }

    /// Of all rows.
    pub(super) fn share(&self) -> f64 {
        let two = self.nulls.saturating_add(self.invalid);
        share(two.saturating_add(self.not_finite), self.rows)
    }

    /// Of which kinds there are any, on either side: "nulls and of values that are no numbers".
    pub(super) fn words(&self, other: &Self, kind: ColumnType) -> String {
        let invalid = format!("values that are no {}", kind.word());
        let kinds = [
            (self.nulls.max(other.nulls), "nulls"),
            (self.invalid.max(other.invalid), invalid.as_str()),
            (self.not_finite.max(other.not_finite), "NaN and infinity"),
        ];
        let there: Vec<_> =
            kinds.iter().filter(|(count, _)| *count > 0).map(|(_, words)| *words).collect();
        if there.is_empty() { "nulls".to_owned() } else { there.join(" and of ") }
    }
}
