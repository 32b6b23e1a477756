//! All files below some directories. Level by level, the directories of one level side by side:
//! the cost is that of the system calls.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use super::Seen;
use super::ignored::Rules;

struct Dir {
    /// Relative to the project's root; empty for the root.
    path: String,
    rules: Rules,
}

/// Adds to `seen` the files below the directories `tops` that Git doesn't ignore. A top that Git
/// itself ignores was named on purpose: everything in it counts.
pub(super) fn walk(root: &Path, tops: &BTreeSet<String>, seen: &mut Vec<Seen>) -> io::Result<()> {
    let mut level = Vec::new();
    for top in tops {
        // What lies in another top comes with it, unless it is ignored there.
        let (rules, ignored) = approach(root, top);
        let inside = tops.iter().any(|other| other != top && is_within(top, other));
        if ignored || !inside {
            level.push(Dir { path: top.clone(), rules });
        }
    }
    while !level.is_empty() {
        level = one_level(root, &level, seen)?;
    }
    Ok(())
}

fn is_within(path: &str, other: &str) -> bool {
    other.is_empty() || path.strip_prefix(other).is_some_and(|rest| rest.starts_with('/'))
}

// The rules that hold in `top`, and whether Git ignores it.
fn approach(root: &Path, top: &str) -> (Rules, bool) {
    let mut rules = Rules::default().enter(root);
    let mut at = root.to_owned();
    for part in top.split('/').filter(|part| !part.is_empty()) {
        at.push(part);
        if rules.ignore(&at, part, true) {
            return (Rules::default().enter(&root.join(top)), true);
        }
        rules = rules.enter(&at);
    }
    (rules, false)
}

fn one_level(root: &Path, level: &[Dir], seen: &mut Vec<Seen>) -> io::Result<Vec<Dir>> {
    // Starting a thread costs more than listing a few directories.
    let threads = if level.len() < 8 { 1 } else { 2 };
    let share = level.len().div_ceil(threads);
    std::thread::scope(|scope| {
        let workers: Vec<_> =
            level.chunks(share).map(|part| scope.spawn(|| list_all(root, part))).collect();
        let mut below = Vec::new();
        for worker in workers {
            let (files, dirs) = worker.join().unwrap_or_else(|p| std::panic::resume_unwind(p))?;
            seen.extend(files);
            below.extend(dirs);
        }
        Ok(below)
    })
}

fn list_all(root: &Path, dirs: &[Dir]) -> io::Result<(Vec<Seen>, Vec<Dir>)> {
    let (mut files, mut below) = (Vec::new(), Vec::new());
    for dir in dirs {
        let named = |e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", dir.path));
        list(root, dir, &mut files, &mut below).map_err(named)?;
    }
    Ok((files, below))
}

fn list(root: &Path, dir: &Dir, files: &mut Vec<Seen>, below: &mut Vec<Dir>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(&dir.path))? {
        let entry = entry?;
        // A name that is not UTF-8 can't be declared, so no step can read it.
        let Ok(name) = entry.file_name().into_string() else { continue };
        let kind = entry.file_type()?;
        let full = entry.path();
        if dir.rules.ignore(&full, &name, kind.is_dir()) {
            continue;
        }
        let path = if dir.path.is_empty() { name } else { format!("{}/{name}", dir.path) };
        if kind.is_dir() {
            let rules = dir.rules.enter(&full);
            below.push(Dir { path, rules });
        } else if kind.is_file() || kind.is_symlink() {
            files.push(Seen { path, meta: entry.metadata()?, ignored: false });
        }
    }
    Ok(())
}
