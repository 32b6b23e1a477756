//! What the ledger says of an image.

use std::collections::BTreeSet;

use tollgate_image::oci::Sha256;
use tollgate_image::oci::layout::Layout;
use tollgate_model::{Exit, StepState};

use crate::cli::known;
use crate::error::CliError;
use crate::project::Project;

/// An image that is older than so many runs is judged by nobody here any more.
const RUNS: usize = 500;

/// Refuses an image that did not pass when it was last built or reused here. What was built elsewhere
/// has its proof elsewhere.
pub(super) fn must_not_have_failed(
    project: &Project,
    layout: &Layout,
    image: Sha256,
) -> Result<(), CliError> {
    if !project.ledger_path().exists() {
        return Ok(());
    }
    let (ledger, digest) = (project.ledger()?, image.to_string());
    let names = names(layout, image)?;
    for run in ledger.runs(RUNS)?.into_iter().map(|summary| summary.run) {
        let Some(record) = ledger.run(run)? else { continue };
        for (step, progress) in &record.steps {
            // What was reused is looked up in another run: only where it may be this image.
            if matches!(progress.state, StepState::Reused(_)) && !names.contains(step.as_str()) {
                continue;
            }
            let known = known::result(run, &progress.state, &ledger)?;
            let Some(result) = known.map(|known| known.result) else { continue };
            if result.image.is_none_or(|built| built.digest != digest) {
                continue;
            }
            if result.verdict.passed() {
                return Ok(());
            }
            let message =
                format!("the image of `{step}` did not pass in {run}: {}", result.summary);
            let hint = format!("`tollgate show {run} {step}` says why");
            return Err(CliError::new(Exit::Refused, message).hint(hint));
        }
    }
    Ok(())
}

/// What the image is called, which is after the step that built it.
fn names(layout: &Layout, image: Sha256) -> Result<BTreeSet<String>, CliError> {
    let all = layout.images().map_err(CliError::broken)?;
    Ok(all.into_iter().filter(|(_, it)| it.digest == image).map(|(name, _)| name).collect())
}
