//! The crate seen from outside.

mod any_text;
mod corpus;
mod schema;
mod support;
