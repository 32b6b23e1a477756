//! Values as floating-point numbers, and back for a person's eyes.

use super::ColumnType;
use crate::batch::{ColumnBatch, Values};
use crate::domain::Domain;
use crate::value::Value;

/// Nanoseconds of a second.
const SECOND: f64 = 1e9;

/// The valid values in the unit that [`ColumnType`] tells; none of texts and truth values.
pub(super) fn numbers(column: &ColumnBatch) -> Vec<f64> {
    let by = parts(column.domain);
    match &column.values {
        Values::Text | Values::Bool(_) => Vec::new(),
        Values::Int(values) => column.valid(values).map(|value| divided(*value, by)).collect(),
        Values::Wide(values) => column.valid(values).map(|value| wide(*value, by)).collect(),
        Values::Num(values) => column.valid(values).map(|value| value.as_f64()).collect(),
        Values::Float(values) => column.valid(values).copied().collect(),
    }
}

/// How many of what the values count make one of the unit.
fn parts(domain: Domain) -> f64 {
    match domain {
        Domain::Timestamp | Domain::Time => SECOND,
        Domain::Decimal { scale } => 10_f64.powi(i32::try_from(scale).unwrap_or(i32::MAX)),
        _ => 1.0,
    }
}

#[expect(clippy::cast_precision_loss, reason = "asked for the nearest")]
fn divided(value: i64, by: f64) -> f64 {
    value as f64 / by
}

/// Most fit into 64 bits, which processors know how to turn into floating point.
#[expect(clippy::cast_precision_loss, reason = "asked for the nearest")]
fn wide(value: i128, by: f64) -> f64 {
    i64::try_from(value).map_or_else(|_| value as f64 / by, |value| divided(value, by))
}

/// As a contract writes it: dates as dates.
#[expect(clippy::cast_possible_truncation, reason = "what is too large is shown as a number")]
pub(super) fn show(kind: ColumnType, number: f64) -> String {
    let fixed = |domain: Domain, number: f64| domain.show(Value::Fixed(number.round() as i128));
    match kind {
        ColumnType::Date => fixed(Domain::Date, number),
        ColumnType::Timestamp => fixed(Domain::Timestamp, number.round() * SECOND),
        ColumnType::Time => fixed(Domain::Time, number.round() * SECOND),
        _ => plain(number),
    }
}

/// With six figures that count.
fn plain(number: f64) -> String {
    let size = number.abs();
    if number.fract() == 0.0 && size < 1e15 {
        return number.to_string();
    }
    if !(1e-4..1e15).contains(&size) {
        return format!("{number:.3e}");
    }
    #[expect(clippy::cast_possible_truncation, reason = "between -4 and 15")]
    let decimals = usize::try_from(5 - size.log10().floor() as i32).unwrap_or(0);
    let text = format!("{number:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_people_write_them() {
        let cases = [
            (ColumnType::Number, 29.850_000_01, "29.85"),
            (ColumnType::Integer, 1200.0, "1200"),
            (ColumnType::Number, 0.001_234_567, "0.00123457"),
            (ColumnType::Number, 1e300, "1.000e300"),
            (ColumnType::Date, 19_782.0, "2024-02-29"),
            (ColumnType::Timestamp, 0.0, "1970-01-01T00:00:00Z"),
            (ColumnType::Time, 3_600.0, "01:00:00"),
        ];
        for (kind, number, shown) in cases {
            assert_eq!(show(kind, number), shown);
        }
    }
}
