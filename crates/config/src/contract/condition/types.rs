//! A condition's tree as a condition: every name is a column, and the types fit.

use tollgate_model::{Arithmetic, Condition, LogicalType, Operand, Relation, Scalar};

use super::Fault;
use super::parse::{Kind, Part};
use crate::contract::column::Names;
use crate::suggest;
use crate::text::{listed, quoted};

/// More columns than these are not listed in a hint.
const LISTED: usize = 12;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Number,
    Text,
    Date,
    Timestamp,
    Time,
    Boolean,
    /// Of a column whose type the contract does not say.
    Any,
}

impl Type {
    fn noun(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Date => "a date",
            Self::Timestamp => "a timestamp",
            Self::Time => "a time of day",
            Self::Boolean => "true or false",
            Self::Any => "of any type",
        }
    }

    fn is_temporal(self) -> bool {
        matches!(self, Self::Date | Self::Timestamp | Self::Time)
    }

    /// Whether values of both can be compared.
    fn fits(self, other: Self) -> bool {
        let days = |kind| matches!(kind, Self::Date | Self::Timestamp);
        self == other || self == Self::Any || other == Self::Any || (days(self) && days(other))
    }
}

/// The columns of the table, by which names are found.
pub(super) struct Columns<'p>(pub(super) &'p [Names<'p>]);

impl Columns<'_> {
    pub(super) fn condition(&self, part: &Part) -> Result<Condition, Fault> {
        let all = |parts: &[Part]| {
            parts.iter().map(|part| self.condition(part)).collect::<Result<Vec<_>, _>>()
        };
        Ok(match &part.kind {
            Kind::Not(inner) => Condition::Not(self.condition(inner)?.into()),
            Kind::And(parts) => Condition::And(all(parts)?),
            Kind::Or(parts) => Condition::Or(all(parts)?),
            Kind::Implies(first, second) => {
                Condition::Implies(self.condition(first)?.into(), self.condition(second)?.into())
            }
            Kind::IsNull(inner) => Condition::IsNull(self.operand(inner)?.0),
            Kind::Compare(left, relation, right) => self.compare(left, *relation, right)?,
            Kind::In(value, list) => self.among(value, list)?,
            Kind::Column(_) => self.holds(part)?,
            Kind::Literal(_) | Kind::Calculated(..) => {
                return Err(Fault::of(part, "a value, where a condition is expected")
                    .hint("compare it with something, such as `… > 0`"));
            }
        })
    }

    fn holds(&self, part: &Part) -> Result<Condition, Fault> {
        match self.operand(part)? {
            (Operand::Column(column), Type::Boolean | Type::Any) => Ok(Condition::Holds(column)),
            (_, kind) => {
                let message = format!("this is {}, and not a condition by itself", kind.noun());
                Err(Fault::of(part, message).hint("compare it with something, such as `… > 0`"))
            }
        }
    }

    fn compare(&self, left: &Part, relation: Relation, right: &Part) -> Result<Condition, Fault> {
        let ((first, one), (second, two)) = (self.operand(left)?, self.operand(right)?);
        if let (Operand::Literal(_), Operand::Literal(_)) = (&first, &second) {
            return Err(Fault::new(left.start, right.end, "two fixed values are compared")
                .hint("name a column on one side"));
        }
        self.alike((left, &first, one), (right, &second, two))?;
        let ordered = !matches!(relation, Relation::Equal | Relation::Unequal);
        if ordered && [one, two].contains(&Type::Boolean) {
            let fault = Fault::new(left.start, right.end, "truth values have no order");
            return Err(fault.hint("compare with `=` or `!=`, or name the column alone"));
        }
        Ok(Condition::Compare { left: first, relation, right: second })
    }

    fn among(&self, value: &Part, list: &[Part]) -> Result<Condition, Fault> {
        let (operand, kind) = self.operand(value)?;
        let mut values = Vec::new();
        for item in list {
            let (literal, other) = self.operand(item)?;
            self.alike((value, &operand, kind), (item, &literal, other))?;
            match literal {
                Operand::Literal(literal) => values.push(literal),
                _ => return Err(Fault::of(item, "a list of values holds fixed values only")),
            }
        }
        Ok(Condition::In(operand, values))
    }

    /// Whether the two can be compared. A text that is written down is a date beside a date.
    fn alike(
        &self,
        (left, first, one): (&Part, &Operand, Type),
        (right, second, two): (&Part, &Operand, Type),
    ) -> Result<(), Fault> {
        for (literal, place, kind) in [(first, left, two), (second, right, one)] {
            if let (Operand::Literal(Scalar::Text(text)), true) = (literal, kind.is_temporal()) {
                return match super::super::bounds::is_iso(text) {
                    true => Ok(()),
                    false => {
                        let message = format!("{} is not {}", quoted(text), kind.noun());
                        Err(Fault::of(place, message)
                            .hint("in ISO 8601: '2024-01-31' or '2024-01-31T08:00:00Z'"))
                    }
                };
            }
        }
        if one.fits(two) {
            return Ok(());
        }
        let message = format!("{} is compared with {}", one.noun(), two.noun());
        let fault = Fault::new(left.start.min(right.start), right.end, message);
        let quotes = [one, two].contains(&Type::Text) && [one, two].contains(&Type::Number);
        Err(match (quotes, second) {
            (true, Operand::Literal(Scalar::Text(_))) => fault.hint("a number has no quotes"),
            (true, Operand::Literal(_)) => fault.hint("a text stands in single quotes"),
            _ if one.is_temporal() || two.is_temporal() => {
                fault.hint("a date stands in single quotes: '2024-01-31'")
            }
            _ => fault,
        })
    }

    fn operand(&self, part: &Part) -> Result<(Operand, Type), Fault> {
        match &part.kind {
            Kind::Column(name) => self.column(name, part),
            Kind::Literal(value) => Ok((Operand::Literal(value.clone()), of(value))),
            Kind::Calculated(left, by, right) => self.calculated(left, *by, right),
            _ => Err(Fault::of(part, "a condition, where a value is expected")),
        }
    }

    fn calculated(
        &self,
        left: &Part,
        by: Arithmetic,
        right: &Part,
    ) -> Result<(Operand, Type), Fault> {
        let ((first, one), (second, two)) = (self.operand(left)?, self.operand(right)?);
        let days = by == Arithmetic::Minus && one == Type::Date && two == Type::Date;
        for (part, kind) in [(left, one), (right, two)] {
            if !days && !matches!(kind, Type::Number | Type::Any) {
                let message = format!("{} can't be calculated with", kind.noun());
                let hint = "numbers can be, and two dates have a difference in days";
                return Err(Fault::of(part, message).hint(hint));
            }
        }
        let (left, right) = (Box::new(first), Box::new(second));
        Ok((Operand::Calculated { left, by, right }, Type::Number))
    }

    fn column(&self, name: &str, part: &Part) -> Result<(Operand, Type), Fault> {
        let is_it = |names: &&Names<'_>| names.logical == name || names.name == name;
        let Some(found) = self.0.iter().find(is_it) else {
            return Err(self.unknown(name, part));
        };
        let kind = match found.logical_type {
            None => Type::Any,
            Some(LogicalType::Integer | LogicalType::Number) => Type::Number,
            Some(LogicalType::String) => Type::Text,
            Some(LogicalType::Date) => Type::Date,
            Some(LogicalType::Timestamp) => Type::Timestamp,
            Some(LogicalType::Time) => Type::Time,
            Some(LogicalType::Boolean) => Type::Boolean,
            Some(LogicalType::Object | LogicalType::Array) => {
                let message = format!("{} holds lists or records", quoted(name));
                return Err(Fault::of(part, message).hint("they can't be compared"));
            }
        };
        Ok((Operand::Column(found.name.to_owned()), kind))
    }

    fn unknown(&self, name: &str, part: &Part) -> Fault {
        let names = || self.0.iter().map(|names| names.logical);
        let meant = suggest::did_you_mean(suggest::nearest(name, names()));
        let all = || {
            (!self.0.is_empty() && self.0.len() <= LISTED)
                .then(|| format!("it has {}", listed(names(), "and")))
        };
        let fault = Fault::of(part, format!("the table has no column {}", quoted(name))).column();
        match meant.or_else(all) {
            Some(hint) => fault.hint(hint),
            None => fault,
        }
    }
}

fn of(literal: &Scalar) -> Type {
    match literal {
        Scalar::Integer(_) | Scalar::Number(_) => Type::Number,
        Scalar::Text(_) => Type::Text,
        Scalar::Bool(_) => Type::Boolean,
        Scalar::Null => Type::Any,
    }
}
