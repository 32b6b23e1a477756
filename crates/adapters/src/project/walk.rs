//! All files below some directories. Level by level, the directories of one level side by side:
//! the cost is that of the system calls.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

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
    let mut known = BTreeMap::new();
    for top in tops {
        // What lies in another top comes with it, unless it is ignored there.
        let (rules, ignored) = approach(root, top, &mut known);
        let inside = tops.iter().any(|other| other != top && is_within(top, other));
        if ignored || !inside {
            level.push(Dir { path: top.clone(), rules });
        }
    }
    while !level.is_empty() {
        // Directories by path, and in `list` the files of each: what is seen then stands in a few
        // sorted runs, which cost next to nothing to merge.
        level.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        level = one_level(root, &level, seen)?;
    }
    Ok(())
}

fn is_within(path: &str, other: &str) -> bool {
    other.is_empty() || path.strip_prefix(other).is_some_and(|rest| rest.starts_with('/'))
}

// The rules that hold in `top`, and whether Git ignores it. Many tops have the same directories
// above them, and to read rules costs more than to list a directory: so they are read once.
fn approach(root: &Path, top: &str, known: &mut BTreeMap<PathBuf, Rules>) -> (Rules, bool) {
    let mut at = root.to_owned();
    let mut rules = enter_once(&Rules::default(), &at, known);
    for part in top.split('/').filter(|part| !part.is_empty()) {
        at.push(part);
        if rules.ignore(&at, part, true) {
            return (Rules::default().enter(&root.join(top)), true);
        }
        rules = enter_once(&rules, &at, known);
    }
    (rules, false)
}

fn enter_once(above: &Rules, dir: &Path, known: &mut BTreeMap<PathBuf, Rules>) -> Rules {
    if let Some(rules) = known.get(dir) {
        return rules.clone();
    }
    let rules = above.enter(dir);
    known.insert(dir.to_owned(), rules.clone());
    rules
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
    let first = files.len();
    for entry in fs::read_dir(root.join(&dir.path))? {
        let entry = entry?;
        // A name that is not UTF-8 can't be declared, so no step can read it.
        let Ok(name) = entry.file_name().into_string() else { continue };
        let kind = entry.file_type()?;
        let full = entry.path();
        if dir.rules.ignore(&full, &name, kind.is_dir()) {
            continue;
        }
        let path = join(&dir.path, name);
        if kind.is_dir() {
            let rules = dir.rules.enter(&full);
            below.push(Dir { path, rules });
        } else if kind.is_file() || kind.is_symlink() {
            files.push(Seen::new(path, &entry.metadata()?, false));
        }
    }
    files[first..].sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok(())
}

// `format!` would ask for memory twice, for each file of the project.
fn join(dir: &str, name: String) -> String {
    if dir.is_empty() {
        return name;
    }
    let mut path = String::with_capacity(dir.len() + 1 + name.len());
    path.push_str(dir);
    path.push('/');
    path.push_str(&name);
    path
}
