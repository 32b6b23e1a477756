//! Which files a step reads, and where they come from. Where the project has a file in the place
//! of a need's output, the output wins: it is what the step was declared to work on, and a copy
//! in the checkout is at best an old one.

use std::collections::BTreeMap;

use tollgate_model::{
    Base, ImageBuild, InputPattern, OutputKind, OutputRef, RelPath, Step, StepId, StepKind,
};

use crate::{Scan, ScanEntry, ScanKind, scan};

/// The outputs of a step's needs, by need.
pub(super) type Needs = BTreeMap<StepId, BTreeMap<RelPath, OutputRef>>;

/// The files of the project that `step` reads.
///
/// # Errors
/// A pattern covers nothing; a sentence that says which.
pub(super) fn from_project<'s>(
    step: &Step,
    needs: &Needs,
    scan: &'s Scan,
) -> Result<Vec<&'s ScanEntry>, String> {
    let mut patterns = step.reads();
    patterns.retain(|pattern| !is_from_need(pattern, needs));
    let covers = |pattern: &InputPattern| scan.covers(pattern) || meets_need(pattern, needs);
    let is_lacking = |pattern: &&InputPattern| !is_optional(pattern) && !covers(pattern);
    if let Some(nothing) = patterns.iter().find(is_lacking) {
        return Err(missing(nothing));
    }
    let mut chosen = scan.select(&patterns);
    chosen.retain(|entry| !outputs(needs).any(|(at, _)| at.overlaps(&entry.path)));
    // A command or a builder gets the link; a check would get the bytes behind it, which no key knows
    // of.
    let assessed = !matches!(step.kind, StepKind::Run { .. }) && !is_built_by_others(step);
    match chosen.iter().find(|entry| assessed && entry.kind == ScanKind::Symlink) {
        Some(link) => Err(format!("{} is a symbolic link: name the file itself", link.path)),
        None => Ok(chosen),
    }
}

fn is_built_by_others(step: &Step) -> bool {
    matches!(&step.kind, StepKind::Image(image) if matches!(image.base, Base::Dockerfile(_)))
}

/// A Dockerfile that pins all by itself needs no lock: it is asked for as a glob.
fn is_optional(pattern: &InputPattern) -> bool {
    matches!(pattern, InputPattern::Glob(glob) if glob == ImageBuild::LOCK)
}

fn missing(pattern: &InputPattern) -> String {
    match pattern.as_str() {
        ImageBuild::LOCK => format!(
            "what the image stands on is not pinned: `tollgate image lock` writes {}",
            ImageBuild::LOCK
        ),
        other => format!("input `{other}` has no file in the project"),
    }
}

/// The output in which `path` lies, and the path inside of it where that is a tree.
pub(super) fn find<'n>(
    path: &RelPath,
    needs: &'n Needs,
) -> Option<(&'n OutputRef, Option<RelPath>)> {
    let within = |(at, output)| Some((output, path.below(at)?.parse().ok()));
    let (output, inside): (&OutputRef, Option<RelPath>) = outputs(needs).find_map(within)?;
    (inside.is_none() || output.kind == OutputKind::Tree).then_some((output, inside))
}

fn outputs(needs: &Needs) -> impl Iterator<Item = (&RelPath, &OutputRef)> {
    needs.values().flatten()
}

fn is_from_need(pattern: &InputPattern, needs: &Needs) -> bool {
    match pattern {
        InputPattern::Path(path) => find(path, needs).is_some(),
        InputPattern::Glob(_) => false,
    }
}

// Whether a need may have left what the pattern asks for. What is in a tree is not looked at: that
// it holds nothing of the sort is for the command to find out.
fn meets_need(pattern: &InputPattern, needs: &Needs) -> bool {
    outputs(needs).any(|(at, output)| match (pattern, output.kind) {
        (InputPattern::Path(path), _) => at.is_within(path),
        (InputPattern::Glob(_), OutputKind::Tree) => {
            pattern.names(at) || pattern.base().parse().map_or(true, |base| at.is_within(&base))
        }
        (InputPattern::Glob(glob), _) => scan::matches(glob, at),
    })
}
