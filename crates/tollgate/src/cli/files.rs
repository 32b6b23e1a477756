//! The project's files, as the configuration sees them.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use tollgate_adapters::ProjectFiles;
use tollgate_config::{PathKind, Project};
use tollgate_model::{InputPattern, RelPath};

/// What people write by hand is far smaller, in bytes.
const LARGEST: u64 = 8_000_000;

/// Paths that a "did you mean" is looked for among.
const SUGGESTIONS: usize = 2_000;

/// Files below a root.
pub(crate) struct Files {
    root: PathBuf,
}

impl Files {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The text of a file below the root, given from there. What it says can end up in messages
    /// and in the record, so a link that leads out of the project is not followed.
    pub(crate) fn text(&self, path: &Path) -> Result<String, String> {
        let said = |error: std::io::Error| error.to_string();
        let root = self.root.canonicalize().map_err(said)?;
        let file = self.root.join(path).canonicalize().map_err(said)?;
        if !file.starts_with(&root) {
            return Err("it is a link that leads out of the project".to_owned());
        }
        if !fs::metadata(&file).map_err(said)?.is_file() {
            return Err("it is not a file".to_owned());
        }
        let mut bytes = Vec::new();
        let opened = fs::File::open(&file).map_err(said)?;
        opened.take(LARGEST + 1).read_to_end(&mut bytes).map_err(said)?;
        if bytes.len() as u64 > LARGEST {
            return Err(format!("it has more than {} MB", LARGEST / 1_000_000));
        }
        String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())
    }
}

impl Project for Files {
    fn kind(&self, path: &RelPath) -> Option<PathKind> {
        let meta = fs::metadata(self.root.join(path)).ok()?;
        Some(if meta.is_dir() { PathKind::Directory } else { PathKind::File })
    }

    fn glob_matches(&self, glob: &str) -> bool {
        let pattern = InputPattern::Glob(glob.to_owned());
        // No cache: a file is only looked for here, not read.
        ProjectFiles::any_match(&self.root, &pattern)
    }

    fn read(&self, path: &RelPath) -> Result<String, String> {
        self.text(path.as_ref())
    }

    fn paths(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut level = vec![String::new()];
        while let Some(dir) = level.pop() {
            let Ok(entries) = fs::read_dir(self.root.join(&dir)) else { continue };
            for entry in entries.flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                if name.starts_with('.') || found.len() >= SUGGESTIONS {
                    continue;
                }
                let path = if dir.is_empty() { name } else { format!("{dir}/{name}") };
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    level.push(path.clone());
                }
                found.push(path);
            }
        }
        found
    }
}
