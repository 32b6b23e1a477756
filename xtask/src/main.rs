//! Checks of the house: `cargo xtask layering | deps | tidy | generated [--write] | ci`.
//!
//! Each check is a function from what is there to a list of problems, one sentence each. Only
//! this file speaks to the terminal.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a tool for a terminal")]

mod deps;
mod generated;
mod layering;
mod licence;
mod metadata;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// What a check found; or why it could not be carried out.
type Outcome = Result<Vec<String>, String>;

const USAGE: &str = "usage: cargo xtask layering | deps | tidy | generated [--write] | ci";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["layering"] => layering::check(&root()),
        ["deps"] => deps::check(&root()),
        ["tidy"] => tidy::check(&root()),
        ["generated"] => generated::check(&root()),
        ["generated", "--write"] => generated::write(&root()).map(|()| Vec::new()),
        ["ci"] => run(&root(), "bash", &[".ci/run"]).map(|()| Vec::new()),
        _ => Err(USAGE.to_owned()),
    };
    tell(&words.join(" "), outcome)
}

fn tell(check: &str, outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(problems) if problems.is_empty() => {
            println!("{check}: in order");
            ExitCode::SUCCESS
        }
        Ok(problems) => {
            problems.iter().for_each(|problem| eprintln!("{check}: {problem}"));
            ExitCode::FAILURE
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// The workspace's root, wherever cargo was called.
fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_owned()
}

/// Runs a command whose output the person sees.
fn run(root: &Path, program: &str, args: &[&str]) -> Result<(), String> {
    let told = format!("{program} {}", args.join(" "));
    match Command::new(program).args(args).current_dir(root).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{told}` failed: {status}")),
        Err(error) => Err(format!("`{told}` could not be started: {error}")),
    }
}

/// Runs a command for its output.
fn output(root: &Path, program: &str, args: &[&str]) -> Result<Vec<u8>, String> {
    let told = format!("{program} {}", args.join(" "));
    let output = Command::new(program).args(args).current_dir(root).output();
    let output = output.map_err(|error| format!("`{told}` could not be started: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("`{told}` failed: {}\n{}", output.status, said.trim_end()))
}
