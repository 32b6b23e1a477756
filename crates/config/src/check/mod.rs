//! What the keys of `tollgate.yaml` must mean together.

mod cycle;
mod files;
mod kinds;
mod needs;
mod outputs;
mod sources;

use crate::project::Project;
use crate::shape::At;
use crate::sink::Sink;
use crate::syntax::{ProjectFile, StepFile};
use crate::text::quoted;
use crate::{Code, Problem};
use tollgate_model::StepId;

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
    needs::check(file, &steps.value.names, sink);
    cycle::check(&steps.value.entries, sink);
    let outputs = outputs::Outputs::of(&steps.value.entries);
    outputs.check(sink);
    files::check(&steps.value.entries, &outputs, project, sink);
    sources::check(&steps.value.entries, &outputs, project, sink);
}

const FIRST_STEP: &str = "such as `test: { run: pytest, inputs: [src/, tests/] }`";

/// The same entry twice in a list.
pub(crate) fn repeated<T, K: Ord + std::fmt::Display>(
    items: &[At<T>],
    key: impl Fn(&T) -> K,
    sink: &mut Sink,
) {
    let mut seen = std::collections::BTreeMap::new();
    for item in items {
        let key = key(&item.value);
        let text = quoted(&key.to_string());
        if let Some(first) = seen.insert(key, item.span) {
            let message = format!("{text} is listed twice");
            sink.add(
                Problem::new(Code::RepeatedItem, item.span, message)
                    .label("listed again here")
                    .also(first, "first listed here"),
            );
        }
    }
}
