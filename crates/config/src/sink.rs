//! Where problems of one file are collected.

use std::collections::BTreeMap;

use crate::{Code, Problem, Problems, Span};

/// Collects the problems of one file, and knows the key whose value is being read.
pub(crate) struct Sink {
    file: String,
    problems: Vec<Problem>,
    keys: Vec<(String, Span)>,
}

impl Sink {
    pub(crate) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), problems: Vec::new(), keys: Vec::new() }
    }

    pub(crate) fn add(&mut self, mut problem: Problem) {
        problem.file.clone_from(&self.file);
        self.problems.push(problem);
    }

    /// Takes over the problems of another file.
    pub(crate) fn adopt(&mut self, problems: Vec<Problem>) {
        self.problems.extend(problems);
    }

    /// Reads the value of a key; problems in it are told with the key's name.
    pub(crate) fn within<T>(&mut self, key: (&str, Span), read: impl FnOnce(&mut Self) -> T) -> T {
        self.keys.push((key.0.to_owned(), key.1));
        let value = read(self);
        self.keys.pop();
        value
    }

    /// The key whose value is being read; none at the top of a file.
    pub(crate) fn key(&self) -> Option<&(String, Span)> {
        self.keys.last()
    }

    /// A problem with the value of the key being read.
    pub(crate) fn value(&self, code: Code, span: Span, message: &str) -> Problem {
        match self.key() {
            Some((key, _)) => Problem::new(code, span, format!("`{key}`: {message}")),
            None => Problem::new(code, span, message),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// Looking for what was meant costs time; past what is shown nobody reads it.
    pub(crate) fn worth_suggesting(&self) -> bool {
        self.problems.len() < Problems::SHOWN
    }

    /// What came out, or what is wrong. Nothing came out and nothing is wrong: a mistake of ours,
    /// which is told rather than hidden.
    pub(crate) fn result<T>(
        mut self,
        value: Option<T>,
        texts: BTreeMap<String, String>,
    ) -> Result<T, Problems> {
        match value {
            Some(value) if self.problems.is_empty() => return Ok(value),
            None if self.problems.is_empty() => {
                let message =
                    "the file can't be used, and Tollgate doesn't know why: please report this";
                self.add(Problem::new(Code::Syntax, Span::default(), message));
            }
            _ => {}
        }
        Err(Problems::new(self.problems, texts))
    }
}
