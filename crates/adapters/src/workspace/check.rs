//! One attempt of a `data` step.

use std::path::{Path, PathBuf};

use tollgate_data::{DataError, DriftLimits, Options, Profile, Watched};
use tollgate_engine::{Job, Performed, PortError, PortErrorKind};
use tollgate_model::{
    DataCheck, DriftCheck, Finding, InputPattern, OutputKind, Place, RelPath, Report, StepEnd,
};

use super::{LocalWorkspace, SYSTEM};

pub(super) fn perform(
    host: &LocalWorkspace<'_>,
    job: &Job<'_>,
    check: &DataCheck,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<Performed, PortError> {
    let shown = check.source.as_str();
    let table = check.table.as_deref();
    let options = Options::default();
    let read = |path: PathBuf| match &check.drift {
        None => tollgate_data::check(&path, shown, &check.contract, table, &options, &cancelled),
        Some(asked) => drifted(host, job, check, asked, &path, &cancelled),
    };
    let report = match source(host, job, &check.source).map(read) {
        None => unreadable(shown, "it leads out of the directory that the needed step left"),
        Some(Ok(report)) => report,
        Some(Err(DataError::Cancelled { .. })) => return Ok(Performed::ended(StepEnd::Cancelled)),
        Some(Err(error)) => unreadable(shown, &error.to_string()),
    };
    same_as_scanned(host, job)?;
    Ok(Performed { report: Some(report), ..Performed::ended(StepEnd::Assessed) })
}

// The contract's checks and the profile come from one pass; what has drifted is said beside them.
fn drifted(
    host: &LocalWorkspace<'_>,
    job: &Job<'_>,
    check: &DataCheck,
    asked: &DriftCheck,
    path: &Path,
    cancelled: &dyn Fn() -> bool,
) -> Result<Report, DataError> {
    let (shown, table) = (check.source.as_str(), check.table.as_deref());
    let options = Options::default();
    let columns = asked.columns.as_deref();
    let reference = match reference(host, job, asked) {
        Ok(reference) => reference,
        Err(why) => {
            let seen =
                tollgate_data::check(path, shown, &check.contract, table, &options, cancelled)?;
            return Ok(together(seen, unreadable(asked.reference.as_str(), &why)));
        }
    };
    let watched = Watched { columns, like: Some(&reference) };
    let (seen, now) = tollgate_data::check_and_profile(
        path,
        shown,
        &check.contract,
        table,
        &watched,
        &options,
        cancelled,
    )?;
    Ok(together(seen, tollgate_data::drift(&reference, &now, columns, &limits(asked))))
}

fn reference(
    host: &LocalWorkspace<'_>,
    job: &Job<'_>,
    asked: &DriftCheck,
) -> Result<Profile, String> {
    let path = source(host, job, &asked.reference)
        .ok_or("it leads out of the directory that the needed step left")?;
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    Profile::from_json(&text, asked.reference.as_str()).map_err(|error| error.to_string())
}

fn limits(asked: &DriftCheck) -> DriftLimits {
    let usual = DriftLimits::default();
    DriftLimits {
        psi: asked.psi.unwrap_or(usual.psi),
        js: asked.js.unwrap_or(usual.js),
        ks: asked.ks.unwrap_or(usual.ks),
        wasserstein: asked.wasserstein.unwrap_or(usual.wasserstein),
        cramers_v: asked.cramers_v.unwrap_or(usual.cramers_v),
        nulls: asked.nulls.unwrap_or(usual.nulls),
        rows: asked.rows.or(usual.rows),
    }
}

fn together(mut one: Report, other: Report) -> Report {
    one.findings.extend(other.findings);
    one.not_assessed.extend(other.not_assessed);
    one.figures.extend(other.figures);
    Report { figures: one.figures, ..Report::new(one.findings, one.not_assessed) }
}

// The data is read where it is: in the store where a need made it, else in the project. None where
// a link in a tree leads out of it: no key knows of what is there, and no step may read it.
fn source(host: &LocalWorkspace<'_>, job: &Job<'_>, wanted: &RelPath) -> Option<PathBuf> {
    let holds = |(at, _): &(&RelPath, _)| wanted.is_within(at);
    match job.needs.iter().find(holds) {
        Some((at, output)) if output.kind == OutputKind::Tree => {
            let inside = wanted.as_str()[at.as_str().len()..].trim_start_matches('/');
            let tree = host.store.tree_path(&output.digest);
            let path = tree.join(inside);
            let leads_to = path.canonicalize();
            let out =
                leads_to.is_ok_and(|to| tree.canonicalize().is_ok_and(|t| !to.starts_with(t)));
            (!out).then_some(path)
        }
        Some((_, output)) => Some(host.store.blob_path(&output.digest)),
        None => Some(host.root.join(wanted)),
    }
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
