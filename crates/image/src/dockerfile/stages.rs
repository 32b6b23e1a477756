//! How the stages of a Dockerfile stand on each other.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::instruction::{Instruction, Stage};
use super::parse::Dockerfile;
use super::scope::{Scope, Value, Variables};

/// What a stage stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// An earlier stage.
    Stage(usize),
    /// Nothing.
    Scratch,
    /// An image, by its name.
    Image(String),
    /// Which image is not known: these variables are given when it is built.
    Open(Vec<String>),
}

/// Goes through a file, stage by stage: with each stage what it stands on, and with each instruction
/// the variables that it sees.
pub(super) trait Visitor {
    fn stage(&mut self, index: usize, stage: &Stage, base: &Base);

    fn instruction(&mut self, index: usize, instruction: &Instruction, scope: &Scope);
}

pub(super) fn visit(
    file: &Dockerfile,
    given: &BTreeMap<String, String>,
    visitor: &mut impl Visitor,
) {
    let global = Scope::before(file.escape, &file.arguments, given);
    let mut ends: Vec<Rc<Variables>> = Vec::new();
    for (index, stage) in file.stages.iter().enumerate() {
        let base = base(file, index, &global.expand(&stage.base));
        let below = match base {
            Base::Stage(at) => ends.get(at).cloned(),
            _ => None,
        };
        visitor.stage(index, stage, &base);
        let mut scope = global.of_stage(below);
        for instruction in &stage.instructions {
            visitor.instruction(index, instruction, &scope);
            scope.take(&instruction.kind);
        }
        ends.push(scope.end());
    }
}

/// The stages that end up in the image: the last one and those that it stands on, the lowest first.
pub(super) fn lineage(bases: &[Base]) -> Vec<usize> {
    let mut line: Vec<usize> = bases.len().checked_sub(1).into_iter().collect();
    while let Some(Base::Stage(below)) = line.last().and_then(|at| bases.get(*at)) {
        line.push(*below);
    }
    line.reverse();
    line
}

/// The stage before `index` that is called so, by its name or its number.
pub(super) fn named(file: &Dockerfile, index: usize, name: &str) -> Option<usize> {
    let earlier = &file.stages[..index.min(file.stages.len())];
    let called =
        |stage: &Stage| stage.name.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(name));
    let by_number = || name.parse().ok().filter(|at| *at < earlier.len());
    earlier.iter().rposition(called).or_else(by_number)
}

fn base(file: &Dockerfile, index: usize, value: &Value) -> Base {
    let Some(name) = value.known() else { return Base::Open(value.open.clone()) };
    let called =
        |stage: &Stage| stage.name.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(name));
    match file.stages[..index].iter().rposition(called) {
        Some(at) => Base::Stage(at),
        None if name == "scratch" => Base::Scratch,
        None => Base::Image(name.to_owned()),
    }
}
