//! Licences: what a package says of its own, as an SPDX expression where that can be told, and
//! whether a policy has it.

mod check;
mod expression;
mod names;
mod words;

pub use check::check;
pub use expression::{Expression, ExpressionError, Licence};
pub(crate) use words::understood;
