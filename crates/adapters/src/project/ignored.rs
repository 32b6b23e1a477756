//! What Git ignores, by the `.gitignore` files of the project alone: a person's own excludes must
//! not change what a step reads.

use std::path::Path;
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Never part of a directory, whatever Git says.
const NEVER: [&str; 2] = [".git", ".tollgate"];

/// The rules that hold in one directory: its own and those of the directories above.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules(Vec<Arc<Gitignore>>);

impl Rules {
    /// The rules in `dir`, which lies in a directory with these rules.
    pub(super) fn enter(&self, dir: &Path) -> Self {
        let file = dir.join(".gitignore");
        let mut rules = self.clone();
        if file.is_file() {
            let mut builder = GitignoreBuilder::new(dir);
            // A line that is no pattern is passed over, as Git does.
            let _ = builder.add(file);
            rules.0.extend(builder.build().ok().map(Arc::new));
        }
        rules
    }

    /// Whether Git ignores what is at `path`, given that it doesn't ignore the directory.
    pub(super) fn ignore(&self, path: &Path, name: &str, directory: bool) -> bool {
        if NEVER.contains(&name) {
            return true;
        }
        // The nearest file that says anything decides.
        let said = self.0.iter().rev().map(|rules| rules.matched(path, directory));
        said.into_iter().find(|said| !said.is_none()).is_some_and(|said| said.is_ignore())
    }
}
