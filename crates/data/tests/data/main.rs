//! The crate from outside: whole files in, reports out.

mod common;
mod telco;
