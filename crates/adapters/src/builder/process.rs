//! One call of a builder.

use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::BuilderError;

/// How often the end, or a stop, is looked for.
const POLL: Duration = Duration::from_millis(20);

/// What a builder has to put away its working containers after it is told to stop.
const GRACE: Duration = Duration::from_secs(5);

/// So much of the end of what it says is told when it fails, in bytes.
const TAIL: usize = 400;

/// A call.
pub(super) struct Run<'r> {
    pub(super) program: &'static str,
    pub(super) words: &'r [String],
    pub(super) environment: &'r BTreeMap<String, String>,
    pub(super) cancelled: &'r (dyn Fn() -> bool + Sync),
}

impl Run<'_> {
    /// What it answers.
    pub(super) fn said(&self) -> Result<String, BuilderError> {
        let answer = Mutex::new(Vec::new());
        let keep = |bytes: &[u8]| {
            answer.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        };
        self.shown(&keep)?;
        let answer = answer.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// Runs it to its end and passes on what it says, errors among it.
    pub(super) fn shown(&self, output: &(dyn Fn(&[u8]) + Sync)) -> Result<(), BuilderError> {
        let start = |source| BuilderError::Start { builder: self.program, source };
        let mut child = self.command().spawn().map_err(start)?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let tail = Mutex::new(Vec::new());
        let pass = |bytes: &[u8]| {
            let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
            tail.extend_from_slice(bytes);
            let over = tail.len().saturating_sub(TAIL);
            tail.drain(..over);
            output(bytes);
        };
        let status = thread::scope(|scope| {
            scope.spawn(|| pump(stdout, &pass));
            scope.spawn(|| pump(stderr, &pass));
            self.wait(&mut child)
        })?;
        if status.success() {
            return Ok(());
        }
        let tail = tail.into_inner().unwrap_or_else(PoisonError::into_inner);
        Err(BuilderError::Failed { builder: self.program, why: last_words(&tail, status) })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.program);
        command.args(self.words).env_clear().envs(self.environment);
        command.env("DOCKER_BUILDKIT", "1");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // What it starts ends with it.
        command.process_group(0);
        command
    }

    fn wait(&self, child: &mut Child) -> Result<ExitStatus, BuilderError> {
        let failed = |source| BuilderError::Start { builder: self.program, source };
        let mut told: Option<Instant> = None;
        loop {
            if let Some(status) = child.try_wait().map_err(failed)? {
                return if told.is_some() { Err(BuilderError::Stopped) } else { Ok(status) };
            }
            match told {
                None if (self.cancelled)() => {
                    signal(child, Signal::TERM);
                    told = Some(Instant::now());
                }
                Some(at) if at.elapsed() > GRACE => signal(child, Signal::KILL),
                _ => {}
            }
            thread::sleep(POLL);
        }
    }
}

fn signal(child: &Child, signal: Signal) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, signal);
    }
}

fn pump(pipe: Option<impl Read>, pass: &(dyn Fn(&[u8]) + Sync)) {
    let Some(mut pipe) = pipe else { return };
    let mut piece = [0; 8192];
    // A pipe that can't be read any more has nothing more to say.
    while let Ok(read @ 1..) = pipe.read(&mut piece) {
        pass(&piece[..read]);
    }
}

fn last_words(tail: &[u8], status: ExitStatus) -> String {
    let text = String::from_utf8_lossy(tail);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    // What comes after the error is advice.
    let error = lines.iter().rfind(|line| line.to_ascii_lowercase().starts_with("error"));
    error.or(lines.last()).copied().map_or_else(|| status.to_string(), str::to_owned)
}
