//! The crate seen from outside.

mod any_text;
mod corpus;
mod import;
mod limits;
mod schema;
mod support;
