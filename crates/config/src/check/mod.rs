//! What the keys of `tollgate.yaml` must mean together.

mod cycle;
mod environments;
mod files;
mod gates;
mod images;
mod kinds;
mod metrics;
mod needs;
mod outputs;
mod registries;
mod sources;

use std::collections::BTreeMap;
use std::fmt::Display;

use tollgate_model::StepId;

use crate::project::Project;
use crate::shape::At;
use crate::sink::Sink;
use crate::syntax::{ProjectFile, StepFile};
use crate::text::quoted;
use crate::{Code, Problem, Span};

pub(crate) use environments::{Signers, signers};
pub(crate) use registries::{Registries, registries};
pub(crate) use sources::{Contracts, contracts};

/// A plan whose steps need each other in a chain of this length can still be walked by recursion.
const STEPS: usize = 1_000;

/// The steps that could be read, in the order of the file.
pub(crate) type Steps = [(At<StepId>, At<StepFile>)];

/// Everything but contracts, which have files of their own.
pub(crate) fn check(file: &ProjectFile, project: &dyn Project, sink: &mut Sink) {
    let Some(steps) = &file.steps else { return };
    if steps.value.names.is_empty() {
        let message = "a project without steps";
        sink.add(Problem::new(Code::NoSteps, steps.key, message).hint(FIRST_STEP));
    }
    if steps.value.names.len() > STEPS {
        let message = format!("more than {STEPS} steps");
        return sink.add(Problem::new(Code::TooMany, steps.key, message));
    }
    kinds::check(&steps.value.entries, sink);
    gates::check(&steps.value.entries, sink);
    images::check(&steps.value.entries, sink);
    for (_, step) in &steps.value.entries {
        lists(&step.value, sink);
    }
    needs::check(file, &steps.value.names, sink);
    cycle::check(&steps.value.entries, sink);
    let outputs = outputs::Outputs::of(&steps.value.entries);
    outputs.check(sink);
    files::check(&steps.value.entries, &outputs, project, sink);
    sources::check(&steps.value.entries, &outputs, project, sink);
    images::sources(&steps.value.entries, &outputs, project, sink);
    environments::check(file, project, sink);
}

const FIRST_STEP: &str = "such as `test: { run: pytest, inputs: [src/, tests/] }`";

/// Lists in which an entry twice is a slip.
fn lists(step: &StepFile, sink: &mut Sink) {
    if let Some(env) = &step.env {
        repeated(&env.value, |env| env.0.name.clone(), sink);
    }
    if let Some(tools) = &step.tools {
        repeated(&tools.value, Clone::clone, sink);
    }
    if let Some(sources) = &step.consistent_with {
        repeated(&sources.value, Clone::clone, sink);
    }
    if let Some(needs) = &step.needs {
        repeated(&needs.value, Clone::clone, sink);
    }
    if let Some(inputs) = &step.inputs {
        repeated(&inputs.value, |input| input.pattern.as_str().to_owned(), sink);
    }
}

/// The same entry twice in a list: told once for each entry.
pub(crate) fn repeated<T, K: Ord + Display>(
    items: &[At<T>],
    key: impl Fn(&T) -> K,
    sink: &mut Sink,
) {
    let mut places: BTreeMap<K, Vec<Span>> = BTreeMap::new();
    for item in items {
        places.entry(key(&item.value)).or_default().push(item.span);
    }
    for (key, spans) in places {
        if let [first, again, ..] = spans.as_slice() {
            let message = format!("{} is listed twice", quoted(&key.to_string()));
            sink.add(
                Problem::new(Code::RepeatedItem, *again, message)
                    .label("listed again here")
                    .also(*first, "first listed here"),
            );
        }
    }
}
