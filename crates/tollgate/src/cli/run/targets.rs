//! What a name on the command line means: a pipeline or a step.

use tollgate_model::{Plan, StepId};

use crate::error::CliError;

/// The pipeline that runs when none is named.
const DEFAULT: &str = "pr";

/// The steps that are asked for, and the pipeline where they are one.
pub(super) fn choose(
    names: &[String],
    plan: &Plan,
) -> Result<(Option<String>, Vec<StepId>), CliError> {
    if let [name] = names
        && let Some(pipeline) = plan.pipelines.get(name)
    {
        return Ok((Some(name.clone()), pipeline.steps.clone()));
    }
    if !names.is_empty() {
        return Ok((None, steps(names, plan)?));
    }
    let only = plan.pipelines.keys().next().filter(|_| plan.pipelines.len() == 1);
    let default = plan.pipelines.get_key_value(DEFAULT).map(|(name, _)| name).or(only);
    match default {
        Some(name) => Ok((Some(name.clone()), plan.pipelines[name].steps.clone())),
        None if plan.pipelines.is_empty() => Ok((None, plan.steps.keys().cloned().collect())),
        None => {
            let known = plan.pipelines.keys().cloned().collect::<Vec<_>>().join(", ");
            Err(CliError::misconfigured(format!("which pipeline? There are {known}")))
        }
    }
}

/// The steps of these names.
pub(super) fn steps(names: &[String], plan: &Plan) -> Result<Vec<StepId>, CliError> {
    names.iter().map(|name| step(name, plan)).collect()
}

fn step(name: &str, plan: &Plan) -> Result<StepId, CliError> {
    if let Some((id, _)) = plan.steps.get_key_value(name) {
        return Ok(id.clone());
    }
    let known: Vec<&str> = plan.steps.keys().map(StepId::as_str).collect();
    let pipelines: Vec<&str> = plan.pipelines.keys().map(String::as_str).collect();
    if pipelines.contains(&name) {
        let message = format!("`{name}` is a pipeline; it is run by itself, not beside steps");
        return Err(CliError::misconfigured(message));
    }
    let message = format!("there is no step or pipeline `{name}`");
    let hint = format!("a pipeline ({}) or steps ({})", pipelines.join(", "), known.join(", "));
    Err(CliError::misconfigured(message).hint(hint))
}
