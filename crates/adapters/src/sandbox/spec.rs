//! What to run, and how it ended: the two values that cross the sandbox's border.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::host::HostView;

/// One shell command and everything that it may see.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Spec {
    /// Run as `/bin/sh -e -c COMMAND`.
    pub command: String,
    /// The host directory that becomes `/workspace`, the working directory; writable.
    pub workspace: PathBuf,
    /// A host directory on disk where each run gets a fresh `/tmp` and `HOME` (large package
    /// builds must fit), removed after it. A parent that is killed leaves a `run-*` here.
    pub scratch: PathBuf,
    /// Immutable directories that appear in the workspace without a copy.
    pub overlays: Vec<Overlay>,
    /// Large inputs, visible read-only in the workspace without a copy.
    pub readonly_files: Vec<ReadonlyFile>,
    /// The user's checkout: never visible inside, used to name undeclared reads.
    pub project: PathBuf,
    /// The state directory (`.tollgate`): never visible inside.
    pub state: PathBuf,
    /// The tools of the host that the command may use.
    pub host: HostView,
    /// Variables beyond the base environment; a name given here replaces the base's.
    pub env: Vec<(String, String)>,
    /// Whether the command sees the host's network. Without it there is a loopback only.
    pub network: bool,
    /// How long the command may run.
    pub timeout: Option<Duration>,
    /// From `SIGTERM` to `SIGKILL`, after a timeout or a cancellation.
    pub grace: Duration,
}

/// A directory of the content store, overlay-mounted in the workspace.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Overlay {
    /// Where it appears, relative to the workspace (an empty directory stays there).
    pub at: String,
    /// The immutable contents.
    pub lower: PathBuf,
    /// A host directory for what the command changes: `upper/` holds it afterwards, with
    /// overlayfs's own marks for deletions. Must not itself be on an overlay.
    pub scratch: PathBuf,
}

/// One file that appears read-only in the workspace.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReadonlyFile {
    /// Where it appears, relative to the workspace (an empty file stays there).
    pub at: String,
    /// The host's file.
    pub source: PathBuf,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exit {
    /// It returned this code.
    Code(i32),
    /// This signal ended it.
    Signal(i32),
}

/// What a finished run tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// How the shell ended.
    pub exit: Exit,
    /// It ran longer than [`Spec::timeout`] and was ended for it.
    pub timed_out: bool,
    /// The caller asked for its end.
    pub cancelled: bool,
    /// Files of the project that it tried to read without having them: paths relative to the
    /// project, sorted, at most [`MAX_NAMES`]. A diagnostic, not the wall: a program that wants
    /// to hide a read from it can.
    pub undeclared_reads: Vec<String>,
    /// Addresses that it tried to reach without having the network, e.g. `93.184.216.34:443`;
    /// sorted, at most [`MAX_NAMES`].
    pub refused_connections: Vec<String>,
    /// What it and its children used.
    pub usage: Usage,
}

/// The resources that a run used, background processes included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// The largest resident set of any single process.
    pub max_rss_bytes: u64,
    /// Processor time in user mode.
    pub user: Duration,
    /// Processor time in the kernel.
    pub system: Duration,
}

/// More names than this help nobody, and a walk over a forbidden tree must not fill memory.
pub const MAX_NAMES: usize = 200;
