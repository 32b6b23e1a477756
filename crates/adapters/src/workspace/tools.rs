//! What tools say of themselves. Starting `python3 --version` in a sandbox takes some 20 ms, so
//! the answer is remembered for as long as the program's file is the same; but only the answer to
//! the question for its version, which nothing else has a part in.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tollgate_engine::{PortError, PortErrorKind};
use tollgate_model::format_duration;

use super::desk::Desk;
use super::{LocalWorkspace, shell};
use crate::sandbox::{Exit, Spec};

const SYSTEM: &str = "tool";
/// A tool says at once what it is; one that doesn't waits for something that will not come.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
const GREATEST: usize = 64 << 10;

/// What was said, and by which file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Said {
    by: Identity,
    output: String,
}

/// Which file a program is. A script's answer depends on more than its file, so it has none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Identity {
    path: PathBuf,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    inode: u64,
}

pub(super) fn output(
    host: &LocalWorkspace<'_>,
    command: &str,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<String, PortError> {
    let cache = host.state.join("cache/tools.json");
    let identity = identify(host, command);
    let mut known = load(&cache);
    if let (Some(identity), Some(said)) = (&identity, known.get(command))
        && said.by == *identity
    {
        return Ok(said.output.clone());
    }
    let output = ask(host, command, stop)?;
    if let Some(by) = identity {
        known.insert(command.to_owned(), Said { by, output: output.clone() });
        // A cache that can't be written makes the next run slower, not wrong.
        let _ = save(&cache, &known);
    }
    Ok(output)
}

fn identify(host: &LocalWorkspace<'_>, command: &str) -> Option<Identity> {
    let name = asked_for_version(command)?;
    let found = std::env::split_paths(&host.host().path).map(|dir| dir.join(name));
    let path = found.into_iter().find(|path| path.is_file())?.canonicalize().ok()?;
    let meta = fs::metadata(&path).ok()?;
    (is_binary(&path) && !is_proxy(&path)).then(|| Identity {
        size: meta.len(),
        modified: (meta.mtime(), meta.mtime_nsec()),
        changed: (meta.ctime(), meta.ctime_nsec()),
        inode: meta.ino(),
        path,
    })
}

/// The ways to ask a program for its version, and for nothing else.
const VERSION: [&str; 4] = ["--version", "-V", "-v", "version"];

/// Programs that pass the question on, to one that they choose by directory or environment.
const PROXIES: [&str; 11] = [
    "asdf",
    "ccache",
    "direnv",
    "distcc",
    "icecc",
    "jenv",
    "mise",
    "proto-shim",
    "rustup",
    "sccache",
    "volta-shim",
];

// The program, where the command only asks for its version: the answer to anything else may depend
// on files and the time. What a shell would make more of than a name is none.
fn asked_for_version(command: &str) -> Option<&str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.+/".contains(c);
    match command.split_whitespace().collect::<Vec<_>>()[..] {
        [program, question] if VERSION.contains(&question) && program.chars().all(plain) => {
            Some(program)
        }
        _ => None,
    }
}

// `path` is the file that all links lead to: `cargo` leads to `rustup`, a shim to what made it.
fn is_proxy(path: &Path) -> bool {
    path.file_name().is_some_and(|name| PROXIES.iter().any(|proxy| name == *proxy))
}

fn is_binary(path: &Path) -> bool {
    let mut magic = [0; 4];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    read.is_ok() && &magic == b"\x7fELF"
}

fn ask(
    host: &LocalWorkspace<'_>,
    command: &str,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<String, PortError> {
    let failed = |kind, why: String| PortError::new(SYSTEM, kind, format!("`{command}` {why}"));
    let desk = Desk::new(host, "tool")?;
    let mut said = Vec::new();
    let mut keep = |bytes: &[u8]| {
        let room = GREATEST - said.len().min(GREATEST);
        said.extend_from_slice(&bytes[..bytes.len().min(room)]);
    };
    let spec = spec(host, &desk, command);
    let ended = host.sandbox().run(&spec, &mut keep, &|| stop()).map_err(shell::broken)?;
    let text = String::from_utf8_lossy(&said).trim().to_owned();
    match ended.exit {
        _ if ended.cancelled => Err(failed(PortErrorKind::Transient, "was stopped".to_owned())),
        _ if ended.timed_out => {
            let patience = format_duration(host.patience);
            let why = format!("gave no answer in {patience}: it must print something and end");
            Err(failed(PortErrorKind::Unfit, why))
        }
        Exit::Code(0) => Ok(text),
        Exit::Code(127) => {
            let why = "was not found: install it, or put it on PATH".to_owned();
            Err(failed(PortErrorKind::NotFound, why))
        }
        _ => Err(failed(PortErrorKind::Unfit, format!("failed: {text}"))),
    }
}

fn spec(host: &LocalWorkspace<'_>, desk: &Desk, command: &str) -> Spec {
    Spec {
        command: command.to_owned(),
        workspace: desk.workspace(),
        scratch: desk.scratch(),
        overlays: Vec::new(),
        readonly_files: Vec::new(),
        project: host.root.clone(),
        state: host.state.clone(),
        host: host.host().clone(),
        env: Vec::new(),
        network: false,
        timeout: Some(host.patience),
        // There is nothing that it would have to tidy up.
        grace: Duration::ZERO,
    }
}

fn load(path: &Path) -> BTreeMap<String, Said> {
    let text = fs::read(path).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

fn save(path: &Path, known: &BTreeMap<String, Said>) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    let tmp = path.with_extension("tmp");
    fs::write(&tmp, serde_json::to_vec(known)?)?;
    fs::rename(tmp, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_question_for_the_version_is_remembered() {
        for command in ["python3 --version", "g++-13 -v", "go version", "uv  -V", "/usr/bin/cc -v"]
        {
            assert!(asked_for_version(command).is_some(), "{command}");
        }
        for command in [
            "cat VERSION",
            "python3 check.py",
            "date +%s",
            "python3 -c 1 --version",
            "python3",
            "$CC --version",
            "~/cc -v",
            "A=1 --version",
            "a&&b --version",
            "x --version;",
            "",
        ] {
            assert_eq!(asked_for_version(command), None, "{command}");
        }
    }

    #[test]
    fn what_passes_the_question_on_is_asked_each_time() {
        assert!(is_proxy(Path::new("/opt/cargo/bin/rustup")));
        assert!(is_proxy(Path::new("/usr/bin/ccache")));
        assert!(!is_proxy(Path::new("/usr/bin/python3.11")));
    }
}
