//! The names of steps that steps and pipelines speak of.

use tollgate_model::StepId;

use super::repeated;
use crate::shape::At;
use crate::sink::Sink;
use crate::syntax::{PipelineFile, ProjectFile};
use crate::text::{listed, quoted};
use crate::{Code, Problem, suggest};

/// More names than these are not listed in a hint.
const LISTED: usize = 12;

pub(crate) fn check(file: &ProjectFile, names: &[String], sink: &mut Sink) {
    for (id, step) in file.steps.iter().flat_map(|steps| &steps.value.entries) {
        let Some(needs) = &step.value.needs else { continue };
        for need in &needs.value {
            if need.value == id.value {
                sink.add(self_need(need));
            } else {
                known(need, names, sink);
            }
        }
    }
    for (name, pipeline) in file.pipelines.iter().flat_map(|all| &all.value.entries) {
        self::pipeline(name, &pipeline.value, names, sink);
    }
}

fn pipeline(name: &At<StepId>, pipeline: &PipelineFile, names: &[String], sink: &mut Sink) {
    let Some(steps) = &pipeline.steps else { return };
    if steps.value.is_empty() {
        let message = format!("the pipeline {} has no steps", quoted(name.value.as_str()));
        sink.add(Problem::new(Code::NoSteps, steps.key, message).hint("name at least one step"));
    }
    for step in &steps.value {
        known(step, names, sink);
    }
    repeated(&steps.value, Clone::clone, sink);
}

fn self_need(need: &At<StepId>) -> Problem {
    let message = format!("the step {} needs itself", quoted(need.value.as_str()));
    Problem::new(Code::SelfNeed, need.span, message).hint("remove it from `needs`")
}

fn known(name: &At<StepId>, names: &[String], sink: &mut Sink) {
    if names.iter().any(|known| known == name.value.as_str()) {
        return;
    }
    let message = format!("there is no step {}", quoted(name.value.as_str()));
    let meant = match sink.worth_suggesting() {
        true => suggest::nearest(name.value.as_str(), names.iter().map(String::as_str)),
        false => None,
    };
    let hint = suggest::did_you_mean(meant).or_else(|| all(names));
    sink.add(Problem::new(Code::UnknownStep, name.span, message).maybe_hint(hint));
}

fn all(names: &[String]) -> Option<String> {
    let names = names.iter().map(String::as_str);
    (names.len() <= LISTED).then(|| format!("the steps are {}", listed(names, "and")))
}
