//! Which files patterns cover. What is found of a pattern never depends on the others: what of a
//! file Git ignores follows from the project alone.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::panic::resume_unwind;
use std::path::Path;

use tollgate_model::InputPattern;

use super::Seen;
use super::ignored::{Grounds, is_never_read};
use super::stop::Stop;
use super::walk::{self, Found};
use crate::git::Tracked;

/// As [`look`], with what Git tracks; it is asked while the directories are walked.
pub(super) fn beside_git(
    root: &Path,
    patterns: &[InputPattern],
    stop: Stop<'_>,
) -> io::Result<Vec<Seen>> {
    // A file that is named is read, ignored or not: only what is come across depends on Git.
    if !patterns.iter().any(|pattern| root.join(pattern.base()).is_dir()) {
        return look(root, patterns, stop, Tracked::default);
    }
    std::thread::scope(|scope| {
        let tracked = scope.spawn(|| Tracked::look_up(root, stop.0));
        look(root, patterns, stop, || tracked.join().unwrap_or_else(|p| resume_unwind(p)))
    })
}

/// The files that any of the patterns covers, by path, each once.
pub(super) fn look(
    root: &Path,
    patterns: &[InputPattern],
    stop: Stop<'_>,
    tracked: impl FnOnce() -> Tracked,
) -> io::Result<Vec<Seen>> {
    let mut found = Found::default();
    let mut tops = BTreeMap::new();
    let mut grounds = Grounds::new(root);
    for pattern in patterns.iter().filter(|pattern| leads_nowhere_else(root, pattern)) {
        let base = pattern.base();
        match fs::symlink_metadata(root.join(base)) {
            Ok(meta) if meta.is_dir() => {
                tops.insert(base.to_owned(), grounds.of(base));
            }
            // What a glob names is a directory. As in one, a pipe or a device is no file: opening
            // one could block.
            Ok(meta) if !meta.is_file() && !meta.is_symlink() => {}
            Ok(_) if matches!(pattern, InputPattern::Glob(_)) => {}
            Ok(meta) => found.seen.push(Seen::new(base.to_owned(), &meta, grounds.of_file(base))),
            // The output of a need, or missing; the engine knows which.
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) if e.kind() == io::ErrorKind::NotADirectory => {}
            Err(e) => return Err(e),
        }
    }
    walk::walk(root, &tops, stop, &mut found)?;
    let mut seen = with_tracked(root, found, tracked);
    seen.sort_by(|a, b| a.path.cmp(&b.path).then(a.only.cmp(&b.only)));
    seen.dedup_by(|later, kept| later.path == kept.path);
    Ok(seen)
}

// Whether what is named lies in the project itself: a link among the directories on the way could
// lead anywhere on the machine, and a pull request can add one.
fn leads_nowhere_else(root: &Path, pattern: &InputPattern) -> bool {
    let base = pattern.base();
    let on_the_way = match pattern {
        InputPattern::Glob(_) => base,
        InputPattern::Path(_) => base.rsplit_once('/').map_or("", |(above, _)| above),
    };
    has_no_link(root, on_the_way)
}

fn has_no_link(root: &Path, way: &str) -> bool {
    let mut at = root.to_owned();
    way.split('/').all(|part| {
        at.push(part);
        !at.is_symlink()
    })
}

// What Git tracks it doesn't ignore, whatever a `.gitignore` says.
fn with_tracked(root: &Path, found: Found, tracked: impl FnOnce() -> Tracked) -> Vec<Seen> {
    let Found { mut seen, ignored } = found;
    if ignored.is_empty() && seen.iter().all(|seen| seen.only.is_none()) {
        return seen;
    }
    let tracked = tracked();
    for seen in seen.iter_mut().filter(|seen| seen.only.is_some() && may_be_read(&seen.path)) {
        if tracked.has(&seen.path) {
            seen.only = None;
        }
    }
    for path in ignored.iter().flat_map(|path| tracked.within(path)).filter(|p| may_be_read(p)) {
        let above = path.rsplit_once('/').map_or("", |(above, _)| above);
        let meta = fs::symlink_metadata(root.join(path)).ok();
        // A tracked directory is another repository, a submodule.
        let file = meta.filter(|meta| meta.is_file() || meta.is_symlink());
        if let Some(meta) = file.filter(|_| has_no_link(root, above)) {
            seen.push(Seen::new(path.to_owned(), &meta, None));
        }
    }
    seen
}

fn may_be_read(path: &str) -> bool {
    !path.split('/').any(is_never_read)
}
