//! CI/CD for machine-learning systems in one binary. This crate only composes: it reads the
//! command line, wires the engine to the real adapters, and shows what comes of it.

mod cli;
mod display;
mod error;
mod panics;
mod project;

use std::process::ExitCode;

fn main() -> ExitCode {
    // The sandbox starts this binary again as its helper; nothing else may happen then.
    #[cfg(target_os = "linux")]
    {
        use tollgate_adapters::sandbox::{ARGUMENT, child_main};
        if std::env::args_os().nth(1).is_some_and(|first| first == ARGUMENT) {
            return child_main(std::env::args_os().skip(2));
        }
    }
    panics::note_them();
    ExitCode::from(panics::answer_for(cli::main).code())
}
