//! What Git ignores, by the `.gitignore` files of the project alone: a person's own excludes must
//! not change what a step reads.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use tollgate_model::RelPath;

/// Never part of a directory, whatever Git says.
const NEVER: [&str; 2] = [".git", ".tollgate"];

/// A directory of the project, as far as it matters to what lies in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Ground {
    /// The topmost ignored directory around it, or itself. Inside of that Git asks no further
    /// rules, so all that it holds is ignored alike.
    pub(super) ignored: Option<RelPath>,
    /// The `.gitignore` files that hold here: its own and those of the directories above.
    rules: Vec<Arc<Gitignore>>,
}

/// What is known of the directories on the way to what a step names. Many have the same ones above
/// them, and to read rules costs more than to list a directory: so they are read once.
#[derive(Debug)]
pub(super) struct Grounds<'r> {
    root: &'r Path,
    known: BTreeMap<String, Ground>,
}

impl Ground {
    /// Whether what lies here under that name is ignored by itself, not only as part of this.
    pub(super) fn ignores(&self, full: &Path, name: &str, directory: bool) -> bool {
        if is_never_read(name) {
            return true;
        }
        // The nearest file that says anything decides.
        let said = self.rules.iter().rev().map(|rules| rules.matched(full, directory));
        said.into_iter().find(|said| !said.is_none()).is_some_and(|said| said.is_ignore())
    }

    /// The directory `full` in this one, which doesn't ignore it by itself.
    pub(super) fn enter(&self, full: &Path) -> Self {
        let mut ground = self.clone();
        if self.ignored.is_none() {
            ground.rules.extend(rules(full));
        }
        ground
    }
}

impl<'r> Grounds<'r> {
    pub(super) fn new(root: &'r Path) -> Self {
        Self { root, known: BTreeMap::new() }
    }

    /// The directory at `path`; the empty path is the project.
    pub(super) fn of(&mut self, path: &str) -> Ground {
        if let Some(known) = self.known.get(path) {
            return known.clone();
        }
        let full = self.root.join(path);
        let ground = match path.rsplit_once('/') {
            _ if path.is_empty() => Ground::default().enter(&full),
            Some((above, name)) => self.inside(above, name, path),
            None => self.inside("", path, path),
        };
        self.known.insert(path.to_owned(), ground.clone());
        ground
    }

    /// What of the file at `path` is ignored, as [`tollgate_engine::ScanEntry::only`] has it.
    pub(super) fn of_file(&mut self, path: &str) -> Option<RelPath> {
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        let above = self.of(above);
        match above.ignores(&self.root.join(path), name, false) {
            true => path.parse().ok(),
            false => above.ignored,
        }
    }

    fn inside(&mut self, above: &str, name: &str, path: &str) -> Ground {
        let above = self.of(above);
        let full = self.root.join(path);
        match above.ignores(&full, name, true) {
            true => Ground { ignored: path.parse().ok(), rules: Vec::new() },
            false => above.enter(&full),
        }
    }
}

/// Whether nothing of that name is part of a directory.
pub(super) fn is_never_read(name: &str) -> bool {
    NEVER.contains(&name)
}

// As for Git, a link is no such file: it could lead out of the project.
fn rules(dir: &Path) -> Option<Arc<Gitignore>> {
    let file = dir.join(".gitignore");
    if !fs::symlink_metadata(&file).is_ok_and(|meta| meta.is_file()) {
        return None;
    }
    let mut builder = GitignoreBuilder::new(dir);
    // A line that is no pattern is passed over, as Git does.
    let _ = builder.add(file);
    builder.build().ok().map(Arc::new)
}
