//! Conditions on the values of a row, evaluated column by column over a batch.
//!
//! True, false or unknown (SQL's three values): a null, a text of another type and a division by
//! zero are unknown, and what is unknown breaks nothing. NaN is unequal to everything.

mod compile;

use std::cmp::Ordering;

use tollgate_model::{Arithmetic, Relation};

use super::Tally;
use super::across::{Across, note};
use crate::batch::{ColumnBatch, State, Values};
use crate::domain::Domain;
use crate::parse::temporal::DAY;
use crate::value::{Num, Value};

pub(crate) use compile::Fields;

/// A condition on columns by their positions.
pub(crate) enum Compiled {
    Holds(usize),
    Compare(Source, Relation, Source),
    IsNull(Source),
    In(Source, Vec<Fixed>),
    Not(Box<Compiled>),
    And(Vec<Compiled>),
    Or(Vec<Compiled>),
}

/// Where values come from.
pub(crate) enum Source {
    Column(usize),
    Fixed(Fixed),
    Calculated(Box<Source>, Arithmetic, Box<Source>),
}

/// A value that is the same in every row.
pub(crate) enum Fixed {
    Of(Datum<'static>),
    Text(Vec<u8>),
}

/// One value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Datum<'a> {
    /// Null, or none of its type.
    Nothing,
    Num(Num),
    /// Since 1970.
    Days(i64),
    /// Since 1970.
    Nanos(i128),
    /// Nanoseconds since midnight.
    Clock(i128),
    Bool(bool),
    Text(&'a [u8]),
}

/// `None` is unknown.
type Truth = Option<bool>;

impl Compiled {
    fn truths(&self, columns: &[&ColumnBatch], rows: usize) -> Vec<Truth> {
        match self {
            Self::Holds(at) => {
                let values = (0..rows).map(|row| datum(columns[*at], row));
                values
                    .map(|value| if let Datum::Bool(it) = value { Some(it) } else { None })
                    .collect()
            }
            Self::Compare(left, relation, right) => {
                let (left, right) = (left.values(columns, rows), right.values(columns, rows));
                left.iter().zip(&right).map(|(a, b)| compare(*a, *relation, *b)).collect()
            }
            Self::IsNull(source) => {
                let values = source.values(columns, rows);
                let null = |(row, value)| source.is_null(columns, row, value);
                values.iter().enumerate().map(null).collect()
            }
            Self::In(source, fixed) => {
                let values = source.values(columns, rows);
                values.iter().map(|value| among(*value, fixed)).collect()
            }
            Self::Not(inner) => {
                inner.truths(columns, rows).into_iter().map(|it| it.map(|it| !it)).collect()
            }
            Self::And(parts) => fold(parts, columns, rows, false),
            Self::Or(parts) => fold(parts, columns, rows, true),
        }
    }
}

/// One part that is `decisive` decides; else one that is unknown leaves the whole so.
fn fold(parts: &[Compiled], columns: &[&ColumnBatch], rows: usize, decisive: bool) -> Vec<Truth> {
    let mut whole = vec![Some(!decisive); rows];
    for part in parts {
        for (whole, part) in whole.iter_mut().zip(part.truths(columns, rows)) {
            *whole = match (*whole, part) {
                (Some(it), _) | (_, Some(it)) if it == decisive => Some(decisive),
                (None, _) | (_, None) => None,
                _ => *whole,
            };
        }
    }
    whole
}

fn among(value: Datum<'_>, fixed: &[Fixed]) -> Truth {
    if matches!(value, Datum::Nothing) {
        return None;
    }
    let is_it = |fixed: &Fixed| compare(value, Relation::Equal, fixed.datum()) == Some(true);
    Some(fixed.iter().any(is_it))
}

fn compare(left: Datum<'_>, relation: Relation, right: Datum<'_>) -> Truth {
    let order = match (left, right) {
        (Datum::Num(a), Datum::Num(b)) => a.compare(b),
        (Datum::Days(a), Datum::Days(b)) => Some(a.cmp(&b)),
        (Datum::Nanos(a), Datum::Nanos(b)) | (Datum::Clock(a), Datum::Clock(b)) => Some(a.cmp(&b)),
        (Datum::Days(a), Datum::Nanos(b)) => Some(midnight(a).cmp(&b)),
        (Datum::Nanos(a), Datum::Days(b)) => Some(a.cmp(&midnight(b))),
        (Datum::Bool(a), Datum::Bool(b)) => Some(a.cmp(&b)),
        (Datum::Text(a), Datum::Text(b)) => Some(a.cmp(b)),
        _ => return None,
    };
    Some(match relation {
        Relation::Equal => order == Some(Ordering::Equal),
        Relation::Unequal => order != Some(Ordering::Equal),
        Relation::Less => order == Some(Ordering::Less),
        Relation::Greater => order == Some(Ordering::Greater),
        Relation::AtMost => order.is_some_and(Ordering::is_le),
        Relation::AtLeast => order.is_some_and(Ordering::is_ge),
    })
}

fn midnight(days: i64) -> i128 {
    i128::from(days) * i128::from(DAY)
}

impl Source {
    fn values<'a>(&'a self, columns: &[&'a ColumnBatch], rows: usize) -> Vec<Datum<'a>> {
        match self {
            Self::Column(at) => (0..rows).map(|row| datum(columns[*at], row)).collect(),
            Self::Fixed(fixed) => vec![fixed.datum(); rows],
            Self::Calculated(left, by, right) => {
                let (left, right) = (left.values(columns, rows), right.values(columns, rows));
                left.iter().zip(&right).map(|(a, b)| calculate(*a, *by, *b)).collect()
            }
        }
    }

    /// A text of another type is not null; what is worked out from one is unknown.
    fn is_null(&self, columns: &[&ColumnBatch], row: usize, value: &Datum<'_>) -> Truth {
        match self {
            Self::Column(at) => Some(columns[*at].states[row] == State::Null),
            Self::Fixed(_) => Some(false),
            Self::Calculated(left, _, right) => {
                let null = |source: &Self| source.is_null(columns, row, value) == Some(true);
                match (null(left) || null(right), value) {
                    (true, _) => Some(true),
                    (false, Datum::Nothing) => None,
                    (false, _) => Some(false),
                }
            }
        }
    }
}

/// Whole numbers stay exact as long as they fit.
fn calculate<'a>(left: Datum<'_>, by: Arithmetic, right: Datum<'_>) -> Datum<'a> {
    let (a, b) = match (left, right) {
        (Datum::Num(a), Datum::Num(b)) => (a, b),
        (Datum::Days(a), Datum::Days(b)) => return Datum::Num(Num::Int(a.saturating_sub(b))),
        _ => return Datum::Nothing,
    };
    let whole = match (a, b, by) {
        (Num::Int(a), Num::Int(b), Arithmetic::Plus) => a.checked_add(b),
        (Num::Int(a), Num::Int(b), Arithmetic::Minus) => a.checked_sub(b),
        (Num::Int(a), Num::Int(b), Arithmetic::Times) => a.checked_mul(b),
        _ => None,
    };
    if let Some(whole) = whole {
        return Datum::Num(Num::Int(whole));
    }
    let (a, b) = (a.as_f64(), b.as_f64());
    Datum::Num(Num::Float(match by {
        Arithmetic::Plus => a + b,
        Arithmetic::Minus => a - b,
        Arithmetic::Times => a * b,
        Arithmetic::Over if b == 0.0 => return Datum::Nothing,
        Arithmetic::Over => a / b,
    }))
}

#[expect(clippy::cast_precision_loss, reason = "decimals are compared as the nearest numbers")]
fn datum<'a>(column: &'a ColumnBatch, row: usize) -> Datum<'a> {
    if column.states[row] != State::Valid {
        return Datum::Nothing;
    }
    if matches!(column.values, Values::Text) {
        return Datum::Text(column.text.get(row));
    }
    match (column.domain, column.value(row)) {
        (_, Some(Value::Num(number))) => Datum::Num(number),
        (Domain::Date, Some(Value::Fixed(days))) => {
            i64::try_from(days).map_or(Datum::Nothing, Datum::Days)
        }
        (Domain::Timestamp, Some(Value::Fixed(nanos))) => Datum::Nanos(nanos),
        (Domain::Time, Some(Value::Fixed(nanos))) => Datum::Clock(nanos),
        (Domain::Boolean, Some(Value::Fixed(value))) => Datum::Bool(value != 0),
        (domain, Some(Value::Fixed(value))) => match (domain.scale(), i64::try_from(value)) {
            (0, Ok(whole)) => Datum::Num(Num::Int(whole)),
            (scale, _) => Datum::Num(Num::Float(value as f64 / 10_f64.powi(scale.cast_signed()))),
        },
        (_, None) => Datum::Nothing,
    }
}

impl Fixed {
    fn datum(&self) -> Datum<'_> {
        match self {
            Self::Of(datum) => *datum,
            Self::Text(text) => Datum::Text(text),
        }
    }
}

impl Across for Compiled {
    fn observe(&self, columns: &[&ColumnBatch], tally: &mut Tally) {
        let rows = columns.first().map_or(0, |column| column.states.len());
        for (row, truth) in self.truths(columns, rows).into_iter().enumerate() {
            if truth == Some(false) {
                note(columns, row, tally);
            }
        }
    }
}
