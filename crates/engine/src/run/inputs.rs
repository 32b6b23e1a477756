//! Which files a step reads, and where they come from.

use std::collections::BTreeMap;

use tollgate_model::{InputPattern, OutputKind, OutputRef, RelPath, Step, StepId, StepKind};

use crate::{Scan, ScanEntry, ScanKind};

/// The outputs of a step's needs, by need.
pub(super) type Needs = BTreeMap<StepId, BTreeMap<RelPath, OutputRef>>;

/// Everything that `step` reads, wherever it comes from.
pub(super) fn reads(step: &Step) -> Vec<InputPattern> {
    match &step.kind {
        StepKind::Run { .. } => step.inputs.clone(),
        StepKind::Data(check) => {
            let reference = check.drift.as_ref().map(|drift| &drift.reference);
            let read = std::iter::once(&check.source).chain(reference);
            read.map(|path| InputPattern::Path(path.clone())).collect()
        }
        StepKind::Gate(gate) => vec![InputPattern::Path(gate.metrics.clone())],
    }
}

/// The files of the project that `step` reads.
///
/// # Errors
/// A pattern covers nothing; a sentence that says which.
pub(super) fn from_project<'s>(
    step: &Step,
    needs: &Needs,
    scan: &'s Scan,
) -> Result<Vec<&'s ScanEntry>, String> {
    let mut patterns = reads(step);
    patterns.retain(|pattern| !from_need(pattern, needs));
    if let Some(nothing) = patterns.iter().find(|pattern| !scan.covers(pattern)) {
        return Err(format!("input `{}` has no file in the project", nothing.as_str()));
    }
    let chosen = scan.select(&patterns);
    // A command gets the link; a check would get the bytes behind it, which no key knows of.
    let assessed = !matches!(step.kind, StepKind::Run { .. });
    match chosen.iter().find(|entry| assessed && entry.kind == ScanKind::Symlink) {
        Some(link) => Err(format!("{} is a symbolic link: name the file itself", link.path)),
        None => Ok(chosen),
    }
}

fn from_need(pattern: &InputPattern, needs: &Needs) -> bool {
    match pattern {
        InputPattern::Path(path) => find(path, needs).is_some(),
        InputPattern::Glob(_) => false,
    }
}

/// The output in which `path` lies, and the path inside of it where that is a tree.
pub(super) fn find<'n>(
    path: &RelPath,
    needs: &'n Needs,
) -> Option<(&'n OutputRef, Option<RelPath>)> {
    let (at, output) = needs.values().flatten().find(|(at, _)| path.is_within(at))?;
    let inside = path.as_str()[at.as_str().len()..].trim_start_matches('/').parse().ok();
    (inside.is_none() || output.kind == OutputKind::Tree).then_some((output, inside))
}
