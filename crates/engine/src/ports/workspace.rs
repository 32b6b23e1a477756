//! Where steps run.

use std::collections::BTreeMap;

use tollgate_model::{
    BuiltImage, Columns, Digest, Form, InputPattern, Judged, OutputRef, RelPath, Report, RunId,
    Sketch, Step, StepEnd, Tests,
};

use super::PortError;
use crate::{Scan, ScanEntry};

/// Reads the project's files and runs steps on them.
pub trait Workspace: Sync {
    /// The files of the project that any of the patterns covers. What a pattern selects of them
    /// does not depend on the other patterns. `stop` is asked often, and ends the scan once it
    /// says so.
    ///
    /// # Errors
    /// A file could not be read, or it was told to stop.
    fn scan(
        &self,
        patterns: &[InputPattern],
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Scan, PortError>;

    /// What a tool says of itself: the output of `command`, run as a step would run it. `stop` is
    /// asked often, and ends the command once it says so.
    ///
    /// # Errors
    /// The command does not exist, fails or gives no answer, or it was told to stop.
    fn tool_output(
        &self,
        command: &str,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<String, PortError>;

    /// The caller's variable of that name.
    fn variable(&self, name: &str) -> Option<String>;

    /// What the machine is, as far as it matters to a result: `linux-x86_64`.
    fn platform(&self) -> String;

    /// What a step with the network is given of the caller's settings, as far as it can change the
    /// result: package indexes without their credentials. The same for the same settings.
    fn network_identity(&self) -> String;

    /// The bytes of a scanned file.
    ///
    /// # Errors
    /// `Conflict` where the file is no longer what was scanned.
    fn read(&self, entry: &ScanEntry) -> Result<Vec<u8>, PortError>;

    /// Carries out one attempt of a `run`, `data` or `image` step. `output` gets what the step prints as it
    /// comes; `cancelled` is asked often, and ends the attempt once it says so.
    ///
    /// # Errors
    /// The attempt could not be carried out. That a step fails is no error.
    fn perform(
        &self,
        job: &Job<'_>,
        output: &(dyn Fn(&[u8]) + Sync),
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Performed, PortError>;

    /// Columns of a table that is kept in the store, in the format that its bytes show. `name` is
    /// what to call it. Within, why they can't be read, in a sentence.
    ///
    /// # Errors
    /// `NotFound` where the store has no such object.
    fn columns(
        &self,
        stored: &Digest,
        name: &str,
        columns: &[(String, Form)],
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Result<Columns, String>, PortError>;

    /// Whether an image is there whole, as far as its manifest and the sizes of its layers tell.
    fn has_image(&self, image: &BuiltImage) -> bool;

    /// Removes what a dead engine left behind.
    ///
    /// # Errors
    /// Something of it is there still.
    fn clear(&self) -> Result<(), PortError>;
}

/// One attempt to carry out.
#[derive(Clone, Debug)]
pub struct Job<'a> {
    /// The run.
    pub run: RunId,
    /// The step.
    pub step: &'a Step,
    /// Counted from 1.
    pub attempt: u32,
    /// The files of the project that it may read.
    pub inputs: Vec<ScanEntry>,
    /// The outputs of its needs.
    pub needs: BTreeMap<RelPath, OutputRef>,
    /// Its declared variables that have a value.
    pub env: Vec<(String, String)>,
}

/// What was seen of one attempt. It says nothing of good or bad: that is decided from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Performed {
    /// How it ended.
    pub end: StepEnd,
    /// The declared outputs that were there, now in the store.
    pub outputs: BTreeMap<RelPath, OutputRef>,
    /// The declared outputs that were there and can't be kept as the step left them, each with a
    /// predicate that says why: `can't be kept: …`.
    pub refused_outputs: BTreeMap<RelPath, String>,
    /// The store's digest of what it printed.
    pub log: Option<Digest>,
    /// What its JUnit file says, or why it could not be read.
    pub tests: Option<Result<Tests, String>>,
    /// Files of the project that it tried to read without declaring them.
    pub undeclared_reads: Vec<String>,
    /// Addresses that it tried to reach without the network being declared.
    pub refused_connections: Vec<String>,
    /// What a check found.
    pub report: Option<Report>,
    /// What can be drawn of what it looked at.
    pub sketch: Option<Sketch>,
    /// The predictions that a gate judged.
    pub judged: Option<Judged>,
    /// The image that was built.
    pub image: Option<BuiltImage>,
}

impl Performed {
    /// An attempt of which nothing is known but how it ended.
    #[must_use]
    pub fn ended(end: StepEnd) -> Self {
        Self {
            end,
            outputs: BTreeMap::new(),
            refused_outputs: BTreeMap::new(),
            log: None,
            tests: None,
            undeclared_reads: Vec::new(),
            refused_connections: Vec::new(),
            report: None,
            sketch: None,
            judged: None,
            image: None,
        }
    }
}
