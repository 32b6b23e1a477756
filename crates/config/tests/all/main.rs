//! The crate seen from outside.

mod any_text;
mod corpus;
mod limits;
mod schema;
mod support;
