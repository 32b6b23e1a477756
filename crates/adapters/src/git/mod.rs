//! Git, through its own command.

mod branch;
mod command;
mod tracked;

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use tollgate_engine::{Git, PortError, PortErrorKind};
use tollgate_model::Commit;

pub use branch::GitBranch;
pub(crate) use tracked::Tracked;

const SYSTEM: &str = "git";

/// Files that Git doesn't know count as a change, unless it ignores them: a step may well read
/// them, and then its commit alone doesn't say what ran.
const STATUS: [&str; 9] = [
    "--no-optional-locks",
    "status",
    "--porcelain=v2",
    "--branch",
    "--untracked-files=normal",
    "--ignore-submodules=dirty",
    "-z",
    "--",
    ".",
];

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

    /// Who the caller is, as commits would name them.
    #[must_use]
    pub fn identity(&self) -> Option<String> {
        self.setting("user.email")
    }

    /// A setting of Git; none where there is none.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<String> {
        let output = command::run(&self.root, &["config", "--get", name], &|| false).ok()?;
        let value = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        (output.status.success() && !value.is_empty()).then_some(value)
    }

    /// Whether Git has any file below `dir` under version control. False where it can't say.
    ///
    /// It is asked of another user's repository too, of which it would otherwise say nothing: the
    /// index is only read, and nothing that the repository configures is started.
    #[must_use]
    pub fn tracks(&self, dir: &Path) -> bool {
        let words =
            ["-c", "safe.directory=*", "-c", "core.fsmonitor=false", "ls-files", "-z", "--"];
        let words = words.map(OsStr::new);
        let listed =
            || command::run(&self.root, &[&words, &[dir.as_os_str()][..]].concat(), &|| false);
        is_in_repository(&self.root) && listed().is_ok_and(|output| !output.stdout.is_empty())
    }
}

impl Git for GitCommand {
    fn head(&self, stop: &(dyn Fn() -> bool + Sync)) -> Result<Option<Commit>, PortError> {
        if !is_in_repository(&self.root) {
            return Ok(None);
        }
        let output = match command::run(&self.root, &STATUS, stop) {
            // History is good to have in the record; a machine without Git can run steps as well.
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(PortError::io(SYSTEM, "git status failed", e)),
            Ok(output) => output,
        };
        if output.status.success() {
            return Ok(parse(&String::from_utf8_lossy(&output.stdout)));
        }
        Err(unreadable(&String::from_utf8_lossy(&output.stderr)))
    }
}

// Looking for the repository costs nothing; starting Git to hear that there is none does.
fn is_in_repository(root: &Path) -> bool {
    root.ancestors().any(|dir| dir.join(".git").exists())
}

fn unreadable(said: &str) -> PortError {
    if said.contains("dubious ownership") {
        let remedy = said.lines().map(str::trim).find(|line| line.starts_with("git config"));
        let remedy = remedy.unwrap_or("git config --global --add safe.directory DIRECTORY");
        let message =
            format!("the repository is owned by another user (`{remedy}` lets Git read it)");
        return PortError::new(SYSTEM, PortErrorKind::Denied, message);
    }
    let message = format!("git status failed: {}", said.trim().replace('\n', " "));
    PortError::new(SYSTEM, PortErrorKind::Permanent, message)
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
        assert_eq!(parse(&dirty), Some(Commit { dirty: true, ..commit.clone() }));
        assert_eq!(parse(&format!("{clean}? new.py\0")), Some(Commit { dirty: true, ..commit }));
        assert_eq!(parse("# branch.oid (initial)\0# branch.head main\0"), None);
        let detached = format!("# branch.oid {sha}\0# branch.head (detached)\0");
        assert_eq!(parse(&detached).unwrap().branch, None);
    }
}
