//! The files of a project, as a step may see them.

use globset::{GlobBuilder, GlobMatcher};
use tollgate_model::{Digest, InputPattern, RelPath};

/// Files of the project by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    // Sorted by path, so that what lies in a directory is one range.
    entries: Vec<ScanEntry>,
}

/// One file of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanEntry {
    /// Where it is.
    pub path: RelPath,
    /// What it is.
    pub kind: ScanKind,
    /// Of its bytes; of a symbolic link's target as text.
    pub digest: Digest,
    /// Its size in bytes.
    pub bytes: u64,
    /// What Git ignores: this file, or the topmost of the directories around it that is ignored.
    /// It counts only for a pattern that names this path, or something below it. It doesn't
    /// depend on what else was asked for, so neither does what a step sees.
    pub only: Option<RelPath>,
}

/// What a scanned file is. Of its mode only the executable bit counts, as in Git.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScanKind {
    /// A file.
    File,
    /// A file that may be executed.
    Executable,
    /// A symbolic link.
    Symlink,
}

impl ScanKind {
    /// One character for listings and keys.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::File => 'f',
            Self::Executable => 'x',
            Self::Symlink => 'l',
        }
    }
}

impl ScanEntry {
    fn counts_for(&self, pattern: &InputPattern) -> bool {
        self.only.as_ref().is_none_or(|top| pattern.names(top))
    }
}

impl Scan {
    /// A scan of these files. Of two entries with one path, one that Git doesn't ignore wins.
    #[must_use]
    pub fn new(mut entries: Vec<ScanEntry>) -> Self {
        entries.sort_by(|a, b| a.path.cmp(&b.path).then(a.only.cmp(&b.only)));
        entries.dedup_by(|later, kept| later.path == kept.path);
        Self { entries }
    }

    /// All files, by path.
    #[must_use]
    pub fn entries(&self) -> &[ScanEntry] {
        &self.entries
    }

    /// The file at that path.
    #[must_use]
    pub fn get(&self, path: &RelPath) -> Option<&ScanEntry> {
        let found = self.entries.binary_search_by(|entry| entry.path.cmp(path));
        found.ok().map(|index| &self.entries[index])
    }

    /// The files that `patterns` cover, by path, each once.
    #[must_use]
    pub fn select(&self, patterns: &[InputPattern]) -> Vec<&ScanEntry> {
        let mut chosen: Vec<&ScanEntry> = Vec::new();
        for pattern in patterns {
            self.cover(pattern, &mut chosen);
        }
        if patterns.len() > 1 {
            chosen.sort_unstable_by(|a, b| a.path.cmp(&b.path));
            chosen.dedup_by(|a, b| a.path == b.path);
        }
        chosen
    }

    /// Whether any file is covered by `pattern`.
    #[must_use]
    pub fn covers(&self, pattern: &InputPattern) -> bool {
        match pattern {
            // Asked of every input of every step: nothing is listed only to be counted.
            InputPattern::Path(path) => {
                let below = self.starting_with(&format!("{path}/"));
                below.iter().any(|entry| entry.counts_for(pattern)) || self.get(path).is_some()
            }
            InputPattern::Glob(_) => !self.select(std::slice::from_ref(pattern)).is_empty(),
        }
    }

    fn cover<'a>(&'a self, pattern: &InputPattern, chosen: &mut Vec<&'a ScanEntry>) {
        match pattern {
            InputPattern::Path(path) => {
                chosen.extend(self.get(path));
                let below = self.starting_with(&format!("{path}/"));
                chosen.extend(below.iter().filter(|entry| entry.counts_for(pattern)));
            }
            InputPattern::Glob(glob) => {
                // A glob that doesn't compile covers nothing; `config` has refused it by then.
                let Some(matcher) = matcher(glob) else { return };
                let range = self.starting_with(literal_prefix(glob));
                let hits = range.iter().filter(|entry| entry.counts_for(pattern));
                chosen.extend(hits.filter(|entry| matcher.is_match(entry.path.as_str())));
            }
        }
    }

    // Paths with one prefix stand together, for the order is that of their bytes.
    fn starting_with(&self, prefix: &str) -> &[ScanEntry] {
        let from = self.entries.partition_point(|entry| entry.path.as_str() < prefix);
        let rest = &self.entries[from..];
        let until = rest.partition_point(|entry| entry.path.as_str().starts_with(prefix));
        &rest[..until]
    }
}

