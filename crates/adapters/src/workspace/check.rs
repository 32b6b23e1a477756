//! One attempt of a `data` step.

use std::collections::BTreeMap;
use std::path::PathBuf;

use tollgate_data::{DataError, Options};
use tollgate_engine::{Clock as _, Job, Performed, PortError, PortErrorKind};
use tollgate_model::{
    DataCheck, Finding, InputPattern, OutputKind, Place, RelPath, Report, StepEnd,
};

use super::{LocalWorkspace, SYSTEM};
use crate::SystemClock;

pub(super) fn perform(
    host: &LocalWorkspace<'_>,
    job: &Job<'_>,
    check: &DataCheck,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<Performed, PortError> {
    let shown = check.source.as_str();
    let table = check.table.as_deref();
    let options = Options {
        now: Some(SystemClock.now()),
        references: references(host, job, check),
        ..Options::default()
    };
    let read = |path: PathBuf| {
        tollgate_data::check(&path, shown, &check.contract, table, &options, &|| cancelled())
    };
    let report = match place(host, job, &check.source).map(read) {
        None => unreadable(shown, "it leads out of the directory that the needed step left"),
        Some(Ok(report)) => report,
        Some(Err(DataError::Cancelled { .. })) => return Ok(Performed::ended(StepEnd::Cancelled)),
        Some(Err(error)) => unreadable(shown, &error.to_string()),
    };
    same_as_scanned(host, job)?;
    Ok(Performed { report: Some(report), ..Performed::ended(StepEnd::Assessed) })
}

// The data is read where it is: in the store where a need made it, else in the project. None where
// a link in a tree leads out of it: no key knows of what is there, and no step may read it.
fn place(host: &LocalWorkspace<'_>, job: &Job<'_>, data: &RelPath) -> Option<PathBuf> {
    let holds = |(at, _): &(&RelPath, _)| data.is_within(at);
    match job.needs.iter().find(holds) {
        Some((at, output)) if output.kind == OutputKind::Tree => {
            let inside = data.as_str()[at.as_str().len()..].trim_start_matches('/');
            let tree = host.store.tree_path(&output.digest);
            let path = tree.join(inside);
            let leads_to = path.canonicalize();
            let out =
                leads_to.is_ok_and(|to| tree.canonicalize().is_ok_and(|t| !to.starts_with(t)));
            (!out).then_some(path)
        }
        Some((_, output)) => Some(host.store.blob_path(&output.digest)),
        None => Some(host.root.join(data)),
    }
}

// Other data that the contract refers to, where it may be read.
fn references(
    host: &LocalWorkspace<'_>,
    job: &Job<'_>,
    check: &DataCheck,
) -> BTreeMap<String, PathBuf> {
    let place = |data: &RelPath| Some((data.as_str().to_owned(), place(host, job, data)?));
    check.reads().into_iter().filter_map(place).collect()
}

fn unreadable(source: &str, why: &str) -> Report {
    let place = Place::Data { source: source.to_owned(), column: None };
    Report::new(vec![Finding::new("data.unreadable", place, why)], Vec::new())
}

// The file was not copied, so it could have changed while it was read. What the report says must
// be about the bytes that the step's key stands for.
fn same_as_scanned(host: &LocalWorkspace<'_>, job: &Job<'_>) -> Result<(), PortError> {
    for entry in &job.inputs {
        let now = host.files.scan(&[InputPattern::Path(entry.path.clone())])?;
        if now.get(&entry.path).is_none_or(|now| now.digest != entry.digest) {
            let message = format!("{} was changed while it was checked; run it again", entry.path);
            return Err(PortError::new(SYSTEM, PortErrorKind::Conflict, message));
        }
    }
    Ok(())
}
