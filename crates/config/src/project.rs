//! What this crate needs to know about a project's files.

use tollgate_model::RelPath;

/// A project's files, as far as a plan speaks of them. The caller reads the disk; this crate
/// doesn't.
pub trait Project {
    /// What is at that path; none where nothing is.
    fn kind(&self, path: &RelPath) -> Option<PathKind>;

    /// Whether any file matches the glob. `*` doesn't cross a `/`.
    fn glob_matches(&self, glob: &str) -> bool;

    /// The text of a file.
    ///
    /// # Errors
    /// Why it can't be read, in a sentence.
    fn read(&self, path: &RelPath) -> Result<String, String>;

    /// The project's files, to suggest one where a path is misspelt. May be only some of them.
    fn paths(&self) -> Vec<String>;
}

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathKind {
    /// A file.
    File,
    /// A directory.
    Directory,
}
