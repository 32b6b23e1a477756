//! Versions, and which comes first, as each ecosystem has it.

mod debian;
mod python;

pub use debian::{DebianVersion, DebianVersionError};
pub use python::{PythonVersion, PythonVersionError};
