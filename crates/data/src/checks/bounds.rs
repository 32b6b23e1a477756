//! `minimum`, `maximum` and their exclusive forms. Values are compared in their own type; NaN is
//! outside of any bound.

use std::cmp::Ordering;

use super::tally::Worst;
use super::{Facts, Tally, Test};
use crate::batch::{ColumnBatch, State, Values};
use crate::domain::Point;
use crate::value::{Fixed, Num, Value};

/// Which bound it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Minimum,
    Maximum,
    ExclusiveMinimum,
    ExclusiveMaximum,
}

/// A bound on the values of a column.
pub(crate) enum Bound {
    /// Allowed are the whole numbers from `low` to `high`, both included.
    Range { side: Side, low: i128, high: i128 },
    /// Allowed is what lies on the right side of the number.
    Number { side: Side, at: Num },
}

impl Side {
    pub(crate) fn is_lower(self) -> bool {
        matches!(self, Self::Minimum | Self::ExclusiveMinimum)
    }

    /// Whether a value in this order to another one is farther out.
    pub(crate) fn is_farther(self, order: Ordering) -> bool {
        if self.is_lower() { order.is_lt() } else { order.is_gt() }
    }

    /// Whether a value in this order to the bound is allowed.
    fn allows(self, order: Ordering) -> bool {
        match self {
            Self::Minimum => order.is_ge(),
            Self::Maximum => order.is_le(),
            Self::ExclusiveMinimum => order.is_gt(),
            Self::ExclusiveMaximum => order.is_lt(),
        }
    }
}

impl Bound {
    pub(crate) fn new(side: Side, at: Point) -> Self {
        match at {
            Point::Num(at) => Self::Number { side, at },
            Point::Fixed(at) => {
                let (low, high) = range(side, at);
                Self::Range { side, low, high }
            }
        }
    }

    /// Allowed are the whole numbers from `low` to `high`, both included.
    pub(crate) fn between(low: i128, high: i128) -> Self {
        Self::Range { side: Side::Maximum, low, high }
    }

    fn side(&self) -> Side {
        match self {
            Self::Range { side, .. } | Self::Number { side, .. } => *side,
        }
    }

    fn breaks(&self, value: Value) -> bool {
        match (self, value) {
            (Self::Range { low, high, .. }, Value::Fixed(value)) => value < *low || value > *high,
            (Self::Number { side, at }, Value::Num(value)) => {
                !value.compare(*at).is_some_and(|order| side.allows(order))
            }
            _ => false,
        }
    }

    /// Whether all values of the batch (of rows without a value, too) are inside, which is most
    /// often so and quickly seen.
    fn all_inside(&self, column: &ColumnBatch) -> bool {
        match (self, &column.values) {
            (Self::Range { low, high, .. }, Values::Int(values)) => {
                let ends = (i64::MIN.into(), i64::MAX.into());
                if *low > ends.1 || *high < ends.0 {
                    return values.is_empty();
                }
                let (low, high) = (narrow((*low).max(ends.0)), narrow((*high).min(ends.1)));
                all(values, |value| value >= low && value <= high)
            }
            (Self::Range { low, high, .. }, Values::Wide(values)) => {
                all(values, |value| value >= *low && value <= *high)
            }
            (Self::Number { side, at }, Values::Float(values)) => match (side, at.as_exact_f64()) {
                (_, None) => false,
                (Side::Minimum, Some(at)) => all(values, |value| value >= at),
                (Side::Maximum, Some(at)) => all(values, |value| value <= at),
                (Side::ExclusiveMinimum, Some(at)) => all(values, |value| value > at),
                (Side::ExclusiveMaximum, Some(at)) => all(values, |value| value < at),
            },
            _ => false,
        }
    }
}

/// Whether it is true of all values, step by step and within a step without a branch for each.
fn all<T: Copy>(values: &[T], is: impl Fn(T) -> bool) -> bool {
    values.chunks(1024).all(|step| step.iter().fold(true, |all, value| all & is(*value)))
}

#[expect(clippy::cast_possible_truncation, reason = "it was cut to the range of i64")]
fn narrow(value: i128) -> i64 {
    value as i64
}

/// The whole numbers that the bound allows. Where it stands between two of them, its floor is
/// below it.
fn range(side: Side, at: Fixed) -> (i128, i128) {
    let above = at.floor.saturating_add(1);
    match side {
        Side::Minimum if at.exact => (at.floor, i128::MAX),
        Side::Minimum | Side::ExclusiveMinimum => (above, i128::MAX),
        Side::ExclusiveMaximum if at.exact => (i128::MIN, at.floor.saturating_sub(1)),
        Side::Maximum | Side::ExclusiveMaximum => (i128::MIN, at.floor),
    }
}

impl Test for Bound {
    fn observe(&self, column: &ColumnBatch, tally: &mut Tally) {
        if self.all_inside(column) {
            return;
        }
        for at in column.rows_in(State::Valid) {
            if let Some(value) = column.value(at).filter(|value| self.breaks(*value)) {
                tally.add(column, at);
                tally.stretch(Worst { value, domain: column.domain, side: self.side() });
            }
        }
    }

    fn is_kept(&self, facts: &Facts) -> bool {
        let inside = |(low, high)| !self.breaks(low) && !self.breaks(high);
        facts.nulls == facts.rows || facts.range.is_some_and(inside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_side_of_each_kind_of_bound() {
        use Side::{ExclusiveMaximum, ExclusiveMinimum, Maximum, Minimum};
        // side, bound of 10, then whether 9, 10 and 11 break it
        let table = [
            (Minimum, [true, false, false]),
            (Maximum, [false, false, true]),
            (ExclusiveMinimum, [true, true, false]),
            (ExclusiveMaximum, [false, true, true]),
        ];
        for (side, expected) in table {
            let fixed = Bound::new(side, Point::Fixed(Fixed::at(10)));
            assert_eq!([9, 10, 11].map(|v| fixed.breaks(Value::Fixed(v))), expected, "{side:?}");
            let number = Bound::new(side, Point::Num(Num::Float(10.0)));
            let found = [9, 10, 11].map(|v| number.breaks(Value::Num(Num::Int(v))));
            assert_eq!(found, expected, "{side:?}");
            assert!(number.breaks(Value::Num(Num::Float(f64::NAN))), "{side:?}");
        }
    }

    #[test]
    fn a_bound_between_two_whole_numbers() {
        let between = Point::Fixed(Fixed { floor: 10, exact: false }); // 10.5
        for (side, expected) in [
            (Side::Minimum, [true, false]),
            (Side::ExclusiveMinimum, [true, false]),
            (Side::Maximum, [false, true]),
            (Side::ExclusiveMaximum, [false, true]),
        ] {
            let bound = Bound::new(side, between);
            assert_eq!([10, 11].map(|v| bound.breaks(Value::Fixed(v))), expected, "{side:?}");
        }
    }
}
