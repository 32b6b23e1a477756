//! Why a step ran or was reused.

use serde::Serialize;
use tollgate_engine::{Change, Ingredients, Store};
use tollgate_ledger::Ledger;
use tollgate_model::{RunId, RunRecord, StepId, StepStarted, StepState};

use crate::cli::Context;
use crate::display::style;
use crate::error::CliError;

/// So many changed inputs are named; the count says the rest.
const SHOWN: usize = 20;

#[derive(Serialize)]
struct Explanation {
    explain: StepId,
    why: String,
    changes: Vec<Change>,
}

pub(super) fn say(
    step: &StepId,
    record: &RunRecord,
    ledger: &Ledger,
    store: &dyn Store,
    context: &Context,
) -> Result<(), CliError> {
    let explanation = explain(step, record, ledger, store)?;
    if context.json {
        return context.json_line(&explanation);
    }
    context.line(&format!("{} {}", style::strong(format!("{step}:")), explanation.why))?;
    for change in explanation.changes.iter().take(SHOWN) {
        context.line(&format!("  · {}", style::safe(&change.to_string())))?;
    }
    if explanation.changes.len() > SHOWN {
        context.line(&format!("  · … and {} more", explanation.changes.len() - SHOWN))?;
    }
    Ok(())
}

fn explain(
    step: &StepId,
    record: &RunRecord,
    ledger: &Ledger,
    store: &dyn Store,
) -> Result<Explanation, CliError> {
    let plain = |why: String| Explanation { explain: step.clone(), why, changes: Vec::new() };
    let run = record.started.run;
    let Some(state) = record.steps.get(step).map(|step| &step.state) else {
        return Ok(plain(format!("is no part of {run}")));
    };
    match state {
        StepState::Reused(fact) => Ok(plain(format!(
            "reused from {}: nothing that it reads has changed (key {})",
            fact.origin,
            fact.key.short()
        ))),
        StepState::Skipped(fact) => Ok(plain(match &fact.because {
            Some(because) => format!("skipped, for `{because}` did not pass"),
            None => "skipped, for the run was stopped".to_owned(),
        })),
        StepState::Waiting | StepState::Running(_) => Ok(plain("not over".to_owned())),
        StepState::Finished(fact) if fact.key.is_none() => {
            Ok(plain(format!("could not run: {}", fact.result.summary)))
        }
        StepState::Finished(_) => ran(step, run, ledger, store),
    }
}

fn ran(
    step: &StepId,
    run: RunId,
    ledger: &Ledger,
    store: &dyn Store,
) -> Result<Explanation, CliError> {
    let plain =
        |why: &str| Explanation { explain: step.clone(), why: why.to_owned(), changes: Vec::new() };
    let this = ledger.last_started(step, RunId(run.0 + 1))?;
    let Some(this) = this else { return Ok(plain("ran")) };
    let Some(before) = ledger.last_started(step, run)? else {
        return Ok(plain("ran, for it has never run here before"));
    };
    if before.key == this.key {
        return Ok(plain(
            "ran again on the same inputs: its last run did not pass, it was forced, or its \
             outputs were no longer in the store",
        ));
    }
    let read = |started: &StepStarted| {
        let bytes = store.get(&started.ingredients).ok()?;
        serde_json::from_slice::<Ingredients>(&bytes).ok()
    };
    let (Some(new), Some(old)) = (read(&this), read(&before)) else {
        return Ok(plain("ran, for its key changed; what it was made of is no longer stored"));
    };
    let why = format!("ran, for this changed since {}:", before.run);
    Ok(Explanation { changes: new.changes_since(&old), ..plain(&why) })
}
