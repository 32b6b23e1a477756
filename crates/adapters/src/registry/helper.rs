//! Programs that keep credentials: `docker-credential-<name> get`. Source: Docker's
//! `docker-credential-helpers`, "Development".

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde::Deserialize;

use super::error::RegistryError;
use super::secret::{Credentials, Secret};

/// A helper may ask its user, who is not there: it must end by itself.
const PATIENCE: Duration = Duration::from_secs(30);
const GREATEST: u64 = 64 << 10;

/// Why a helper does not answer.
pub(super) enum Failed {
    /// It is not on this machine.
    Missing(String),
    /// It is, and does not do what helpers do.
    Wrong(String),
}

impl From<Failed> for RegistryError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Missing(why) | Failed::Wrong(why) => Self::Credentials(why),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    username: String,
    #[serde(default)]
    secret: String,
}

/// What the helper of that name keeps for `server`; none where it keeps nothing.
pub(super) fn ask(
    name: &str,
    server: &str,
    environment: &BTreeMap<String, String>,
    patience: Option<Duration>,
) -> Result<Option<Credentials>, Failed> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || !name.chars().all(plain) {
        return Err(Failed::Wrong(format!("{name:?} is no name of a helper")));
    }
    let program = format!("docker-credential-{name}");
    let failed = |why: String| Failed::Wrong(format!("`{program}`: {why}"));
    let (ended_well, said) = run(&program, server, environment, patience.unwrap_or(PATIENCE))
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Failed::Missing(format!("`{program}` is not installed")),
            _ => failed(error.to_string()),
        })?;
    if !ended_well {
        let said = String::from_utf8_lossy(&said).trim().to_owned();
        return match said.contains("credentials not found") {
            true => Ok(None),
            // What it prints where it fails is a sentence; still it is not repeated at length.
            false => Err(failed(said.chars().take(200).collect())),
        };
    }
    let answer: Answer = serde_json::from_slice(&said)
        .map_err(|_| failed("what it answers is not what helpers answer".to_owned()))?;
    Ok(match (answer.username.as_str(), answer.secret) {
        (_, secret) if secret.is_empty() => None,
        ("<token>", secret) => Some(Credentials::Identity(Secret::new(secret))),
        (user, secret) => {
            Some(Credentials::Basic { user: user.to_owned(), password: Secret::new(secret) })
        }
    })
}

fn run(
    program: &str,
    server: &str,
    environment: &BTreeMap<String, String>,
    patience: Duration,
) -> io::Result<(bool, Vec<u8>)> {
    let mut command = Command::new(program);
    command.arg("get").env_clear().envs(environment);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut helper = Started(command.spawn()?);
    if let Some(mut input) = helper.0.stdin.take() {
        // Who answers without listening is told by the answer.
        let _ = writeln!(input, "{server}");
    }
    let output = helper.0.stdout.take();
    let (done, said) = mpsc::channel();
    // A thread of its own, for what the helper left behind may hold the pipe open for ever.
    std::thread::spawn(move || {
        let mut said = Vec::new();
        let read = output.map_or(Ok(0), |pipe| pipe.take(GREATEST + 1).read_to_end(&mut said));
        let _ = done.send(read.map(|_| said));
    });
    let said = said.recv_timeout(patience).map_err(|_| {
        io::Error::new(io::ErrorKind::TimedOut, format!("no answer in {patience:?}"))
    })??;
    if said.len() as u64 > GREATEST {
        return Err(io::Error::other(format!("it answers with more than {GREATEST} bytes")));
    }
    // It has closed its output: what is left is to end, or to be ended.
    let until = std::time::Instant::now() + patience;
    loop {
        match helper.0.try_wait()? {
            Some(status) => return Ok((status.success(), said)),
            None if std::time::Instant::now() > until => {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "it does not end"));
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// A process that does not outlive its question.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        // One that has ended is no more to be killed, and is waited for all the same.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
