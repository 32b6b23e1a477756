//! What is wrong with a Dockerfile as a text.

use std::fmt;

/// So many problems are told; a text that is no Dockerfile has one on each line.
const MOST: usize = 20;

/// A text that is no Dockerfile, with all that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct DockerfileError {
    problems: Vec<DockerfileProblem>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DockerfileProblem {
    /// Where, counted from 1.
    pub line: usize,
    /// What, in one sentence without a full stop.
    pub what: String,
}

impl DockerfileError {
    /// What is wrong, in the order of the text; not all of it, where there is much.
    #[must_use]
    pub fn problems(&self) -> &[DockerfileProblem] {
        &self.problems
    }
}

impl fmt::Display for DockerfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines =
            self.problems.iter().map(|problem| format!("line {}: {}", problem.line, problem.what));
        f.write_str(&lines.collect::<Vec<_>>().join("\n"))
    }
}

/// Problems as they are collected.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<DockerfileProblem>);

impl Problems {
    pub(super) fn add(&mut self, line: usize, what: impl Into<String>) {
        if self.0.len() < MOST {
            self.0.push(DockerfileProblem { line, what: what.into() });
        }
    }

    /// The value, if nothing was wrong on the way to it.
    pub(super) fn unless_any<T>(mut self, value: T) -> Result<T, DockerfileError> {
        if self.0.is_empty() {
            return Ok(value);
        }
        self.0.sort_by_key(|problem| problem.line);
        Err(DockerfileError { problems: self.0 })
    }
}

/// A piece of a hostile text, short enough for a message and without what could steer a terminal.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(LONGEST).flat_map(char::escape_debug).collect();
    let more = if chars.next().is_some() { "…" } else { "" };
    // Quotes need no escape where a text stands between backquotes.
    format!("`{}{more}`", start.replace("\\\"", "\"").replace("\\'", "'"))
}
