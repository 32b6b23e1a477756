//! What is wrong with a lock, and what nobody follows.

use std::fmt;

/// Everything that is wrong with a lock; at least one problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockError {
    /// In the order of the lock.
    pub problems: Vec<LockProblem>,
}

/// One thing that is wrong with a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockProblem {
    /// The file.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is there, as a sentence without a full stop.
    pub found: String,
    /// What should be there, as a noun.
    pub expected: String,
    /// What to do about it, as a request without a full stop; may be empty.
    pub remedy: String,
}

/// An option of a requirements file, or a part of another lock, that means nothing here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockNote {
    /// The file.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What it is and why it is not followed, as a sentence without a full stop. Never an address:
    /// it may hold a password.
    pub what: String,
}

impl LockProblem {
    pub(super) fn new(
        file: &str,
        line: usize,
        found: impl Into<String>,
        expected: impl Into<String>,
        remedy: &str,
    ) -> Self {
        Self {
            file: file.to_owned(),
            line,
            found: found.into(),
            expected: expected.into(),
            remedy: remedy.to_owned(),
        }
    }
}

impl From<LockProblem> for LockError {
    fn from(problem: LockProblem) -> Self {
        Self { problems: vec![problem] }
    }
}

impl fmt::Display for LockProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, found, expected, remedy } = self;
        write!(f, "{file}:{line}: {found}; expected is {expected}")?;
        if remedy.is_empty() { Ok(()) } else { write!(f, "; {remedy}") }
    }
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.problems.iter().enumerate() {
            write!(f, "{}{problem}", if at == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for LockError {}
