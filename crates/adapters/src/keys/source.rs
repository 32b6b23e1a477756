//! Where the key that signs comes from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tollgate_evidence::PrivateKey;
use zeroize::Zeroizing;

use super::{KeysError, file};

/// The key itself, in PEM.
const TEXT: &str = "TOLLGATE_SIGNING_KEY";
/// A file that holds it.
const FILE: &str = "TOLLGATE_SIGNING_KEY_FILE";
/// A command that prints it.
const COMMAND: &str = "TOLLGATE_SIGNING_KEY_COMMAND";

/// Where the key that signs comes from. Nothing of the key is in here but where it is handed over
/// in a variable, and that is not shown.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    /// A file of the state directory, made on first use.
    Own(PathBuf),
    /// A file of somebody else's.
    File(PathBuf),
    /// A variable of the environment.
    Text(Zeroizing<String>),
    /// A command that prints it.
    Command(String),
}

impl Source {
    pub(super) fn of(
        directory: &Path,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, KeysError> {
        let said = |name: &str| environment.get(name).filter(|value| !value.is_empty());
        let mut names = [TEXT, FILE, COMMAND].into_iter().filter(|name| said(name).is_some());
        let (first, second) = (names.next(), names.next());
        if let (Some(first), Some(second)) = (first, second) {
            return Err(KeysError::Several(first, second));
        }
        let value = first.and_then(said).cloned().unwrap_or_default();
        Ok(match first {
            Some(TEXT) => Self::Text(Zeroizing::new(value)),
            Some(FILE) => Self::File(PathBuf::from(value)),
            Some(_) => Self::Command(value),
            None => Self::Own(directory.join("signing.pem")),
        })
    }

    pub(super) fn key(&self) -> Result<PrivateKey, KeysError> {
        match self {
            Self::Own(path) => file::read_or_make(path),
            Self::File(path) => file::read(path),
            Self::Text(text) => file::parse(text, TEXT),
            Self::Command(command) => printed(command),
        }
    }
}

/// The key that a command prints. What it prints is told to nobody, also where it is none.
fn printed(command: &str) -> Result<PrivateKey, KeysError> {
    let failed = |why: String| KeysError::Unreadable { what: COMMAND.to_owned(), why };
    let output = Command::new("/bin/sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(format!("it failed: {}", output.status)));
    }
    let text = String::from_utf8(output.stdout).map_err(|_| failed("it prints no text".into()))?;
    file::parse(&Zeroizing::new(text), COMMAND)
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(path) | Self::File(path) => write!(f, "{}", path.display()),
            Self::Text(_) => f.write_str(TEXT),
            Self::Command(_) => f.write_str(COMMAND),
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({self})")
    }
}
