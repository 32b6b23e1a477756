//! The ledger as its users see it.

mod append;
mod common;
mod questions;
mod sequences;
mod verify;
