//! A Dockerfile of the simple shape, taken over to a native build: a base, requirements that are
//! installed, files that are copied, a command. What differs afterwards is listed, by line.

mod carry;
mod render;
mod run;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use super::instruction::{Instruction, Stage};
use super::parse::Dockerfile;
use super::scope::Scope;
use super::stages::{Base, Visitor, visit};
use carry::Carrier;

/// The directory whose files a Dockerfile copies.
pub struct Context<'a> {
    /// Whether a path is a directory; nothing where there is none.
    pub is_directory: &'a dyn Fn(&str) -> Option<bool>,
    /// What lies in it, without what nobody wants in an image.
    pub entries: &'a dyn Fn() -> Vec<String>,
    /// The text of a file.
    pub read: &'a dyn Fn(&str) -> Option<String>,
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

/// A Dockerfile that was taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The `image` of a step.
    pub image: NativeImage,
    /// What is not as it was, in the order of the file.
    pub differs: Vec<Note>,
}

/// Something about a line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// Counted from 1.
    pub line: usize,
    /// What, in one sentence without a full stop.
    pub what: String,
}

/// The keys of an `image`, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NativeImage {
    /// An image of a registry; nothing stands for Debian's packages.
    pub base: Option<String>,
    /// Debian's packages, where there is no base.
    pub debian: Vec<String>,
    /// The file of the Python packages.
    pub requirements: Option<String>,
    /// What is copied, and where.
    pub copy: Vec<(String, String)>,
    /// What is run.
    pub command: Vec<String>,
    /// Where.
    pub workdir: Option<String>,
    /// As whom, where that is a number.
    pub user: Option<String>,
    /// Variables.
    pub env: BTreeMap<String, String>,
    /// Ports.
    pub ports: Vec<u16>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// Takes a Dockerfile over.
///
/// # Errors
/// It is not of the simple shape; by line, why.
pub fn import(file: &Dockerfile, context: &Context<'_>) -> Result<Imported, Vec<Note>> {
    if let [first, .., last] = file.stages.as_slice() {
        let what = format!(
            "it has several stages, and the native build has none: what the one of line {} builds \
             comes from an earlier step, as its output",
            first.line
        );
        return Err(vec![Note { line: last.line, what }]);
    }
    let mut importer = Importer { carrier: Carrier::new(context) };
    visit(file, &BTreeMap::new(), &mut importer);
    importer.carrier.finish()
}

struct Importer<'a> {
    carrier: Carrier<'a>,
}

impl Visitor for Importer<'_> {
    fn stage(&mut self, _: usize, stage: &Stage, base: &Base) {
        self.carrier.base(stage, base);
    }

    fn instruction(&mut self, _: usize, instruction: &Instruction, scope: &Scope) {
        self.carrier.instruction(instruction, scope);
    }
}
