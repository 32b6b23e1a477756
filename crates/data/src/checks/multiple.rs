//! `multipleOf`.

use super::{Facts, Tally, Test};
use crate::batch::{ColumnBatch, State};
use crate::domain::Domain;
use crate::value::{Fixed, Value};

/// Values must be whole multiples of a number.
pub(crate) struct Multiple {
    of: f64,
    /// The same in the column's unit, where that is exact.
    exact: Option<i128>,
    /// Digits behind the point of a fixed value.
    scale: u32,
}

impl Multiple {
    /// `None` where the number is not above zero, or the values are no numbers.
    pub(crate) fn new(of: f64, domain: Domain) -> Option<Self> {
        let numeric =
            matches!(domain, Domain::Integer | Domain::Decimal { .. } | Domain::Number { .. });
        let scale = domain.scale();
        let exact = Fixed::parse(&of.to_string(), scale);
        let exact = exact.filter(|fixed| fixed.exact && fixed.floor > 0).map(|fixed| fixed.floor);
        (numeric && of.is_finite() && of > 0.0).then_some(Self { of, exact, scale })
    }

    #[expect(clippy::cast_precision_loss, reason = "the exact way is taken where there is one")]
    fn breaks(&self, value: Value) -> bool {
        match (value, self.exact) {
            (Value::Fixed(value), Some(of)) => value % of != 0,
            (Value::Num(crate::value::Num::Int(value)), Some(of)) => i128::from(value) % of != 0,
            (Value::Num(number), _) => !is_near_multiple(number.as_f64(), self.of),
            (Value::Fixed(value), None) => {
                let unit = 10_f64.powi(self.scale.cast_signed());
                !is_near_multiple(value as f64 / unit, self.of)
            }
        }
    }
}

/// 0.3 is a multiple of 0.1 although neither is exact in binary: four units in the last place are
/// let pass. NaN and infinities are multiples of nothing.
fn is_near_multiple(value: f64, of: f64) -> bool {
    let nearest = (value / of).round() * of;
    (nearest - value).abs() <= 4.0 * f64::EPSILON * value.abs()
}

impl Test for Multiple {
    fn observe(&self, column: &ColumnBatch, tally: &mut Tally) {
        column
            .rows_in(State::Valid)
            .filter(|at| column.value(*at).is_some_and(|value| self.breaks(value)))
            .for_each(|at| tally.add(column, at));
    }

    fn is_kept(&self, facts: &Facts) -> bool {
        facts.nulls == facts.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Num;

    #[test]
    fn multiples_exactly_where_possible_and_nearly_elsewhere() {
        let number = Domain::Number { single: false };
        let cases = [
            (0.1, Value::Num(Num::Float(0.3)), false),
            (0.1, Value::Num(Num::Float(0.35)), true),
            (5.0, Value::Num(Num::Int(10)), false),
            (5.0, Value::Num(Num::Int(9_007_199_254_740_993)), true),
            (0.5, Value::Num(Num::Float(f64::NAN)), true),
            (0.5, Value::Num(Num::Float(f64::INFINITY)), true),
        ];
        for (of, value, broken) in cases {
            assert_eq!(Multiple::new(of, number).unwrap().breaks(value), broken, "{of} {value:?}");
        }
        let cents = Multiple::new(0.05, Domain::Decimal { scale: 2 }).unwrap();
        assert!(!cents.breaks(Value::Fixed(1_015)));
        assert!(cents.breaks(Value::Fixed(1_016)));
        assert!(Multiple::new(0.0, number).is_none());
        assert!(Multiple::new(2.0, Domain::Text).is_none());
    }
}
