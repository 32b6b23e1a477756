//! Where the result of a step stands.

use tollgate_ledger::Ledger;
use tollgate_model::{RunId, StepResult, StepReused, StepState};

use crate::error::CliError;

/// How a step ended, and the run in which it ran.
pub(super) struct Known {
    pub(super) run: RunId,
    pub(super) result: StepResult,
}

/// What came of a step that stands so in `run`; none where nothing did. A reused one is looked up
/// by its key: it may have had another name when it ran.
pub(super) fn result(
    run: RunId,
    state: &StepState,
    ledger: &Ledger,
) -> Result<Option<Known>, CliError> {
    match state {
        StepState::Reused(fact) => reused(fact, ledger),
        state => Ok(state.result().map(|result| Known { run, result: result.clone() })),
    }
}

// The run that the fact names comes first: the step may have run again since, with another log.
fn reused(fact: &StepReused, ledger: &Ledger) -> Result<Option<Known>, CliError> {
    let steps = ledger.run(fact.origin)?.into_iter().flat_map(|record| record.steps);
    let there = steps.filter_map(|(_, step)| match step.state {
        StepState::Finished(finished) if finished.key == Some(fact.key) => Some(finished.result),
        _ => None,
    });
    if let Some(result) = there.into_iter().find(|result| result.verdict.passed()) {
        return Ok(Some(Known { run: fact.origin, result }));
    }
    let known = ledger.passed_with_key(&fact.key)?;
    Ok(known.map(|known| Known { run: known.run, result: known.result }))
}
