//! pip's requirements files, as `uv pip compile --generate-hashes` and `pip-compile` write them.
//! Source: pip's documentation, "Requirements File Format" and "Secure installs".

mod line;

use std::collections::BTreeMap;

use line::{Line, Options, Pin, logical_lines};

use super::{Loader, Lock, LockError, LockNote, LockProblem, Locked};
use crate::python::{PackageName, TargetEnvironment};

/// How deep files may name each other, and how many there may be.
const DEEPEST: usize = 16;
const MOST_FILES: usize = 256;
/// How many problems are told at once.
const MOST_PROBLEMS: usize = 50;

pub(super) fn read(
    name: &str,
    text: &str,
    environment: &TargetEnvironment,
    loader: &dyn Loader,
) -> Result<Lock, LockError> {
    let mut reader = Reader {
        environment,
        loader,
        packages: BTreeMap::new(),
        notes: Vec::new(),
        problems: Vec::new(),
        open: Vec::new(),
        files: 0,
    };
    reader.file(name, text);
    if !reader.problems.is_empty() {
        return Err(LockError { problems: reader.problems });
    }
    Ok(Lock { packages: reader.packages.into_values().collect(), notes: reader.notes })
}

struct Reader<'a> {
    environment: &'a TargetEnvironment,
    loader: &'a dyn Loader,
    packages: BTreeMap<PackageName, Locked>,
    notes: Vec<LockNote>,
    problems: Vec<LockProblem>,
    /// The files that are being read, the outermost first.
    open: Vec<String>,
    files: usize,
}

impl Reader<'_> {
    fn file(&mut self, name: &str, text: &str) {
        self.open.push(name.to_owned());
        self.files += 1;
        for (number, text) in logical_lines(text) {
            if self.problems.len() >= MOST_PROBLEMS {
                break;
            }
            match Line::read(name, number, &text) {
                Ok(Line::Pin(pin)) => self.pin(name, number, pin),
                Ok(Line::Option(Options::File(path))) => self.nested(name, number, &path),
                Ok(Line::Option(Options::Ignored(what))) => {
                    self.notes.push(LockNote { file: name.to_owned(), line: number, what });
                }
                Err(problem) => self.problems.push(problem),
            }
        }
        self.open.pop();
    }

    fn nested(&mut self, from: &str, line: usize, path: &str) {
        let problem =
            |found: String, expected: &str| LockProblem::new(from, line, found, expected, "");
        if self.open.len() == DEEPEST || self.files == MOST_FILES {
            let found = format!("`-r {path}` is one file too many");
            let most = format!("at most {MOST_FILES} files, {DEEPEST} of them within each other");
            return self.problems.push(problem(found, &most));
        }
        match self.loader.load(from, path) {
            Err(why) => {
                self.problems.push(problem(format!("`-r {path}` can't be read: {why}"), "a file"));
            }
            Ok(loaded) if self.open.contains(&loaded.name) => {
                let found = format!("`-r {path}` names a file that it is named by");
                self.problems.push(problem(found, "no circle"));
            }
            Ok(loaded) => self.file(&loaded.name, &loaded.text),
        }
    }

    fn pin(&mut self, file: &str, line: usize, pin: Pin) {
        if pin.marker.is_some_and(|marker| !marker.holds(self.environment)) {
            return;
        }
        let Some(known) = self.packages.get_mut(&pin.name) else {
            let (name, version, files) = (pin.name, pin.version, pin.files);
            let file = file.to_owned();
            let locked = Locked { name: name.clone(), version, requires: None, files, file, line };
            self.packages.insert(name, locked);
            return;
        };
        if known.version != pin.version {
            let found = format!(
                "`{}` is pinned to {} here and to {} at {}:{}",
                pin.name, pin.version, known.version, known.file, known.line
            );
            let remedy = "compile all requirements together";
            let problem = LockProblem::new(file, line, found, "one version", remedy);
            return self.problems.push(problem);
        }
        // pip demands that both lists agree with a file; the digests in both are what is admitted.
        known.files.retain(|one| pin.files.iter().any(|other| other.sha256 == one.sha256));
        if known.files.is_empty() {
            let found = format!(
                "`{}` has other digests here than at {}:{}",
                pin.name, known.file, known.line
            );
            let problem = LockProblem::new(
                file,
                line,
                found,
                "the same digests",
                "compile all requirements together",
            );
            self.problems.push(problem);
        }
    }
}
