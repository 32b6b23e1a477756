//! Images that go to a registry once their run has passed.
//!
//! Only a pipeline of pushes sends any, and only from a commit of its branch that says all of what was
//! built: what a pull request makes goes nowhere. Sending is repeatable, so a run of which all is known
//! sends what did not get there the last time.

use tollgate_ledger::Ledger;
use tollgate_model::{Plan, RunRecord, StepKind, Trigger};

use crate::cli::image::{self, Parcel};
use crate::cli::{Context, known};
use crate::error::CliError;
use crate::project::Project;

/// Sends what is due.
pub(super) fn images(
    plan: &Plan,
    record: &RunRecord,
    ledger: &Ledger,
    project: &Project,
    context: &Context,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<(), CliError> {
    let Some(commit) = commit_to_publish(plan, record) else { return Ok(()) };
    for (step, progress) in &record.steps {
        let Some(StepKind::Image(build)) = plan.steps.get(step).map(|step| &step.kind) else {
            continue;
        };
        let Some(repository) = &build.push else { continue };
        let known = known::result(record.started.run, &progress.state, ledger)?;
        let Some(built) = known.and_then(|known| known.result.image) else { continue };
        let layout = image::layout(project)?;
        let image = layout.resolve(&built.digest).map_err(CliError::broken)?;
        let to = image::reference(repository)?;
        let tags = [commit.to_owned()];
        let parcel =
            Parcel { image: &image, to: &to, tags: &tags, plain_http: false, detailed: false };
        parcel.send(project, &layout, context, stopped).map_err(|error| {
            error.hint("the run passed; the same command again sends what is not there yet")
        })?;
    }
    Ok(())
}

/// The commit, where its images go to registries.
pub(super) fn commit_to_publish<'r>(plan: &Plan, record: &'r RunRecord) -> Option<&'r str> {
    let pipeline = plan.pipelines.get(record.started.pipeline.as_ref()?)?;
    let Trigger::Push(branch) = &pipeline.on else { return None };
    let commit = record.started.commit.as_ref().filter(|commit| !commit.dirty)?;
    let is_its_branch = commit.branch.as_ref() == Some(branch);
    (is_its_branch && record.verdict().passed()).then_some(commit.sha.as_str())
}
