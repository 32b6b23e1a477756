//! A contract's condition, matched with the columns that there are.

use tollgate_model::{Arithmetic, Condition, Operand, Scalar};

use super::{Compiled, Datum, Fixed, Source};
use crate::domain::{Domain, Point};
use crate::report::quote;

/// The columns of a condition: their names, and what their values mean.
pub(crate) struct Fields<'a> {
    pub(crate) names: &'a [String],
    pub(crate) domains: &'a [Domain],
}

/// What kinds of values can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number { single: bool },
    Day,
    Moment,
    Clock,
    Bool,
    Text,
}

impl Kind {
    fn of(domain: Domain) -> Self {
        match domain {
            Domain::Text => Self::Text,
            Domain::Number { single } => Self::Number { single },
            Domain::Integer | Domain::Decimal { .. } => Self::Number { single: false },
            Domain::Date => Self::Day,
            Domain::Timestamp => Self::Moment,
            Domain::Time => Self::Clock,
            Domain::Boolean => Self::Bool,
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Number { .. } => "a number",
            Self::Day => "a date",
            Self::Moment => "a timestamp",
            Self::Clock => "a time of day",
            Self::Bool => "true or false",
            Self::Text => "text",
        }
    }

    fn fits(self, other: Self) -> bool {
        let days = |kind| matches!(kind, Self::Day | Self::Moment);
        let number = |kind| matches!(kind, Self::Number { .. });
        self == other || (days(self) && days(other)) || (number(self) && number(other))
    }
}

impl Compiled {
    /// The condition on these columns; else why it can't be looked at.
    pub(crate) fn new(condition: &Condition, fields: &Fields<'_>) -> Result<Self, String> {
        let all = |parts: &[Condition]| {
            parts.iter().map(|part| Self::new(part, fields)).collect::<Result<Vec<_>, _>>()
        };
        Ok(match condition {
            Condition::Holds(name) => match fields.kind(name)? {
                (at, Kind::Bool) => Self::Holds(at),
                (_, kind) => return Err(format!("{} holds {}", quote(name), kind.noun())),
            },
            Condition::Compare { left, relation, right } => {
                let (left, right) = fields.both(left, right)?;
                Self::Compare(left, *relation, right)
            }
            Condition::IsNull(operand) => Self::IsNull(fields.source(operand)?.0),
            Condition::In(operand, values) => {
                let (source, kind) = fields.source(operand)?;
                let fixed = |value| fixed(value, kind);
                Self::In(source, values.iter().map(fixed).collect::<Result<_, _>>()?)
            }
            Condition::Not(inner) => Self::Not(Self::new(inner, fields)?.into()),
            Condition::And(parts) => Self::And(all(parts)?),
            Condition::Or(parts) => Self::Or(all(parts)?),
            Condition::Implies(first, second) => Self::Or(vec![
                Self::Not(Self::new(first, fields)?.into()),
                Self::new(second, fields)?,
            ]),
        })
    }
}

impl Fields<'_> {
    fn kind(&self, name: &str) -> Result<(usize, Kind), String> {
        let at = self.names.iter().position(|other| other == name);
        let at = at.ok_or_else(|| format!("there is no column {}", quote(name)))?;
        Ok((at, Kind::of(self.domains[at])))
    }

    fn source(&self, operand: &Operand) -> Result<(Source, Kind), String> {
        match operand {
            Operand::Column(name) => self.kind(name).map(|(at, kind)| (Source::Column(at), kind)),
            Operand::Literal(value) => {
                let kind = natural(value);
                Ok((Source::Fixed(fixed(value, kind)?), kind))
            }
            Operand::Calculated { left, by, right } => {
                let ((first, one), (second, two)) = (self.source(left)?, self.source(right)?);
                let number = |kind| matches!(kind, Kind::Number { .. });
                let days = (one, *by, two) == (Kind::Day, Arithmetic::Minus, Kind::Day);
                let other = if number(one) { two } else { one };
                if !days && !number(other) {
                    return Err(format!("{} can't be calculated with", other.noun()));
                }
                let kind = Kind::Number { single: false };
                Ok((Source::Calculated(first.into(), *by, second.into()), kind))
            }
        }
    }

    /// Two values that can be compared. A fixed value is read as what the other one is.
    fn both(&self, left: &Operand, right: &Operand) -> Result<(Source, Source), String> {
        match (left, right) {
            (Operand::Literal(value), other) => {
                let (other, kind) = self.source(other)?;
                Ok((Source::Fixed(fixed(value, kind)?), other))
            }
            (other, Operand::Literal(value)) => {
                let (other, kind) = self.source(other)?;
                Ok((other, Source::Fixed(fixed(value, kind)?)))
            }
            (left, right) => {
                let ((left, one), (right, two)) = (self.source(left)?, self.source(right)?);
                match one.fits(two) {
                    true => Ok((left, right)),
                    false => Err(format!("{} is compared with {}", one.noun(), two.noun())),
                }
            }
        }
    }
}

/// What a fixed value is by itself.
fn natural(value: &Scalar) -> Kind {
    match value {
        Scalar::Integer(_) | Scalar::Number(_) => Kind::Number { single: false },
        Scalar::Bool(_) => Kind::Bool,
        Scalar::Text(_) | Scalar::Null => Kind::Text,
    }
}

/// The fixed value as one of that kind.
fn fixed(value: &Scalar, kind: Kind) -> Result<Fixed, String> {
    let exact = |domain: Domain| match domain.point(value) {
        Some(Point::Fixed(point)) if point.exact => Some(point.floor),
        _ => None,
    };
    let datum = match (kind, value) {
        (Kind::Text, Scalar::Text(text)) => return Ok(Fixed::Text(text.as_bytes().to_vec())),
        (Kind::Bool, Scalar::Bool(value)) => Some(Datum::Bool(*value)),
        (Kind::Number { single }, Scalar::Integer(_) | Scalar::Number(_)) => {
            match (Domain::Number { single }).point(value) {
                Some(Point::Num(number)) => Some(Datum::Num(number)),
                _ => None,
            }
        }
        (Kind::Day, Scalar::Text(_)) => exact(Domain::Date)
            .and_then(|days| i64::try_from(days).ok())
            .map(Datum::Days)
            .or_else(|| exact(Domain::Timestamp).map(Datum::Nanos)),
        (Kind::Moment, Scalar::Text(_)) => exact(Domain::Timestamp).map(Datum::Nanos),
        (Kind::Clock, Scalar::Text(_)) => exact(Domain::Time).map(Datum::Clock),
        _ => None,
    };
    datum.map(Fixed::Of).ok_or_else(|| {
        let text = crate::domain::text_of(value).unwrap_or_default();
        format!("{} is compared with {}", quote(&text), kind.noun())
    })
}
