//! The project of the story, with a Git history of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::acts::Act;
use crate::error::CliError;

/// The files of the worked example.
pub(super) static EXAMPLE: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/example.rs"));

pub(super) struct Stage {
    root: PathBuf,
    // Removed with the stage, unless the project is kept.
    _temporary: Option<tempfile::TempDir>,
}

impl Stage {
    /// The example in `keep`, or in a temporary directory, committed.
    pub(super) fn set(keep: Option<&Path>) -> Result<Self, CliError> {
        let stage = match keep {
            Some(dir) if dir.exists() => {
                let message = format!("{} is there already", dir.display());
                return Err(CliError::misconfigured(message).hint("name a new directory"));
            }
            Some(dir) => Self { root: dir.to_owned(), _temporary: None },
            None => {
                let temporary = tempfile::Builder::new().prefix("tollgate-demo-").tempdir();
                let temporary = temporary.map_err(|e| failed("make a directory", &e))?;
                let root = temporary.path().join("churn");
                Self { root, _temporary: Some(temporary) }
            }
        };
        for (path, bytes) in EXAMPLE {
            stage.write(path, bytes)?;
        }
        stage.git(&["init", "--quiet", "--initial-branch=main"])?;
        stage.commit("A churn model")?;
        Ok(stage)
    }

    /// Replaces pieces of a file, and commits.
    pub(super) fn change(
        &self,
        file: &str,
        message: &str,
        edit: impl FnOnce(&str) -> String,
    ) -> Result<(), CliError> {
        let text =
            fs::read_to_string(self.root.join(file)).map_err(|e| failed("read the example", &e))?;
        self.write(file, edit(&text).as_bytes())?;
        self.commit(message)
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Makes the act's change, on its branch.
    pub(super) fn enter(&self, act: &Act) -> Result<(), CliError> {
        let Some(change) = &act.change else { return Ok(()) };
        self.git(&["checkout", "--quiet", "-b", change.branch])?;
        let text = fs::read_to_string(self.root.join(change.file))
            .map_err(|e| failed("read the example", &e))?;
        self.write(change.file, (change.edit)(&text).as_bytes())?;
        self.commit(act.title)
    }

    /// Returns to main.
    pub(super) fn leave(&self, act: &Act) -> Result<(), CliError> {
        let Some(change) = &act.change else { return Ok(()) };
        self.git(&["checkout", "--quiet", "main"])?;
        if change.merged {
            self.git(&["merge", "--quiet", "--ff-only", change.branch])?;
        }
        Ok(())
    }

    /// Commits what a command has written on main.
    pub(super) fn keep(&self, message: &str) -> Result<(), CliError> {
        self.commit(message)
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), CliError> {
        let path = self.root.join(path);
        let parent = path.parent().unwrap_or(&self.root);
        let written = fs::create_dir_all(parent).and_then(|()| fs::write(&path, bytes));
        written.map_err(|e| failed("write the example", &e))
    }

    fn commit(&self, message: &str) -> Result<(), CliError> {
        self.git(&["add", "--all"])?;
        self.git(&["commit", "--quiet", "--message", message])
    }

    // The person's own Git settings (signing, hooks, templates) have no part in the story.
    fn git(&self, arguments: &[&str]) -> Result<(), CliError> {
        let output = Command::new("git")
            .args(["-c", "user.name=Tollgate demo", "-c", "user.email=demo@tollgate.invalid"])
            .args(["-c", "commit.gpgSign=false", "-c", "core.hooksPath=/dev/null"])
            .args(arguments)
            .current_dir(&self.root)
            .stdin(std::process::Stdio::null())
            .output()
            .map_err(|e| failed("start git", &e).hint("install Git"))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(CliError::broken(format!("git {}: {}", arguments.join(" "), said.trim())))
    }
}

fn failed(doing: &str, error: &dyn std::fmt::Display) -> CliError {
    CliError::broken(format!("can't {doing}: {error}"))
}
