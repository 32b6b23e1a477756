//! Git, through its own command.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tollgate_engine::{Git, PortError, PortErrorKind};
use tollgate_model::Commit;

const SYSTEM: &str = "git";

/// The repository that a project stands in.
#[derive(Debug)]
pub struct GitCommand {
    root: PathBuf,
}

impl GitCommand {
    /// The repository around `root`.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Whether Git has any file below `dir` under version control. False where it can't say.
    #[must_use]
    pub fn tracks(&self, dir: &Path) -> bool {
        let listed = || {
            Command::new("git")
                .args(["ls-files", "-z", "--"])
                .arg(dir)
                .current_dir(&self.root)
                .stdin(Stdio::null())
                .output()
        };
        self.has_repository() && listed().is_ok_and(|output| !output.stdout.is_empty())
    }

    // Looking for the repository costs nothing; starting Git to hear that there is none does.
    fn has_repository(&self) -> bool {
        self.root.ancestors().any(|dir| dir.join(".git").exists())
    }

    fn status(&self) -> Result<std::process::Output, std::io::Error> {
        Command::new("git")
            .args(["--no-optional-locks", "status", "--porcelain=v2", "--branch"])
            .args(["--untracked-files=no", "--ignore-submodules=dirty", "-z", "--", "."])
            .current_dir(&self.root)
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .output()
    }
}

impl Git for GitCommand {
    fn head(&self) -> Result<Option<Commit>, PortError> {
        if !self.has_repository() {
            return Ok(None);
        }
        let output = match self.status() {
            // History is good to have in the record; a machine without Git can run steps as well.
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(PortError::io(SYSTEM, "can't start git", e)),
            Ok(output) => output,
        };
        if output.status.success() {
            return Ok(parse(&String::from_utf8_lossy(&output.stdout)));
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let message = format!("git status failed: {}", said.trim());
        Err(PortError::new(SYSTEM, PortErrorKind::Permanent, message))
    }
}

/// Reads `git status --porcelain=v2 --branch -z`. None before the first commit.
fn parse(status: &str) -> Option<Commit> {
    let mut commit = Commit { sha: String::new(), branch: None, dirty: false };
    for line in status.split('\0').filter(|line| !line.is_empty()) {
        if let Some(sha) = line.strip_prefix("# branch.oid ") {
            commit.sha = sha.to_owned();
        } else if let Some(branch) = line.strip_prefix("# branch.head ") {
            commit.branch = (branch != "(detached)").then(|| branch.to_owned());
        } else if !line.starts_with('#') {
            commit.dirty = true;
        }
    }
    (commit.sha.len() >= 40).then_some(commit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_is_read() {
        let sha = "a".repeat(40);
        let clean = format!("# branch.oid {sha}\0# branch.head main\0");
        let commit = Commit { sha: sha.clone(), branch: Some("main".into()), dirty: false };
        assert_eq!(parse(&clean), Some(commit.clone()));
        let dirty = format!("{clean}1 .M N... 100644 100644 100644 {sha} {sha} a.py\0");
        assert_eq!(parse(&dirty), Some(Commit { dirty: true, ..commit }));
        assert_eq!(parse("# branch.oid (initial)\0# branch.head main\0"), None);
        let detached = format!("# branch.oid {sha}\0# branch.head (detached)\0");
        assert_eq!(parse(&detached).unwrap().branch, None);
    }
}
