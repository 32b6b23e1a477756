//! Texts of a CSV file as values, without allocation.

pub(crate) mod cell;
pub(crate) mod number;
pub(crate) mod pattern;
mod quick;
pub(crate) mod temporal;
