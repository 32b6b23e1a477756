//! The project's files, as the configuration sees them.

use std::fs;
use std::path::{Path, PathBuf};

use tollgate_adapters::ProjectFiles;
use tollgate_config::{PathKind, Project};
use tollgate_model::{InputPattern, RelPath};

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
        let bytes = fs::read(self.root.join(path)).map_err(|e| e.to_string())?;
        String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())
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
