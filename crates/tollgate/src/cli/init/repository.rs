//! The files that a look at a repository sees.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::CliError;

/// Larger files are no configuration and no code that a person wrote.
const MOST_BYTES: u64 = 1 << 20;

/// More files are not looked at where Git can't say which matter.
const MOST_FILES: usize = 50_000;

/// A repository to look at.
pub(crate) trait Repository {
    /// The name of its directory.
    fn name(&self) -> &str;

    /// Its files, sorted, without what Git ignores.
    fn files(&self) -> &[String];

    /// The text of a file; none where there is none, or it is no text.
    fn read(&self, path: &str) -> Option<String>;

    /// Whether it has that file.
    fn has(&self, path: &str) -> bool {
        self.files().binary_search_by(|file| file.as_str().cmp(path)).is_ok()
    }

    /// Whether it has files in that directory.
    fn has_directory(&self, path: &str) -> bool {
        let start = format!("{}/", path.trim_end_matches('/'));
        let at = self.files().partition_point(|file| *file < start);
        self.files().get(at).is_some_and(|file| file.starts_with(&start))
    }
}

/// A repository on disk.
pub(crate) struct Disk {
    root: PathBuf,
    name: String,
    files: Vec<String>,
}

impl Disk {
    /// Lists the files below `root`.
    pub(crate) fn open(root: &Path) -> Result<Self, CliError> {
        let mut files = match git_files(root) {
            Some(files) => files,
            None => walk(root).map_err(|e| {
                CliError::misconfigured(format!("can't look at {}: {e}", root.display()))
            })?,
        };
        files.retain(|file| can_be_declared(file) && root.join(file).is_file());
        files.sort();
        files.dedup();
        let name = root.file_name().map(|name| name.to_string_lossy().into_owned());
        Ok(Self { root: root.to_owned(), name: name.unwrap_or_default(), files })
    }
}

impl Repository for Disk {
    fn name(&self) -> &str {
        &self.name
    }

    fn files(&self) -> &[String] {
        &self.files
    }

    fn read(&self, path: &str) -> Option<String> {
        let path = self.root.join(path);
        let small = fs::metadata(&path).ok()?.len() <= MOST_BYTES;
        small.then(|| fs::read_to_string(path).ok())?
    }
}

/// A name that `inputs` would take for a glob, or can't hold at all, is passed over.
fn can_be_declared(path: &str) -> bool {
    !path.contains(['*', '?', '[', '{', '\\']) && !path.chars().any(char::is_control)
}

/// Tracked and new files by the repository's own `.gitignore` files alone, as steps see them.
fn git_files(root: &Path) -> Option<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-per-directory=.gitignore"])
        .current_dir(root)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    let output = output.ok().filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let files = text.split('\0').filter(|file| !file.is_empty() && !is_private(file));
    Some(files.map(str::to_owned).collect())
}

/// Environments and caches, also where somebody tracks them.
fn is_private(path: &str) -> bool {
    let parts =
        ["node_modules", "__pycache__", ".git", ".tollgate", ".venv", "venv", "site-packages"];
    path.split('/').any(|part| parts.contains(&part))
}

/// Without Git: everything but hidden directories, environments and caches.
fn walk(root: &Path) -> std::io::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![String::new()];
    while let Some(directory) = open.pop().filter(|_| found.len() < MOST_FILES) {
        for entry in fs::read_dir(root.join(&directory))?.flatten() {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = format!("{directory}{name}");
            match entry.file_type()? {
                kind if !kind.is_dir() => found.push(path),
                _ if name.starts_with('.') || is_private(&path) => {}
                _ if entry.path().join("pyvenv.cfg").exists() => {}
                _ => open.push(format!("{path}/")),
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_git_a_plain_walk_finds_the_same() {
        let dir = tempfile::tempdir().unwrap();
        for path in ["src/a.py", ".flake8", "env/pyvenv.cfg", "env/x.py", "node_modules/x.py"] {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        let disk = Disk::open(dir.path()).unwrap();
        assert_eq!(disk.files(), [".flake8", "src/a.py"]);
        assert!(disk.has(".flake8") && disk.has_directory("src") && !disk.has_directory("sr"));
        assert_eq!(disk.read("src/a.py").as_deref(), Some("x"));
    }

    #[test]
    fn what_cannot_be_declared_is_passed_over() {
        assert!(can_be_declared("a b/c.py"));
        assert!(!can_be_declared("{{cookiecutter.name}}/a.py"));
        assert!(!can_be_declared("a\nb"));
    }
}
