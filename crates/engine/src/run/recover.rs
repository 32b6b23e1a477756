//! What a new engine does first: it closes what a dead one left open.

use tollgate_model::{Fact, RunEnd, RunFinished, RunId, Timestamp, Verdict};

use super::EngineError;
use crate::{Journal, Workspace};

/// Removes what a dead engine left in the workspace, and closes its runs. Steps that it finished
/// are known by their keys, so the next run goes on where it stopped. Returns the closed runs.
///
/// Must be called under the lease, by the only engine there is.
///
/// # Errors
/// The ledger or the workspace can't be changed. It can be repeated.
pub fn recover(
    journal: &mut dyn Journal,
    workspace: &dyn Workspace,
    now: Timestamp,
) -> Result<Vec<RunId>, EngineError> {
    // Also where no run is open: a tool is asked, and an object written, before a run begins.
    workspace.clear()?;
    let open = journal.open_runs()?;
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let close = |record: &tollgate_model::RunRecord| {
        Fact::RunFinished(RunFinished {
            run: record.started.run,
            verdict: Verdict::Undecided,
            end: RunEnd::Abandoned,
            millis: now.millis_since(record.started_at),
        })
    };
    journal.append(now, &open.iter().map(close).collect::<Vec<_>>())?;
    Ok(open.into_iter().map(|record| record.started.run).collect())
}
