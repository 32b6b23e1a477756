//! What came of a step or a run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{BuiltImage, Digest, RelPath, Verdict};

/// What came of one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepResult {
    /// Whether what it claims holds.
    pub verdict: Verdict,
    /// How its last attempt ended.
    pub end: StepEnd,
    /// How many attempts it took; more than one on a pass is flakiness.
    pub attempts: u32,
    /// What it left behind, by declared path. Empty unless it passed.
    pub outputs: BTreeMap<RelPath, OutputRef>,
    /// The store's digest of its log.
    pub log: Option<Digest>,
    /// The store's digest of its [`crate::Report`], as JSON, where it has one.
    pub report: Option<Digest>,
    /// The store's digest of its [`crate::Sketch`], as JSON, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sketch: Option<Digest>,
    /// Its test results, where it declares a JUnit file.
    pub tests: Option<Tests>,
    /// What later comparisons need to know of it, where it is a gate over predictions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged: Option<Box<Judged>>,
    /// What it built, where it builds an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Box<BuiltImage>>,
    /// One sentence for a person: why it failed, or what it measured.
    pub summary: String,
    /// Wall time of all attempts in milliseconds.
    pub millis: u64,
}

/// The predictions that a gate judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// The store's digest of the predictions' file.
    pub predictions: Digest,
    /// Of keys and labels: which holdout they are about. None where no comparison was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holdout: Option<Digest>,
    /// What was measured on them, by metric.
    pub figures: BTreeMap<String, f64>,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepEnd {
    /// The command exited with this code.
    Exited(i32),
    /// A signal ended it.
    Signalled(i32),
    /// It ran over its timeout and was ended.
    TimedOut,
    /// The run was stopped.
    Cancelled,
    /// A check or gate came to a verdict.
    Assessed,
    /// Tollgate or the machine failed it; what the step would have come to is not known.
    Broken,
    /// A file that it reads was changed while it was at work, so it is about no known state.
    Disturbed,
    /// It could not begin, for what it declares is not to be had.
    Misconfigured,
}

/// An output in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputRef {
    /// What it is.
    pub kind: OutputKind,
    /// Of the content: of the bytes, or of the tree's listing (paths, modes, links, digests).
    pub digest: Digest,
    /// Bytes of content.
    pub bytes: u64,
    /// How many files it has; 1 for a file.
    pub files: u64,
}

/// What an output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputKind {
    /// A file.
    File,
    /// A file that may be executed.
    Executable,
    /// A directory with all that is in it.
    Tree,
}

/// Test results, read from JUnit XML.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tests {
    /// How many passed.
    pub passed: u64,
    /// How many failed or broke.
    pub failed: u64,
    /// How many were skipped.
    pub skipped: u64,
    /// The first few failures.
    pub failures: Vec<TestFailure>,
}

/// One failed test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestFailure {
    /// Class and name.
    pub name: String,
    /// What it said, shortened.
    pub message: String,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunEnd {
    /// Every step came to an end or was skipped.
    Completed,
    /// A person stopped it.
    Cancelled,
    /// Its engine died; the next engine closed it.
    Abandoned,
}
