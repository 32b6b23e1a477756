//! The hidden entry of our own binary: `tollgate __sandbox [probe]`.

use std::ffi::OsString;
use std::process::ExitCode;

use super::{instance, probe, supervise};

/// The argument that makes a binary the sandbox's helper. A `main` that finds it first must call
/// [`child_main`] before it starts any thread.
pub const ARGUMENT: &str = "__sandbox";

/// Runs the helper; `arguments` are those after [`ARGUMENT`].
pub fn child_main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut arguments = arguments.into_iter();
    match (arguments.next(), arguments.next()) {
        (Some(word), Some(scratch)) if word == probe::WORD => probe::child(scratch.as_ref()),
        (Some(word), None) if word == instance::WORD => instance::child(),
        _ => supervise::child(),
    }
}