/// Whether the glob covers that very path. `*` doesn't cross a `/`.
#[must_use]
pub fn matches(glob: &str, path: &RelPath) -> bool {
    matcher(glob).is_some_and(|matcher| matcher.is_match(path.as_str()))
}

fn matcher(glob: &str) -> Option<GlobMatcher> {
    let glob = GlobBuilder::new(glob).literal_separator(true).build().ok()?;
    Some(glob.compile_matcher())
}

fn literal_prefix(glob: &str) -> &str {
    let until = glob.find(['*', '?', '[', '{', '\\']).unwrap_or(glob.len());
    &glob[..until]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files, each with what of it Git ignores.
    fn scan(files: &[(&str, &str)]) -> Scan {
        let entry = |&(path, only): &(&str, &str)| ScanEntry {
            path: path.parse().unwrap(),
            kind: ScanKind::File,
            digest: Digest::of(path.as_bytes()),
            bytes: 1,
            only: only.parse().ok(),
        };
        Scan::new(files.iter().map(entry).collect())
    }

    fn chosen(scan: &Scan, pattern: InputPattern) -> Vec<&str> {
        scan.select(&[pattern]).into_iter().map(|entry| entry.path.as_str()).collect()
    }

    fn path(text: &str) -> InputPattern {
        InputPattern::Path(text.parse().unwrap())
    }

    fn glob(text: &str) -> InputPattern {
        InputPattern::Glob(text.to_owned())
    }

    #[test]
    fn a_directory_is_what_lies_below_it_without_what_git_ignores() {
        let scan =
            scan(&[("src/a.py", ""), ("src/b.pyc", "src/b.pyc"), ("src2/c", ""), ("src.x", "")]);
        assert_eq!(chosen(&scan, path("src")), ["src/a.py"]);
        assert_eq!(chosen(&scan, path("src/b.pyc")), ["src/b.pyc"]);
    }

    #[test]
    fn what_git_ignores_counts_for_who_names_it() {
        let scan = scan(&[("d/a", ""), ("d/raw/b", "d/raw"), ("d/raw/sub/c", "d/raw")]);
        assert_eq!(chosen(&scan, path("d")), ["d/a"]);
        assert_eq!(chosen(&scan, glob("d/**")), ["d/a"]);
        assert_eq!(chosen(&scan, path("d/raw")), ["d/raw/b", "d/raw/sub/c"]);
        assert_eq!(chosen(&scan, path("d/raw/sub")), ["d/raw/sub/c"]);
        assert_eq!(chosen(&scan, glob("d/raw/**/c")), ["d/raw/sub/c"]);
        assert!(!scan.covers(&glob("d/r*/b")));
    }

    #[test]
    fn a_star_does_not_cross_a_directory() {
        let scan = scan(&[("d/a.csv", ""), ("d/e/b.csv", ""), ("d/c.txt", "")]);
        assert_eq!(chosen(&scan, glob("d/*.csv")), ["d/a.csv"]);
        assert_eq!(chosen(&scan, glob("d/**/*.csv")), ["d/a.csv", "d/e/b.csv"]);
        assert_eq!(chosen(&scan, glob("**/c.*")), ["d/c.txt"]);
    }

    #[test]
    fn overlapping_patterns_choose_a_file_once() {
        let scan = scan(&[("src/a.py", "")]);
        assert_eq!(scan.select(&[path("src"), path("src/a.py")]).len(), 1);
    }
}
