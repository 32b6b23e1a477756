//! All files below some directories. Level by level, the directories of one level side by side:
//! the cost is that of the system calls.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use super::Seen;
use super::ignored::{Ground, is_never_read};
use super::stop::Stop;

struct Dir {
    /// Relative to the project's root; empty for the root.
    path: String,
    ground: Ground,
}

/// What a walk came across.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Files that count.
    pub(super) seen: Vec<Seen>,
    /// Files and directories that were passed over because a `.gitignore` says so.
    pub(super) ignored: Vec<String>,
}

/// Adds to `found` the files below the directories `tops`, without those that Git ignores. In a
/// top that is itself ignored everything counts, for it was named on purpose.
pub(super) fn walk(
    root: &Path,
    tops: &BTreeMap<String, Ground>,
    stop: Stop<'_>,
    found: &mut Found,
) -> io::Result<()> {
    let mut level = Vec::new();
    for (top, ground) in tops {
        // What lies in another top comes with it, unless it is ignored there.
        let comes_with = |(other, around): (&String, &Ground)| {
            other != top && is_within(top, other) && around.ignored == ground.ignored
        };
        if !tops.iter().any(comes_with) {
            level.push(Dir { path: top.clone(), ground: ground.clone() });
        }
    }
    while !level.is_empty() {
        // Directories by path, and in `list` the files of each: what is seen then stands in a few
        // sorted runs, which cost next to nothing to merge.
        level.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        level = one_level(root, &level, stop, found)?;
    }
    Ok(())
}

fn is_within(path: &str, other: &str) -> bool {
    other.is_empty() || path.strip_prefix(other).is_some_and(|rest| rest.starts_with('/'))
}

fn one_level(
    root: &Path,
    level: &[Dir],
    stop: Stop<'_>,
    found: &mut Found,
) -> io::Result<Vec<Dir>> {
    // Starting a thread costs more than listing a few directories.
    let threads = if level.len() < 8 { 1 } else { 2 };
    let share = level.len().div_ceil(threads);
    std::thread::scope(|scope| {
        let list = |part| scope.spawn(move || list_all(root, part, stop));
        let workers: Vec<_> = level.chunks(share).map(list).collect();
        let mut below = Vec::new();
        for worker in workers {
            let (part, dirs) = worker.join().unwrap_or_else(|p| std::panic::resume_unwind(p))?;
            found.seen.extend(part.seen);
            found.ignored.extend(part.ignored);
            below.extend(dirs);
        }
        Ok(below)
    })
}

fn list_all(root: &Path, dirs: &[Dir], stop: Stop<'_>) -> io::Result<(Found, Vec<Dir>)> {
    let (mut found, mut below) = (Found::default(), Vec::new());
    for dir in dirs {
        stop.check()?;
        let named = |e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", dir.path));
        list(root, dir, &mut found, &mut below).map_err(named)?;
    }
    Ok((found, below))
}

fn list(root: &Path, dir: &Dir, found: &mut Found, below: &mut Vec<Dir>) -> io::Result<()> {
    let first = found.seen.len();
    for entry in fs::read_dir(root.join(&dir.path))? {
        let entry = entry?;
        // A name that is not UTF-8 can't be declared, so no step can read it.
        let Ok(name) = entry.file_name().into_string() else { continue };
        let kind = entry.file_type()?;
        let full = entry.path();
        if dir.ground.ignores(&full, &name, kind.is_dir()) {
            if !is_never_read(&name) {
                found.ignored.push(join(&dir.path, name));
            }
            continue;
        }
        let path = join(&dir.path, name);
        if kind.is_dir() {
            below.push(Dir { path, ground: dir.ground.enter(&full) });
        } else if kind.is_file() || kind.is_symlink() {
            found.seen.push(Seen::new(path, &entry.metadata()?, dir.ground.ignored.clone()));
        }
    }
    found.seen[first..].sort_unstable_by(|a, b| a.path.cmp(&b.path));
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
