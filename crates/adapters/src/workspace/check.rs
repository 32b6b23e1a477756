//! One attempt of a `data` step.

use std::collections::{BTreeMap, HashSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use tollgate_data::{DataError, DataSet, DriftLimits, Options, Part, Profile, Watched, check_set};
use tollgate_engine::{Clock as _, Job, Performed, PortError, PortErrorKind, matches};
use tollgate_model::{
    Columns, DataCheck, Digest, DriftCheck, Finding, Form, InputPattern, OutputKind, OutputRef,
    Place, RelPath, Report, Sketch, StepEnd,
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
    // Where it can't be made, a check that needs it says so.
    let _ = std::fs::create_dir_all(host.desks());
    let options = Options {
        spill_to: Some(host.desks()),
        now: Some(SystemClock.now()),
        references: references(host, job, check),
        ..Options::default()
    };
    let read = |set: Result<DataSet, DataError>| {
        let set = set?;
        let (seen, sketch) = match &check.drift {
            None => (check_set(&set, &check.contract, table, &options, &|| cancelled())?, None),
            Some(asked) => drifted(host, job, check, asked, &set, &options, &|| cancelled())?,
        };
        let skew = super::skew::report(host, job, check, &set, &options, &|| cancelled())?;
        let seen = match skew {
            Some(skew) => together(seen, skew),
            None => seen,
        };
        Ok((seen, sketch))
    };
    let set = match &check.source {
        InputPattern::Path(data) => place(host, job, data).map(|path| data_set(&path, job, data)),
        InputPattern::Glob(glob) => Some(matching(host, job, glob)),
    };
    let (report, sketch) = match set.map(read) {
        None => {
            (unreadable(shown, "it leads out of the directory that the needed step left"), None)
        }
        Some(Ok(seen)) => seen,
        Some(Err(DataError::Cancelled { .. })) => return Ok(Performed::ended(StepEnd::Cancelled)),
        // What is not there was not left by the needed step. All else is the disk's doing.
        Some(Err(DataError::Unreadable { source, .. })) if !is_absent(source.kind()) => {
            return Err(PortError::io(SYSTEM, format!("can't read {shown}"), source));
        }
        Some(Err(error)) => (unreadable(shown, &error.to_string()), None),
    };
    match same_as_scanned(host, job, cancelled) {
        Err(_) if cancelled() => return Ok(Performed::ended(StepEnd::Cancelled)),
        same => same?,
    }
    Ok(Performed { report: Some(report), sketch, ..Performed::ended(StepEnd::Assessed) })
}

// The contract's checks and the profile come from one pass; what has drifted is said beside them.
fn drifted(
    host: &LocalWorkspace<'_>,
    job: &Job<'_>,
    check: &DataCheck,
    asked: &DriftCheck,
    set: &DataSet,
    options: &Options,
    cancelled: &dyn Fn() -> bool,
) -> Result<(Report, Option<Sketch>), DataError> {
    let (contract, table) = (&check.contract, check.table.as_deref());
    let columns = asked.columns.as_deref();
    let reference = match reference(host, job, check, asked, options, cancelled)? {
        Ok(reference) => reference,
        Err(why) => {
            let seen = check_set(set, contract, table, options, cancelled)?;
            return Ok((together(seen, unreadable(asked.reference.as_str(), &why)), None));
        }
    };
    let watched = Watched { columns, like: Some(&reference) };
    let (seen, now) =
        tollgate_data::check_and_profile(set, contract, table, &watched, options, cancelled)?;
    let drift = tollgate_data::drift(&reference, &now, columns, &limits(asked));
    // Of the reference only what it is compared with is worth keeping.
    let compared = |column: &str| now.column(column).is_some();
    let sketch =
        Sketch::Profiles { reference: reference.only(compared).to_json(), data: now.to_json() };
    Ok((together(seen, drift), Some(sketch)))
}

// A profile, or data that one is taken of: then the contract tells the types of its columns. Why
// there is none is said in a sentence.
fn reference(
    host: &LocalWorkspace<'_>,
    job: &Job<'_>,
    check: &DataCheck,
    asked: &DriftCheck,
    options: &Options,
    cancelled: &dyn Fn() -> bool,
) -> Result<Result<Profile, String>, DataError> {
    let shown = asked.reference.as_str();
    let Some(path) = place(host, job, &asked.reference) else {
        return Ok(Err("it leads out of the directory that the needed step left".to_owned()));
    };
    if Profile::is_called(shown) {
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string());
        let profile = |text: String| Profile::from_json(&text, shown);
        return Ok(text.and_then(|text| profile(text).map_err(|error| error.to_string())));
    }
    let table = check.contract.table(check.table.as_deref());
    let watched = Watched { columns: asked.columns.as_deref(), like: None };
    let taken = data_set(&path, job, &asked.reference)
        .and_then(|set| tollgate_data::profile(&set, table, &watched, options, cancelled));
    match taken {
        Err(error @ DataError::Cancelled { .. }) => Err(error),
        taken => Ok(taken.map_err(|error| error.to_string())),
    }
}

