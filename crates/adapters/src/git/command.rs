//! One call of Git that ends: with its answer, after a time, or when it is told to.

use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// Git answers in milliseconds; one that takes this long waits for a disk or a lock.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often a stop is looked for.
const POLL: Duration = Duration::from_millis(20);

/// Runs `git` with these arguments in `root` and returns what it said.
///
/// # Errors
/// It can't be started, gave no answer in time (`TimedOut`), or was told to stop.
pub(super) fn run(
    root: &Path,
    arguments: &[impl AsRef<OsStr>],
    stop: &(dyn Fn() -> bool + Sync),
) -> io::Result<Output> {
    run_with(root, arguments, &[], None, stop)
}

/// The same with variables of its environment, and what it reads.
///
/// # Errors
/// As [`run`].
pub(super) fn run_with(
    root: &Path,
    arguments: &[impl AsRef<OsStr>],
    variables: &[(&str, &OsStr)],
    input: Option<&[u8]>,
    stop: &(dyn Fn() -> bool + Sync),
) -> io::Result<Output> {
    let mut child = Command::new("git")
        .args(arguments)
        .current_dir(root)
        .env("LC_ALL", "C")
        // Nobody is there to be asked for a password.
        .env("GIT_TERMINAL_PROMPT", "0")
        .envs(variables.iter().copied())
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // What it starts ends with it.
        .process_group(0)
        .spawn()?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (answered, answer) = mpsc::channel::<()>();
    let stdin = child.stdin.take();
    std::thread::scope(|scope| {
        if let (Some(mut stdin), Some(input)) = (stdin, input) {
            // One that has stopped to read says why itself.
            scope.spawn(move || stdin.write_all(input));
        }
        let errors = scope.spawn(|| read(stderr));
        let child = &mut child;
        let guard = scope.spawn(move || guard(child, &answer, stop).and_then(|()| child.wait()));
        let stdout = read(stdout);
        let stderr = errors.join().unwrap_or_else(|p| std::panic::resume_unwind(p));
        drop(answered);
        let status = guard.join().unwrap_or_else(|p| std::panic::resume_unwind(p))?;
        Ok(Output { status, stdout: stdout?, stderr: stderr? })
    })
}

fn read(pipe: Option<impl Read>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    pipe.map_or(Ok(0), |mut pipe| pipe.read_to_end(&mut bytes))?;
    Ok(bytes)
}

// Waits for the answer, which is being read elsewhere, and kills the child where that takes too
// long.
fn guard(
    child: &mut Child,
    answer: &Receiver<()>,
    stop: &(dyn Fn() -> bool + Sync),
) -> io::Result<()> {
    let began = Instant::now();
    while answer.recv_timeout(POLL) == Err(RecvTimeoutError::Timeout) {
        let why = match began.elapsed() < PATIENCE {
            _ if stop() => io::Error::other("it was stopped"),
            true => continue,
            false => io::Error::new(io::ErrorKind::TimedOut, "no answer in 30 s"),
        };
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        if let Some(group) = group {
            let _ = kill_process_group(group, Signal::KILL);
        }
        child.wait()?;
        return Err(why);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_ends_git_and_what_it_started() {
        // An alias is run by a shell below Git, which keeps the pipe open.
        let endless = ["-c", "alias.endless=!sleep 1000; true", "endless"];
        let stopped = run(Path::new("/"), &endless, &|| true);
        assert_eq!(stopped.unwrap_err().to_string(), "it was stopped");
    }
}
