//! The images that a Dockerfile stands on or copies from.

use std::collections::{BTreeMap, BTreeSet};

use super::instruction::{Instruction, Kind, Stage};
use super::parse::Dockerfile;
use super::scope::Scope;
use super::stages::{Base, Visitor, lineage, named, visit};
use crate::oci::History;

/// An image that a Dockerfile names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedImage {
    /// With variables, as it is written.
    pub written: String,
    /// What that is in this build.
    pub name: String,
}

/// The images that it names, in a build that gives these values to `ARG`s. What depends on values that
/// nobody gives is not among them.
#[must_use]
pub fn images(file: &Dockerfile, given: &BTreeMap<String, String>) -> BTreeSet<NamedImage> {
    let mut collector = Collector { file, images: BTreeSet::new() };
    visit(file, given, &mut collector);
    collector.images
}

/// How many of these layers, counted from the highest, the file itself has made, going by the history
/// of what was built of it: each instruction leaves an entry there. Rather one too many.
#[must_use]
pub fn own_layers(
    file: &Dockerfile,
    given: &BTreeMap<String, String>,
    target: Option<&str>,
    history: &[History],
) -> usize {
    let mut stages = Stages(Vec::new());
    visit(file, given, &mut stages);
    let wanted = target.and_then(|name| named(file, file.stages.len(), name));
    let until = wanted.map_or(stages.0.len(), |at| at + 1);
    let shipped = lineage(&stages.0[..until]);
    let instructions: usize = shipped.iter().map(|at| file.stages[*at].instructions.len()).sum();
    history.iter().rev().take(instructions).filter(|entry| !entry.empty_layer).count()
}

/// What each stage stands on.
struct Stages(Vec<Base>);

impl Visitor for Stages {
    fn stage(&mut self, _: usize, _: &Stage, base: &Base) {
        self.0.push(base.clone());
    }

    fn instruction(&mut self, _: usize, _: &Instruction, _: &Scope) {}
}

/// What an instruction copies from or mounts, stages among it, where that is known.
pub(super) fn taken_from(instruction: &Instruction, scope: &Scope) -> Vec<NamedImage> {
    let copied = instruction.flag("from").filter(|_| matches!(instruction.kind, Kind::Copy(..)));
    let mounts = instruction.flags.iter().filter(|flag| flag.name == "mount");
    let options = mounts.filter_map(|flag| flag.value.as_deref()).flat_map(|it| it.split(','));
    let mounted = options.filter_map(|option| option.strip_prefix("from="));
    let known = |written: &str| {
        let name = scope.expand(written).known()?.to_owned();
        Some(NamedImage { written: written.to_owned(), name })
    };
    copied.into_iter().chain(mounted).filter_map(known).collect()
}

struct Collector<'f> {
    file: &'f Dockerfile,
    images: BTreeSet<NamedImage>,
}

impl Visitor for Collector<'_> {
    fn stage(&mut self, _: usize, stage: &Stage, base: &Base) {
        if let Base::Image(name) = base {
            let (written, name) = (stage.base.clone(), name.clone());
            self.images.insert(NamedImage { written, name });
        }
    }

    fn instruction(&mut self, index: usize, instruction: &Instruction, scope: &Scope) {
        let taken = taken_from(instruction, scope).into_iter();
        self.images.extend(taken.filter(|image| named(self.file, index, &image.name).is_none()));
    }
}
