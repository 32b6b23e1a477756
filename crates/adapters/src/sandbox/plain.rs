//! Without Linux there is a process and its timeout, and nothing else; [`Findings`] says so.

use std::io::{self, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::base::{self, Places};
use super::isolation::Findings;
use super::{Ended, Exit, SandboxError, Spec, Usage};

/// Between two looks at the process.
const TICK: Duration = Duration::from_millis(25);

/// Nothing to ask.
pub(super) fn ask(_: &Path, _: &Path) -> Findings {
    Findings::nothing("isolation needs Linux; here a step runs as a plain process")
}

/// Runs the command as a plain process; its output comes when it has ended.
pub(super) fn run(
    _: &Path,
    _: &Findings,
    spec: &Spec,
    output: &mut dyn FnMut(&[u8]),
    cancel: &dyn Fn() -> bool,
) -> Result<Ended, SandboxError> {
    let started = |source| SandboxError::Start { exe: "/bin/sh".into(), source };
    let (mut reader, mut child) = start(spec).map_err(started)?;
    let reading = std::thread::spawn(move || {
        let mut text = Vec::new();
        reader.read_to_end(&mut text).map(|_| text)
    });
    let (status, timed_out, cancelled) = wait(&mut child, spec, cancel).map_err(started)?;
    output(&reading.join().ok().and_then(Result::ok).unwrap_or_default());
    Ok(Ended {
        exit: exit(status),
        timed_out,
        cancelled,
        undeclared_reads: Vec::new(),
        refused_connections: Vec::new(),
        usage: Usage::default(),
    })
}

fn start(spec: &Spec) -> io::Result<(io::PipeReader, Child)> {
    let (reader, writer) = io::pipe()?;
    std::fs::create_dir_all(&spec.scratch)?;
    let scratch = spec.scratch.to_string_lossy();
    let places = Places { home: &scratch, tmp: &scratch };
    let child = Command::new("/bin/sh")
        .args(["-e", "-c", &spec.command])
        .current_dir(&spec.workspace)
        .env_clear()
        .envs(base::environment(spec, &places))
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .spawn()?;
    Ok((reader, child))
}

fn wait(
    child: &mut Child,
    spec: &Spec,
    cancel: &dyn Fn() -> bool,
) -> io::Result<(ExitStatus, bool, bool)> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((status, false, false));
        }
        let cancelled = cancel();
        if cancelled || spec.timeout.is_some_and(|limit| started.elapsed() >= limit) {
            child.kill()?;
            return Ok((child.wait()?, !cancelled, cancelled));
        }
        std::thread::sleep(TICK);
    }
}

fn exit(status: ExitStatus) -> Exit {
    let signal = || Exit::Signal(status.signal().unwrap_or_default());
    status.code().map_or_else(signal, Exit::Code)
}
