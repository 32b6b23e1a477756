//! Runs one shell command with just the files, the network and the environment that it
//! declares, and leaves nothing of it behind.
//!
//! The parent starts our own binary again as a *helper* ([`child_main`]), so that nothing of a
//! program with threads is ever forked. Three processes follow from it:
//!
//! ```text
//! parent ── supervisor ── keeper ── the command
//!           sees both      first of the process namespace: builds the
//!           trees, names   file tree, reaps, and takes all with it
//!           reads
//! ```
//!
//! - **Files**: a new root of read-only system directories, the workspace at `/workspace`, a
//!   fresh home and `/tmp` ([`plan`], [`etc`], [`mounts`]); Landlock says it again.
//! - **Processes**: when the parent dies, by whatever signal, a socket ends, the keeper dies and
//!   the kernel ends the rest.
//! - **Reports**: a read of a file that the project has and the workspace has not is named
//!   ([`notify`]). It is a diagnostic; the walls do not depend on it.
//!
//! A kernel that lacks a mechanism gives less, and [`Isolation`] says in words what and why.
//! Absent from here: caching, keys, secrets, and what a failed command means.

mod base;
mod error;
mod host;
mod isolation;
mod spec;

#[cfg(target_os = "linux")]
mod channel;
#[cfg(target_os = "linux")]
mod child;
#[cfg(target_os = "linux")]
mod descendants;
#[cfg(target_os = "linux")]
mod etc;
#[cfg(target_os = "linux")]
mod filter;
#[cfg(target_os = "linux")]
mod instance;
#[cfg(target_os = "linux")]
mod keeper;
#[cfg(target_os = "linux")]
mod landlock;
#[cfg(target_os = "linux")]
mod launch;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(target_os = "linux")]
mod mounts;
#[cfg(target_os = "linux")]
mod notify;
#[cfg(target_os = "linux")]
mod plan;
#[cfg(target_os = "linux")]
mod probe;
#[cfg(target_os = "linux")]
mod raw;
#[cfg(target_os = "linux")]
mod step;
#[cfg(target_os = "linux")]
mod supervise;
#[cfg(target_os = "linux")]
mod userns;
#[cfg(target_os = "linux")]
mod wire;

use std::path::{Path, PathBuf};

#[cfg(target_os = "linux")]
pub(crate) use self::channel::{pair, receive};
#[cfg(target_os = "linux")]
pub use self::child::{ARGUMENT, child_main};
pub use self::error::{Failure, SandboxError};
pub use self::host::{HostView, NetworkView, host_tools};
#[cfg(target_os = "linux")]
pub(crate) use self::instance::{CONNECT, Order as InstanceOrder, Said as InstanceSaid, TERMINATE};
pub use self::isolation::{Isolation, Level, Mechanism};
pub use self::spec::{Ended, Exit, MAX_NAMES, Overlay, ReadonlyFile, Spec, Usage};

use self::isolation::Findings;

/// The way to the running binary that still works when its file was replaced.
const OURSELVES: &str = "/proc/self/exe";

/// Runs commands with what this kernel gives. Cheap to clone; probe once, keep it.
#[derive(Debug, Clone)]
pub struct Sandbox {
    exe: PathBuf,
    findings: Findings,
}

impl Sandbox {
    /// Probes the kernel (some ten milliseconds) with the running binary as the helper: its
    /// `main` must call [`child_main`] when its first argument is [`ARGUMENT`]. `scratch` is a
    /// directory on the file system where overlays will keep their changes.
    pub fn probe(scratch: &Path) -> Self {
        Self::with_helper(OURSELVES, scratch)
    }

    /// As [`Sandbox::probe`], with another binary as the helper.
    pub fn with_helper(exe: impl Into<PathBuf>, scratch: &Path) -> Self {
        let exe = exe.into();
        let findings = machine::ask(&exe, scratch);
        Self { exe, findings }
    }

    /// The same without one mechanism, for whoever must do without it (or wants to see what
    /// happens then). `why` appears in [`Isolation`].
    #[must_use]
    pub fn without(mut self, mechanism: Mechanism, why: &str) -> Self {
        self.findings = self.findings.without(mechanism, why);
        self
    }

    /// What a run is isolated from, and what is missing, in words.
    pub fn isolation(&self) -> Isolation {
        self.findings.isolation()
    }

    /// Runs a command to its end, and the end of everything that it started. `output` gets
    /// standard output and error, merged, as they come; a slow one slows the command down.
    /// `cancel` is asked every 25 ms.
    pub fn run(
        &self,
        spec: &Spec,
        output: &mut dyn FnMut(&[u8]),
        cancel: &dyn Fn() -> bool,
    ) -> Result<Ended, SandboxError> {
        machine::run(&self.exe, &self.findings, spec, output, cancel)
    }
}

#[cfg(target_os = "linux")]
mod machine {
    pub(super) use super::launch::run;
    pub(super) use super::probe::ask;
}

#[cfg(not(target_os = "linux"))]
#[path = "plain.rs"]
mod machine;
