//! What a report shows, in words of its own.

use serde::Serialize;
use tollgate_model::{Report, Verdict};

use crate::Drawing;

/// What a report shows: one thing that was looked at, or a run with all its steps.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Document {
    /// What was done: `Data check`, `Gate`, `Run`.
    pub kind: String,
    /// What it is about: a file, or a project and its run.
    pub title: String,
    /// What follows from all of it.
    pub verdict: Verdict,
    /// What was found, in one sentence with a full stop.
    pub sentence: String,
    /// Where and when, how much: a name and a value each.
    pub facts: Vec<(String, String)>,
    /// The steps of a run in their order; for anything else, one part.
    pub parts: Vec<Part>,
    /// Whether the parts are steps of a run, so that a table of them comes first.
    pub is_run: bool,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// The step, or what was looked at.
    pub name: String,
    /// Where it stands in one word: `passed`, `failed`, `undecided`, `cached`, `skipped` …
    pub state: String,
    /// What was found. Its verdict is that of the part.
    pub report: Report,
    /// How long it took, in milliseconds, where it ran.
    pub millis: Option<u64>,
    /// One sentence on it; may be empty.
    pub summary: String,
    /// What can be drawn.
    pub drawings: Vec<Drawing>,
}
