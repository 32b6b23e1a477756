//! Everything that is wrong with what a person wrote.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::{Problem, Span, render};

/// Everything that is wrong, in the order of files and lines; at least one problem. Carries the
/// texts that it is about, so that it can show them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    list: Vec<Problem>,
    sources: BTreeMap<String, String>,
}

impl Problems {
    /// So many are shown; who has more is helped by the first.
    pub const SHOWN: usize = 50;

    pub(crate) fn new(mut list: Vec<Problem>, mut sources: BTreeMap<String, String>) -> Self {
        for problem in list.iter().filter(|problem| problem.concealed) {
            if let Some(text) = sources.get_mut(&problem.file) {
                conceal(text, problem.span);
            }
        }
        list.sort_by(|a, b| (&a.file, a.span, a.code).cmp(&(&b.file, b.span, b.code)));
        list.dedup();
        Self { list, sources }
    }

    /// The problems.
    #[must_use]
    pub fn as_slice(&self) -> &[Problem] {
        &self.list
    }

    pub(crate) fn into_vec(self) -> Vec<Problem> {
        self.list
    }

    /// The text that spans count in: without a byte order mark.
    pub(crate) fn source(text: &str) -> &str {
        text.strip_prefix('\u{feff}').unwrap_or(text)
    }

    /// The problems as text for a person, each with the lines it is about.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        render::render(&self.list, &self.sources, color)
    }
}

// As long as before, so that all spans stay what they are.
fn conceal(text: &mut String, Span { start, end, .. }: Span) {
    if text.get(start..end).is_some() {
        text.replace_range(start..end, &"*".repeat(end - start));
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

impl Serialize for Problems {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.list.serialize(serializer)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Problems {}
