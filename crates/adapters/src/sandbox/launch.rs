//! The parent's side of a run: starts the helper, hands the order over, passes the output on,
//! and keeps time.

use std::fs;
use std::io::{self, PipeReader, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use tempfile::TempDir;

use super::child;
use super::error::{During, Failure, SandboxError};
use super::isolation::Findings;
use super::spec::{Ended, Exit, Spec};
use super::wire::{self, Order, Report, Walls};
use super::{mounts, plan};

/// How often a cancellation is looked for: short beside what a person notices, long beside what
/// looking costs.
const TICK: u16 = 25;
/// After `SIGKILL`, how long the kernel may take; then the helper itself is killed.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs a spec to its end.
pub(super) fn run(
    exe: &Path,
    findings: &Findings,
    spec: &Spec,
    output: &mut dyn FnMut(&[u8]),
    cancel: &dyn Fn() -> bool,
) -> Result<Ended, SandboxError> {
    let scratch = scratch(&spec.scratch)?;
    let order = order(findings, spec, scratch.path())?;
    let mut helper = Helper::start(exe)?;
    helper.give(&order)?;
    let mut clock = Deadline::new(spec);
    while helper.attend(output)? {
        helper.wish(clock.tick(cancel));
    }
    helper.finish(output)?.ended(&clock)
}

/// Fresh for each run, and removed after it.
fn scratch(within: &Path) -> Result<TempDir, Failure> {
    create(within)?;
    let directory = tempfile::Builder::new().prefix("run-").tempdir_in(within);
    directory.during(|| format!("create a directory in {}", within.display()))
}

/// Real paths, the directories that the run needs, and the plan.
fn order(findings: &Findings, spec: &Spec, scratch: &Path) -> Result<Order, Failure> {
    let walls = Walls::from(findings);
    let mut spec = spec.clone();
    scratch.clone_into(&mut spec.scratch);
    for directory in ["tmp", "home"] {
        create(&spec.scratch.join(directory))?;
    }
    for overlay in &mut spec.overlays {
        ["upper", "work"].iter().try_for_each(|name| create(&overlay.scratch.join(name)))?;
        overlay.scratch = plan::canonical(&overlay.scratch)?;
        // A run that was killed did not.
        mounts::tidy_overlay(&overlay.scratch);
    }
    for path in [&mut spec.workspace, &mut spec.scratch, &mut spec.project] {
        *path = plan::canonical(path)?;
    }
    spec.state = plan::canonical(&spec.state).unwrap_or(spec.state);
    without_mounts(findings, &spec)?;
    let tree = plan::tree(&spec)?;
    Ok(Order { spec, walls, tree })
}

fn create(directory: &Path) -> Result<(), Failure> {
    fs::create_dir_all(directory).during(|| format!("create {}", directory.display()))
}

/// What mounts would do, where there are none.
fn without_mounts(findings: &Findings, spec: &Spec) -> Result<(), Failure> {
    if let (Err(why), Some(overlay)) = (&findings.overlay, spec.overlays.first()) {
        return Err(Failure {
            operation: format!("overlay {} (copy it into the workspace instead)", overlay.at),
            reason: why.clone(),
        });
    }
    if findings.namespaces.is_err() {
        return spec.readonly_files.iter().try_for_each(|file| link(spec, &file.at, &file.source));
    }
    Ok(())
}

fn link(spec: &Spec, at: &str, source: &Path) -> Result<(), Failure> {
    let at = spec.workspace.join(at);
    let _ = fs::remove_file(&at);
    fs::create_dir_all(at.parent().unwrap_or(&at))
        .and_then(|()| {
            std::os::unix::fs::symlink(plan::canonical(source).map_err(io::Error::other)?, &at)
        })
        .during(|| format!("link {} to {}", at.display(), source.display()))
}

/// The helper process and what connects us with it.
struct Helper {
    child: Child,
    control: UnixStream,
    output: Option<PipeReader>,
    report: Vec<u8>,
    buffer: Vec<u8>,
}

impl Helper {
    fn start(exe: &Path) -> Result<Self, SandboxError> {
        Self::spawn(exe).map_err(|source| SandboxError::Start { exe: exe.to_owned(), source })
    }

    fn spawn(exe: &Path) -> io::Result<Self> {
        let (control, theirs) = UnixStream::pair()?;
        let (output, writer) = io::pipe()?;
        fcntl(&output, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        let child = Command::new(exe)
            .arg(child::ARGUMENT)
            .env_clear()
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .spawn()?;
        Ok(Self {
            child,
            control,
            output: Some(output),
            report: Vec::new(),
            buffer: vec![0; 64 * 1024],
        })
    }

    fn give(&mut self, order: &Order) -> Result<(), SandboxError> {
        wire::send(&self.control, order).map_err(|error| self.lost(&error.to_string()))
    }

    /// Waits a little and takes what has come; false once the report is complete.
    fn attend(&mut self, output: &mut dyn FnMut(&[u8])) -> Result<bool, SandboxError> {
        let [printed, reported] = self.ready();
        if printed {
            self.take_output(output);
        }
        if reported {
            return self.take_report();
        }
        Ok(true)
    }

    fn ready(&self) -> [bool; 2] {
        let control = PollFd::new(self.control.as_fd(), PollFlags::POLLIN);
        let output = self.output.iter().map(|pipe| PollFd::new(pipe.as_fd(), PollFlags::POLLIN));
        let mut polled: Vec<_> = std::iter::once(control).chain(output).collect();
        let _ = poll(&mut polled, PollTimeout::from(TICK));
        let is_ready = |at: usize| polled.get(at).and_then(PollFd::any).unwrap_or(false);
        [is_ready(1), is_ready(0)]
    }

    /// Reads once; false if nothing was there.
    fn take_output(&mut self, output: &mut dyn FnMut(&[u8])) -> bool {
        let Some(pipe) = &mut self.output else {
            return false;
        };
        match pipe.read(&mut self.buffer) {
            Ok(0) => self.output = None,
            Ok(length) => {
                output(&self.buffer[..length]);
                return true;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return true,
            Err(_) => {}
        }
        false
    }

    fn take_report(&mut self) -> Result<bool, SandboxError> {
        match self.control.read(&mut self.buffer) {
            Ok(0) => Ok(false),
            Ok(length) => {
                self.report.extend_from_slice(&self.buffer[..length]);
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(true),
            // A helper that was killed with words of ours unread resets the connection.
            Err(_) => Ok(false),
        }
    }

    fn wish(&mut self, wish: Option<Wish>) {
        match wish {
            None => {}
            Some(Wish::Terminate) => self.tell(wire::TERMINATE),
            Some(Wish::Kill) => self.tell(wire::KILL),
            Some(Wish::GiveUp) => drop(self.child.kill()),
        }
    }

    /// A helper that is gone already needs no wish.
    fn tell(&mut self, byte: u8) {
        let _ = self.control.write_all(&[byte]);
    }

    /// Takes the rest of the output. Whoever still holds the pipe escaped from a run without a
    /// process namespace, and is not waited for.
    fn finish(mut self, output: &mut dyn FnMut(&[u8])) -> Result<Report, SandboxError> {
        let status = self.child.wait();
        while self.take_output(output) {}
        let detail = || status.map_or_else(|error| error.to_string(), |status| status.to_string());
        serde_json::from_slice(&self.report).map_err(|_| SandboxError::Lost { detail: detail() })
    }

    fn lost(&mut self, detail: &str) -> SandboxError {
        let _ = self.child.kill();
        let _ = self.child.wait();
        SandboxError::Lost { detail: detail.to_owned() }
    }
}

impl Report {
    fn ended(self, clock: &Deadline) -> Result<Ended, SandboxError> {
        match self {
            Self::Failed(failure) => Err(failure.into()),
            // How a command ended that was asked to end does not matter.
            Self::Ended { exit: None, .. } if !clock.timed_out && !clock.cancelled => {
                Err(SandboxError::Lost { detail: "its keeper was killed".to_owned() })
            }
            Self::Ended { exit, reads, connections, usage } => Ok(Ended {
                exit: exit.unwrap_or(Exit::Signal(Signal::SIGKILL as i32)),
                timed_out: clock.timed_out,
                cancelled: clock.cancelled,
                undeclared_reads: reads,
                refused_connections: connections,
                usage,
            }),
        }
    }
}

/// What the helper is to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Terminate,
    Kill,
    GiveUp,
}

/// From the first reason to stop: `SIGTERM`, after the grace `SIGKILL`, then the helper's end.
struct Deadline {
    started: Instant,
    timeout: Option<Duration>,
    grace: Duration,
    asked: Option<(Wish, Instant)>,
    timed_out: bool,
    cancelled: bool,
}

impl Deadline {
    fn new(spec: &Spec) -> Self {
        Self {
            started: Instant::now(),
            timeout: spec.timeout,
            grace: spec.grace,
            asked: None,
            timed_out: false,
            cancelled: false,
        }
    }

    fn tick(&mut self, cancel: &dyn Fn() -> bool) -> Option<Wish> {
        let wish = match self.asked {
            None => self.must_stop(cancel).then_some(Wish::Terminate),
            Some((Wish::Terminate, at)) => (at.elapsed() >= self.grace).then_some(Wish::Kill),
            Some((Wish::Kill, at)) => (at.elapsed() >= PATIENCE).then_some(Wish::GiveUp),
            Some((Wish::GiveUp, _)) => None,
        }?;
        self.asked = Some((wish, Instant::now()));
        Some(wish)
    }

    fn must_stop(&mut self, cancel: &dyn Fn() -> bool) -> bool {
        self.cancelled = cancel();
        let late = |timeout| self.started.elapsed() >= timeout;
        self.timed_out = !self.cancelled && self.timeout.is_some_and(late);
        self.cancelled || self.timed_out
    }
}
