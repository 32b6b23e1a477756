//! People's signatures, made and checked by OpenSSH, so that agents and keys of hardware work.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tollgate_delivery::approval::NAMESPACE;

const PROGRAM: &str = "ssh-keygen";

/// The people whose word counts, in a file of OpenSSH's form `allowed_signers`.
#[derive(Clone, Debug)]
pub struct Signers {
    file: PathBuf,
}

/// Why there is no signature, or none that counts.
#[derive(Debug, thiserror::Error)]
pub enum SignersError {
    /// OpenSSH is not there, or could not be started.
    #[error("{PROGRAM} can't be run: {0}")]
    Program(std::io::Error),
    /// It could not sign.
    #[error("{0}")]
    Unsigned(String),
    /// Nobody in the file has the key that signed.
    #[error("the key that signed is not in {}", .0.display())]
    Unlisted(PathBuf),
    /// The signature is not of this text, or its key is not valid now.
    #[error("{0}")]
    Void(String),
}

impl Signers {
    /// Those in `file`.
    #[must_use]
    pub fn new(file: &Path) -> Self {
        Self { file: file.to_owned() }
    }

    /// Signs `text` with a key: a private one, or a public one whose other half an agent or a device has.
    ///
    /// # Errors
    /// It could not be signed.
    pub fn sign(text: &str, key: &Path) -> Result<String, SignersError> {
        let words = ["-Y", "sign", "-n", NAMESPACE, "-f"];
        let output = run(|command| command.args(words).arg(key), text, true)?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            false => Err(SignersError::Unsigned(told(&output))),
        }
    }

    /// Who signed `text`, as the file names them.
    ///
    /// # Errors
    /// Nobody in it, or the signature is void.
    pub fn who(&self, text: &str, signature: &str) -> Result<String, SignersError> {
        let scratch = tempfile::tempdir().map_err(SignersError::Program)?;
        let kept = scratch.path().join("signature");
        fs::write(&kept, signature).map_err(SignersError::Program)?;
        let listed = run(
            |command| {
                let command = command.args(["-Y", "find-principals", "-s"]).arg(&kept);
                command.arg("-f").arg(&self.file)
            },
            "",
            false,
        )?;
        let names = String::from_utf8_lossy(&listed.stdout).into_owned();
        let Some(name) = names.lines().next().filter(|_| listed.status.success()) else {
            return Err(SignersError::Unlisted(self.file.clone()));
        };
        // A line may name several; the first is the person.
        let name = name.split(',').next().unwrap_or(name).trim().to_owned();
        self.check(text, &kept, &name)?;
        Ok(name)
    }

    /// Whether `signer` signed `text`.
    ///
    /// # Errors
    /// They did not, or their key is not valid now.
    pub fn verify(&self, text: &str, signature: &str, signer: &str) -> Result<(), SignersError> {
        let scratch = tempfile::tempdir().map_err(SignersError::Program)?;
        let kept = scratch.path().join("signature");
        fs::write(&kept, signature).map_err(SignersError::Program)?;
        self.check(text, &kept, signer)
    }

    fn check(&self, text: &str, signature: &Path, signer: &str) -> Result<(), SignersError> {
        let output = run(
            |command| {
                let command = command.args(["-Y", "verify", "-n", NAMESPACE, "-I", signer, "-f"]);
                command.arg(&self.file).arg("-s").arg(signature)
            },
            text,
            false,
        )?;
        match output.status.success() {
            true => Ok(()),
            false => Err(SignersError::Void(told(&output))),
        }
    }
}

/// The last of what it said: the reason.
fn told(output: &Output) -> String {
    // What it found is on standard error; on standard output only that it failed.
    let last = |bytes: &[u8]| {
        let said = String::from_utf8_lossy(bytes).into_owned();
        said.lines().map(str::trim).rfind(|line| !line.is_empty()).map(str::to_owned)
    };
    let said = last(&output.stderr).or_else(|| last(&output.stdout));
    said.unwrap_or_else(|| "no reason was given".to_owned())
}

/// A key with a passphrase asks for it on the terminal, where there is one.
fn run(
    with: impl FnOnce(&mut Command) -> &mut Command,
    input: &str,
    asks: bool,
) -> Result<Output, SignersError> {
    let mut command = Command::new(PROGRAM);
    with(&mut command).env("LC_ALL", "C");
    if !asks {
        command.env_remove("SSH_AUTH_SOCK");
    }
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(SignersError::Program)?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that does not read says why by its status.
        let _ = stdin.write_all(input.as_bytes());
    }
    child.wait_with_output().map_err(SignersError::Program)
}
