//! What the values of a column mean, and how those of a contract are turned into the same.

use std::borrow::Cow;

use jiff::civil;
use tollgate_model::{LogicalType, Scalar};

use crate::parse::{number, temporal};
use crate::value::{Fixed, Num, Value};

/// What the values of a column mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Domain {
    /// Text.
    Text,
    /// Whole numbers.
    Integer,
    /// Whole multiples of 10 to the power of −`scale`.
    Decimal {
        /// Digits behind the point.
        scale: u32,
    },
    /// Floating-point numbers; `single` if of 32 bits.
    Number {
        /// Bounds are rounded to 32 bits before a comparison, so that 0.1 is not above 0.1.
        single: bool,
    },
    /// Days since 1970-01-01.
    Date,
    /// Nanoseconds since 1970-01-01T00:00Z.
    Timestamp,
    /// Nanoseconds since midnight.
    Time,
    /// 0 or 1.
    Boolean,
}

impl Domain {
    /// As which the texts of a CSV column are read.
    pub(crate) fn of(logical: Option<LogicalType>) -> Self {
        match logical {
            Some(LogicalType::Integer) => Self::Integer,
            Some(LogicalType::Number) => Self::Number { single: false },
            Some(LogicalType::Date) => Self::Date,
            Some(LogicalType::Timestamp) => Self::Timestamp,
            Some(LogicalType::Time) => Self::Time,
            Some(LogicalType::Boolean) => Self::Boolean,
            Some(LogicalType::String | LogicalType::Object | LogicalType::Array) | None => {
                Self::Text
            }
        }
    }

    /// What a bound of the contract means here; `None` where it has no meaning.
    pub(crate) fn point(self, bound: &Scalar) -> Option<Point> {
        match self {
            Self::Text => None,
            Self::Number { single } => number_of(bound).map(|number| match number {
                Num::Float(wide) if single => Point::Num(Num::Float(round_to_single(wide))),
                other => Point::Num(other),
            }),
            _ => self.fixed(bound).map(Point::Fixed),
        }
    }

    /// The key (see [`Value::key`]) of a value of the contract; `None` where no value of this
    /// column can be equal to it.
    pub(crate) fn key(self, scalar: &Scalar) -> Option<u128> {
        match self.point(scalar)? {
            Point::Num(number) => Some(Value::Num(number).key()),
            Point::Fixed(Fixed { floor, exact: true }) => Some(Value::Fixed(floor).key()),
            Point::Fixed(_) => None,
        }
    }

    fn fixed(self, scalar: &Scalar) -> Option<Fixed> {
        if let (Self::Integer | Self::Decimal { .. }, Scalar::Integer(_) | Scalar::Number(_)) =
            (self, scalar)
        {
            return Fixed::parse(&text_of(scalar)?, self.scale());
        }
        let Scalar::Text(text) = scalar else {
            return match (self, scalar) {
                (Self::Boolean, Scalar::Bool(value)) => Some(Fixed::at(i128::from(*value))),
                _ => None,
            };
        };
        let bytes = text.trim().as_bytes();
        match self {
            Self::Integer | Self::Decimal { .. } => Fixed::parse(text.trim(), self.scale()),
            Self::Date => temporal::date(bytes).map(|days| Fixed::at(i128::from(days))),
            Self::Timestamp => temporal::timestamp(bytes).map(Fixed::at),
            Self::Time => temporal::time(bytes).map(|nanos| Fixed::at(i128::from(nanos))),
            Self::Boolean => number::boolean(bytes).map(|value| Fixed::at(i128::from(value))),
            Self::Text | Self::Number { .. } => None,
        }
    }

    /// Digits behind the point that a [`Value::Fixed`] has.
    pub(crate) fn scale(self) -> u32 {
        if let Self::Decimal { scale } = self { scale } else { 0 }
    }