pub(super) fn limits(asked: &DriftCheck) -> DriftLimits {
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

pub(super) fn together(mut one: Report, other: Report) -> Report {
    one.findings.extend(other.findings);
    one.not_assessed.extend(other.not_assessed);
    one.passed.extend(other.passed);
    one.figures.extend(other.figures);
    let Report { figures, passed, .. } = one;
    Report { figures, passed, ..Report::new(one.findings, one.not_assessed) }
}

// Of a directory of the project only what the step's key knows of is data: not what Git ignores.
pub(super) fn data_set(path: &Path, job: &Job<'_>, data: &RelPath) -> Result<DataSet, DataError> {
    let set = DataSet::at(path, data.as_str())?;
    match made_by_need(job, data) {
        Some(_) => Ok(set),
        None => {
            let known: HashSet<_> = job.inputs.iter().map(|entry| entry.path.as_str()).collect();
            set.only(|part| known.contains(part))
        }
    }
}

// Files of the project that the step's key knows of, and what needs left. As in a directory, what
// begins with `.` or `_` is no data.
fn matching(host: &LocalWorkspace<'_>, job: &Job<'_>, glob: &str) -> Result<DataSet, DataError> {
    let pattern = InputPattern::Glob(glob.to_owned());
    let is_data = |path: &RelPath| {
        let inside = path.as_str().get(pattern.base().len()..).unwrap_or_default();
        matches(glob, path) && !inside.split('/').any(|name| name.starts_with(['.', '_']))
    };
    let part = |path: &RelPath, at: PathBuf| Part { path: at, shown: path.as_str().to_owned() };
    let known = job.inputs.iter().filter(|entry| is_data(&entry.path));
    let mut parts: Vec<_> =
        known.map(|entry| part(&entry.path, host.root.join(&entry.path))).collect();
    for (at, output) in &job.needs {
        if output.kind == OutputKind::Tree {
            let tree = host.store.tree_path(&output.digest);
            parts.extend(DataSet::within(&tree, at.as_str(), glob)?);
        } else if is_data(at) {
            parts.push(part(at, host.store.blob_path(&output.digest)));
        }
    }
    DataSet::of(parts, glob)
}

// The data is read where it is: in the store where a need made it, else in the project. None where
// a link in a tree leads out of it: no key knows of what is there, and no step may read it.
pub(super) fn place(host: &LocalWorkspace<'_>, job: &Job<'_>, data: &RelPath) -> Option<PathBuf> {
    match made_by_need(job, data) {
        Some((inside, output)) if output.kind == OutputKind::Tree => {
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

// The output in which the data lies, and where in it.
fn made_by_need<'a>(job: &'a Job<'_>, data: &'a RelPath) -> Option<(&'a str, &'a OutputRef)> {
    job.needs.iter().find_map(|(at, output)| Some((data.below(at)?, output)))
}

fn is_absent(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::IsADirectory | ErrorKind::NotADirectory)
}

/// Columns of a table in the store.
pub(super) fn columns(
    host: &LocalWorkspace<'_>,
    stored: &Digest,
    name: &str,
    columns: &[(String, Form)],
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<Result<Columns, String>, PortError> {
    let path = host.store.blob_path(stored);
    if !path.exists() {
        let message = format!("{name} is not in the store");
        return Err(PortError::new(SYSTEM, PortErrorKind::NotFound, message));
    }
    let read = tollgate_data::columns(&path, name, columns, &Options::default(), &|| cancelled());
    Ok(read.map_err(|error| error.to_string()))
}

// Other data that the contract refers to, where it may be read.
fn references(
    host: &LocalWorkspace<'_>,
    job: &Job<'_>,
    check: &DataCheck,
) -> BTreeMap<String, DataSet> {
    let set = |data: &RelPath| {
        let set = data_set(&place(host, job, data)?, job, data).ok()?;
        Some((data.as_str().to_owned(), set))
    };
    check.references().into_iter().filter_map(set).collect()
}

pub(super) fn unreadable(source: &str, why: &str) -> Report {
    let place = Place::Data { source: source.to_owned(), column: None };
    Report::new(vec![Finding::new("data.unreadable", place, why)], Vec::new())
}

// The file was not copied, so it could have changed while it was read. What the report says must
// be about the bytes that the step's key stands for.
pub(super) fn same_as_scanned(
    host: &LocalWorkspace<'_>,
    job: &Job<'_>,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<(), PortError> {
    for entry in &job.inputs {
        let now = host.files.scan(&[InputPattern::Path(entry.path.clone())], stop)?;
        if now.get(&entry.path).is_none_or(|now| now.digest != entry.digest) {
            let message = format!("{} was changed while it was read; run it again", entry.path);
            return Err(PortError::new(SYSTEM, PortErrorKind::Conflict, message));
        }
    }
    Ok(())
}
