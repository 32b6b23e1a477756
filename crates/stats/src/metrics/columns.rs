//! What is asked of columns before anything is computed from them.

use super::Undefined;
use super::sum::{finite, sum};

/// There are rows, and this column has as many.
pub(super) fn same_length(
    what: &'static str,
    expected: usize,
    found: usize,
) -> Result<(), Undefined> {
    match (expected, found) {
        (expected, found) if expected != found => Err(Undefined::Lengths { what, expected, found }),
        (0, _) => Err(Undefined::NoRows),
        _ => Ok(()),
    }
}

/// No value is NaN or infinite.
pub(super) fn all_finite(what: &'static str, column: &[f64]) -> Result<(), Undefined> {
    match column.iter().position(|value| !value.is_finite()) {
        Some(row) => Err(Undefined::NotFinite { what, row, value: column[row] }),
        None => Ok(()),
    }
}

/// All values are numbers, and none is below zero.
pub(super) fn none_negative(what: &'static str, column: &[f64]) -> Result<(), Undefined> {
    all_finite(what, column)?;
    match column.iter().position(|value| *value < 0.0) {
        Some(row) => Err(Undefined::Negative { what, row, value: column[row] }),
        None => Ok(()),
    }
}

/// The weights of rows. Without a column of them each row weighs one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weights<'a> {
    column: Option<&'a [f64]>,
}

impl<'a> Weights<'a> {
    /// Weights that are numbers, not below zero, and not all zero.
    pub(super) fn new(column: Option<&'a [f64]>, rows: usize) -> Result<Self, Undefined> {
        if let Some(column) = column {
            same_length("weights", rows, column.len())?;
            none_negative("weight", column)?;
            if finite(sum(column.iter().copied()))? == 0.0 {
                return Err(Undefined::NoWeight);
            }
        }
        Ok(Self { column })
    }

    pub(super) fn of(self, row: usize) -> f64 {
        self.column.map_or(1.0, |column| column[row])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_refused_with_their_first_bad_row() {
        assert_eq!(same_length("scores", 0, 0), Err(Undefined::NoRows));
        let shorter = Undefined::Lengths { what: "scores", expected: 3, found: 2 };
        assert_eq!(same_length("scores", 3, 2), Err(shorter));
        let negative = Undefined::Negative { what: "weight", row: 1, value: -2.0 };
        assert_eq!(none_negative("weight", &[0.0, -2.0, -3.0]), Err(negative));
        let infinite = Undefined::NotFinite { what: "score", row: 1, value: f64::INFINITY };
        assert_eq!(all_finite("score", &[0.0, f64::INFINITY]), Err(infinite));
    }

    #[test]
    fn weights_must_weigh_something() {
        assert_eq!(Weights::new(Some(&[0.0, 0.0]), 2).unwrap_err(), Undefined::NoWeight);
        let huge = Weights::new(Some(&[f64::MAX, f64::MAX]), 2).unwrap_err();
        assert_eq!(huge, Undefined::Overflow);
        assert_eq!(Weights::new(Some(&[0.0, 3.0]), 2).unwrap().of(1), 3.0);
        assert_eq!(Weights::new(None, 2).unwrap().of(1), 1.0);
    }
}
