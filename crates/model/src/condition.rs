//! Conditions on the values of one row, as contracts write them. Whoever reads them has checked
//! that the types fit.

use serde::{Deserialize, Serialize};

use crate::Scalar;

/// What must be true of a row. It is true, false or unknown: whatever touches a null is unknown
/// (only `is null` asks for it), and what is unknown breaks nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// A column of truth values is true.
    Holds(String),
    /// Two values are in this order.
    Compare {
        /// The left one.
        left: Operand,
        /// The order.
        relation: Relation,
        /// The right one.
        right: Operand,
    },
    /// `is null`: it is never unknown.
    IsNull(Operand),
    /// `in (…)`: a value is one of these, of which none is null.
    In(Operand, Vec<Scalar>),
    /// `not`.
    Not(Box<Condition>),
    /// `and`: false where one is false, even if another is unknown.
    And(Vec<Condition>),
    /// `or`: true where one is true, even if another is unknown.
    Or(Vec<Condition>),
    /// `implies`: where the first is true, the second must be. The same as `not … or …`.
    Implies(Box<Condition>, Box<Condition>),
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operand {
    /// Of a column, as the data names it.
    Column(String),
    /// The same in every row; not null. Dates and times are texts in ISO 8601.
    Literal(Scalar),
    /// Worked out from two numbers.
    Calculated {
        /// The left one.
        left: Box<Operand>,
        /// How.
        by: Arithmetic,
        /// The right one.
        right: Box<Operand>,
    },
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// `=`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// How two numbers become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arithmetic {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
    /// `/`; by zero it is unknown.
    Over,
}

impl Condition {
    /// The columns that it reads, each once, in the order in which they occur.
    #[must_use]
    pub fn columns(&self) -> Vec<&str> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    fn collect<'a>(&'a self, found: &mut Vec<&'a str>) {
        match self {
            Self::Holds(column) => once(column, found),
            Self::Compare { left, right, .. } => {
                left.collect(found);
                right.collect(found);
            }
            Self::IsNull(operand) | Self::In(operand, _) => operand.collect(found),
            Self::Not(inner) => inner.collect(found),
            Self::And(parts) | Self::Or(parts) => {
                parts.iter().for_each(|part| part.collect(found));
            }
            Self::Implies(first, second) => {
                first.collect(found);
                second.collect(found);
            }
        }
    }
}

impl Operand {
    fn collect<'a>(&'a self, found: &mut Vec<&'a str>) {
        match self {
            Self::Column(column) => once(column, found),
            Self::Literal(_) => {}
            Self::Calculated { left, right, .. } => {
                left.collect(found);
                right.collect(found);
            }
        }
    }
}

fn once<'a>(column: &'a str, found: &mut Vec<&'a str>) {
    if !found.contains(&column) {
        found.push(column);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_listed_once_in_their_order() {
        let column = |name: &str| Operand::Column(name.to_owned());
        let compare = |left: &str, right: &str| Condition::Compare {
            left: column(left),
            relation: Relation::Less,
            right: column(right),
        };
        let condition = Condition::Implies(
            Box::new(Condition::And(vec![compare("b", "a"), Condition::Holds("c".into())])),
            Box::new(Condition::Not(Box::new(compare("a", "d")))),
        );
        assert_eq!(condition.columns(), ["b", "a", "c", "d"]);
    }
}
