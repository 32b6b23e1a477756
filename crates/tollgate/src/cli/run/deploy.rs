//! Releases that go into an environment by themselves.

use tollgate_engine::deliver::DeliverError;
use tollgate_model::{Plan, RunRecord};

use super::publish;
use crate::cli::Context;
use crate::cli::deliver::{Desk, promote};
use crate::error::CliError;
use crate::project::Project;

/// Promotes what the run made, where its pipeline says so and the environment admits it. That it does
/// not is told, and no failure of the run: what waits for a person or for Monday waits.
pub(super) fn releases(
    plan: &Plan,
    record: &RunRecord,
    project: &Project,
    context: &Context,
    say: &mut dyn FnMut(&str),
) -> Result<(), CliError> {
    if publish::commit_to_publish(plan, record).is_none() {
        return Ok(());
    }
    let pipeline = record.started.pipeline.as_ref().and_then(|name| plan.pipelines.get(name));
    let Some((pipeline, name)) =
        pipeline.and_then(|pipeline| Some((pipeline, pipeline.deploy.as_ref()?)))
    else {
        return Ok(());
    };
    let mut desk = Desk::of(project.clone(), plan.clone(), context)?;
    desk.by = format!("pipeline {}", pipeline.name);
    let environment = desk.environment(name)?;
    let commit = record.started.commit.as_ref().map(|commit| commit.sha.as_str());
    let recorded = desk.release(commit, &environment)?;
    let promoted = desk.act(&environment, |deliverer| {
        deliverer.follow()?;
        match deliverer.promote(&recorded) {
            Err(error @ (DeliverError::Refused(_) | DeliverError::Senseless(_))) => Ok(Err(error)),
            outcome => outcome.map(Ok),
        }
    })?;
    match promoted {
        // Who reads the run's facts is told by the ledger.
        Ok(_) if context.json => Ok(()),
        Ok(promoted) => promote::show(&promoted, &recorded.1, &environment, context),
        Err(DeliverError::Refused(assessment)) => {
            let unmet: Vec<&str> = assessment.unmet().map(|it| it.name.as_str()).collect();
            say(&format!("{name} does not take it now: {}", unmet.join(", ")));
            say(&format!("`tollgate status {name} --why` tells what would meet it"));
            Ok(())
        }
        Err(error) => {
            say(&format!("not promoted: {error}"));
            Ok(())
        }
    }
}
