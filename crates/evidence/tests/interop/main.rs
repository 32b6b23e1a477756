//! Others' tools believe what is signed here, and what they sign is believed here: OpenSSL and
//! cosign, as they are installed.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "only a process of theirs can say what another tool accepts, and a tool that is \
              missing must be said aloud"
)]

mod cosign;
mod openssl;

use std::path::Path;
use std::process::{Command, Output};

use tollgate_evidence::PrivateKey;
use zeroize::Zeroizing;

/// A key of a test, by its number.
fn key(number: u8) -> PrivateKey {
    PrivateKey::from_random(&Zeroizing::new([number; 32])).unwrap()
}

/// What `tool` said, run in `directory` with `directory` as its home too.
fn run(tool: &str, arguments: &[&str], directory: &Path) -> Output {
    let mut command = Command::new(tool);
    command.args(arguments).current_dir(directory).env("HOME", directory);
    command.output().unwrap_or_else(|error| panic!("{tool}: {error}"))
}

/// The tool that the variable names or the machine has, if there is one. A test without it has
/// shown nothing, and says so.
fn find(tool: &str, variable: &str) -> Option<String> {
    let named = std::env::var(variable).unwrap_or_else(|_| tool.to_owned());
    let there = Command::new(&named).arg("version").output().is_ok();
    if !there {
        eprintln!("NOT TESTED: there is no {tool} here; install it or name it in {variable}");
    }
    there.then_some(named)
}
