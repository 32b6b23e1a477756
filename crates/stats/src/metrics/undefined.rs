//! Why a metric has no value.

use std::fmt;

use super::Needs;

/// Why a metric can't be computed. A metric is never silently 0 or NaN.
///
/// Rows are counted from 0, as in the slices that were given.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Undefined {
    /// There is not one row.
    NoRows,
    /// Two columns differ in length.
    Lengths {
        /// Which column differs from the first one.
        what: &'static str,
        /// How long the first one is.
        expected: usize,
        /// How long this one is.
        found: usize,
    },
    /// A value is NaN or infinite.
    NotFinite {
        /// In which column.
        what: &'static str,
        /// The first such row.
        row: usize,
        /// The value.
        value: f64,
    },
    /// A value is below zero that must not be.
    Negative {
        /// In which column.
        what: &'static str,
        /// The first such row.
        row: usize,
        /// The value.
        value: f64,
    },
    /// A score is not between 0 and 1, and the metric is one of probabilities.
    NotAProbability {
        /// The first such row.
        row: usize,
        /// The score.
        score: f64,
    },
    /// Every row weighs nothing.
    NoWeight,
    /// All rows are of one class, and the metric compares two.
    OneClass,
    /// There are more than two classes, or not the positive one and another.
    NotBinary {
        /// How many classes there are.
        classes: usize,
    },
    /// One row alone, and the metric needs at least two.
    OneRow,
    /// The values are so large that a sum of them is no number any more.
    Overflow,
    /// The metric's formula divides zero by zero. There is a convention for what is said then, but
    /// nothing was measured: [`Undefined::convention`], [`or_convention`].
    ZeroDivision {
        /// What was zero, as a sentence.
        why: &'static str,
        /// What scikit-learn returns, with a warning or without one.
        value: f64,
    },
    /// The metric is computed from other columns than these.
    Mismatch {
        /// What it needs.
        needs: Needs,
        /// What was given.
        given: Needs,
    },
}

impl Undefined {
    /// What scikit-learn returns all the same, where it does.
    #[must_use]
    pub fn convention(&self) -> Option<f64> {
        match self {
            Self::ZeroDivision { value, .. } => Some(*value),
            _ => None,
        }
    }
}

/// A metric as scikit-learn tells it: a division of zero by zero has the value of the convention.
///
/// # Errors
/// There is no convention for why the metric is undefined.
pub fn or_convention(metric: Result<f64, Undefined>) -> Result<f64, Undefined> {
    metric.or_else(|undefined| undefined.convention().ok_or(undefined))
}

impl fmt::Display for Undefined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRows => f.write_str("there are no rows"),
            Self::Lengths { what, expected, found } => {
                write!(f, "{expected} rows are expected, but the column of the {what} has {found}")
            }
            Self::NotFinite { what, row, value } => {
                let is = if value.is_nan() { "NaN" } else { "infinite" };
                write!(f, "the {what} in row {} is {is}", row + 1)
            }
            Self::Negative { what, row, value } => {
                write!(f, "the {what} in row {} is below zero: {value}", row + 1)
            }
            Self::NotAProbability { row, score } => {
                write!(f, "the score in row {} is no probability: {score}", row + 1)
            }
            Self::NoWeight => f.write_str("every row weighs nothing"),
            Self::OneClass => f.write_str("only one class is present"),
            Self::NotBinary { classes } => {
                write!(f, "the metric is one of two classes, and here are {classes}")
            }
            Self::OneRow => f.write_str("one row is not enough"),
            Self::Overflow => f.write_str("the values are too large to be summed"),
            Self::ZeroDivision { why, value } => write!(f, "{why} (by convention {value})"),
            Self::Mismatch { needs, given } => write!(f, "it needs {needs}, and has {given}"),
        }
    }
}

impl std::error::Error for Undefined {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_division_by_zero_has_a_convention() {
        let divided = Undefined::ZeroDivision { why: "nothing was predicted", value: 0.0 };
        assert_eq!(or_convention(Err(divided)), Ok(0.0));
        assert_eq!(or_convention(Err(Undefined::OneClass)), Err(Undefined::OneClass));
        assert_eq!(or_convention(Ok(0.25)), Ok(0.25));
    }

    #[test]
    fn it_is_said_in_words() {
        let nan = Undefined::NotFinite { what: "score", row: 17, value: f64::NAN };
        assert_eq!(nan.to_string(), "the score in row 18 is NaN");
        let divided = Undefined::ZeroDivision { why: "nothing was predicted", value: 0.0 };
        assert_eq!(divided.to_string(), "nothing was predicted (by convention 0)");
        let mismatch = Undefined::Mismatch { needs: Needs::Groups, given: Needs::Values };
        let told = "it needs groups, relevances and scores, and has true and predicted values";
        assert_eq!(mismatch.to_string(), told);
    }
}
