//! YAML as a tree that knows where everything was written.

mod complaint;
mod load;
mod node;
mod scalar;

pub(crate) use load::load;
pub(crate) use node::{Entry, Node, Value};
pub(crate) use scalar::{Meaning, Scalar};