    /// A value as text, as the contract would write it.
    pub(crate) fn show(self, value: Value) -> String {
        match value {
            Value::Num(Num::Int(whole)) => whole.to_string(),
            Value::Num(Num::Float(number)) => self.show_float(number),
            Value::Fixed(value) => self.show_fixed(value),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "it came from 32 bits")]
    fn show_float(self, number: f64) -> String {
        match self {
            Self::Number { single: true } => (number as f32).to_string(),
            _ => number.to_string(),
        }
    }

    fn show_fixed(self, value: i128) -> String {
        let shown = match self {
            Self::Boolean => Some((value != 0).to_string()),
            Self::Decimal { scale } if scale > 0 => Some(show_decimal(value, scale as usize)),
            Self::Date => show_date(value),
            Self::Time => show_time(value),
            Self::Timestamp => jiff::Timestamp::from_nanosecond(value).ok().map(|t| t.to_string()),
            _ => None,
        };
        shown.unwrap_or_else(|| value.to_string())
    }

    /// What a value of this kind is called in a sentence.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "a whole number",
            Self::Decimal { .. } | Self::Number { .. } => "a number",
            Self::Date => "a date",
            Self::Timestamp => "a timestamp",
            Self::Time => "a time of day",
            Self::Boolean => "true or false",
        }
    }
}

/// A bound, in the terms of a column.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Point {
    /// For [`Value::Fixed`].
    Fixed(Fixed),
    /// For [`Value::Num`].
    Num(Num),
}

/// The value as text, as it would stand in a file; `None` for null.
pub(crate) fn text_of(scalar: &Scalar) -> Option<Cow<'_, str>> {
    match scalar {
        Scalar::Null => None,
        Scalar::Bool(value) => Some(value.to_string().into()),
        Scalar::Integer(value) => Some(value.to_string().into()),
        Scalar::Number(value) => Some(value.to_string().into()),
        Scalar::Text(text) => Some(text.into()),
    }
}

fn number_of(scalar: &Scalar) -> Option<Num> {
    match scalar {
        Scalar::Integer(whole) => Some(Num::Int(*whole)),
        Scalar::Number(number) => Some(Num::Float(*number)),
        Scalar::Text(text) => number::number(text.trim().as_bytes()),
        Scalar::Null | Scalar::Bool(_) => None,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "rounding is the purpose")]
fn round_to_single(number: f64) -> f64 {
    f64::from(number as f32)
}

fn show_decimal(value: i128, scale: usize) -> String {
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, decimals) = digits.split_at(digits.len() - scale);
    format!("{}{whole}.{decimals}", if value < 0 { "-" } else { "" })
}

fn show_date(days: i128) -> Option<String> {
    let seconds = i64::try_from(days).ok()?.checked_mul(86_400)?;
    let midnight = jiff::Timestamp::from_second(seconds).ok()?;
    Some(midnight.to_zoned(jiff::tz::TimeZone::UTC).date().to_string())
}

fn show_time(nanos: i128) -> Option<String> {
    let span = jiff::SignedDuration::from_nanos(i64::try_from(nanos).ok()?);
    civil::Time::midnight().checked_add(span).ok().map(|time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_as_a_contract_writes_them() {
        let cases = [
            (Domain::Decimal { scale: 2 }, -5, "-0.05"),
            (Domain::Date, 19_782, "2024-02-29"),
            (Domain::Time, 3_600_000_000_000, "01:00:00"),
            (Domain::Timestamp, 0, "1970-01-01T00:00:00Z"),
            (Domain::Boolean, 1, "true"),
            (Domain::Date, i128::MAX, "170141183460469231731687303715884105727"),
        ];
        for (domain, value, shown) in cases {
            assert_eq!(domain.show(Value::Fixed(value)), shown);
        }
    }

    #[test]
    fn a_bound_of_a_single_precision_column_is_rounded_to_it() {
        let point = Domain::Number { single: true }.point(&Scalar::Number(0.1));
        assert!(matches!(point, Some(Point::Num(Num::Float(b))) if b == f64::from(0.1_f32)));
    }
}
