//! Configuration: text to a validated plan, with spans and hints. No I/O.
//!
//! In two steps: what the text says (`yaml`, then the records in `syntax` and `contract`), and
//! whether it makes sense (`check`). Every problem is collected, and all are told at once.
//!
//! Absent on purpose: the disk (a [`Project`] is handed in), the environment, and any default that
//! depends on the machine.

mod check;
mod code;
mod contract;
mod glob;
mod import;
mod lower;
mod problem;
mod problems;
mod project;
mod record;
mod registry;
mod render;
mod schema;
mod shape;
mod sink;
mod span;
mod suggest;
mod syntax;
mod text;
mod yaml;

use std::collections::BTreeMap;

use tollgate_model::Plan;

pub use code::Code;
pub use contract::contract;
pub use import::{Format, Imported, Note, import};
pub use problem::{Label, Problem, Severity};
pub use problems::Problems;
pub use project::{PathKind, Project};
pub use registry::registry;
pub use schema::schema;
pub use span::Span;

use crate::shape::Shape;
use crate::sink::Sink;
use crate::syntax::ProjectFile;

/// The plan that the text of a `tollgate.yaml` describes. `path` is the file's name, for messages.
///
/// # Errors
/// Everything that is wrong with it, and with the contracts that it names.
pub fn plan(text: &str, path: &str, project: &dyn Project) -> Result<Plan, Problems> {
    let text = Problems::source(text);
    let mut texts = BTreeMap::from([(path.to_owned(), text.to_owned())]);
    let mut sink = Sink::new(path);
    let plan = read_plan(text, project, &mut texts, &mut sink);
    sink.result(plan, texts)
}

fn read_plan(
    text: &str,
    project: &dyn Project,
    texts: &mut BTreeMap<String, String>,
    sink: &mut Sink,
) -> Option<Plan> {
    let node = yaml::load(text, sink)?;
    let file = ProjectFile::read(&node, sink)?;
    check::check(&file, project, sink);
    let steps = file.steps.as_ref().map_or(&[][..], |steps| &steps.value.entries);
    let contracts = check::contracts(steps, project, texts, sink);
    let registries = check::registries(steps, project, texts, sink);
    let signers = check::signers(&file, project, sink);
    if sink.is_empty() { lower::plan(file, &contracts, &registries, &signers) } else { None }
}
