//! Which tests there are, what runs them, and what they read.

use std::collections::BTreeSet;

use super::{Seen, literals};
use crate::cli::init::findings::{Runner, Tests};

/// What pytest and its coverage plugin read at the root.
const CONFIGURATION: [&str; 9] = [
    "conftest.py",
    "pytest.ini",
    ".pytest.ini",
    "pytest.toml",
    ".pytest.toml",
    "pyproject.toml",
    "tox.ini",
    "setup.cfg",
    ".coveragerc",
];

/// A file of tests.
struct TestFile<'r> {
    path: &'r str,
    text: String,
}

/// The tests; none where there are none.
pub(super) fn look(seen: &Seen<'_>) -> Option<Tests> {
    let files = test_files(seen);
    if files.is_empty() {
        return None;
    }
    let runner = runner(seen, &files);
    Some(Tests {
        directories: seen.layout.tests(),
        reads: reads(seen, &runner),
        runner,
        env: Vec::new(),
    })
}

fn test_files<'r>(seen: &Seen<'r>) -> Vec<TestFile<'r>> {
    let named = seen.repository.files().iter().filter(|file| is_test_name(file));
    let covered = named.filter(|file| seen.layout.covers(file));
    let read = covered.filter_map(|path| {
        let text = seen.repository.read(path)?;
        has_tests(&text).then_some(TestFile { path, text })
    });
    read.collect()
}

fn is_test_name(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.ends_with(".py") && (name.starts_with("test_") || name.ends_with("_test.py"))
}

/// `test_model.py` is also what people call a script that evaluates a model.
fn has_tests(text: &str) -> bool {
    text.contains("def test") || text.contains("TestCase")
}

fn runner(seen: &Seen<'_>, files: &[TestFile<'_>]) -> Runner {
    let start = common_start(files);
    let by_unittest = files.iter().all(|file| {
        file.text.contains("unittest") && !file.text.contains("pytest") && file.is_discovered()
    });
    match start {
        Some(start) if by_unittest && !names_pytest(seen) => {
            let init = format!("{start}/__init__.py");
            let package = seen.repository.has(&init);
            let start = (!start.is_empty()).then(|| start.to_owned());
            Runner::Unittest { start, package }
        }
        _ => Runner::Pytest,
    }
}

impl TestFile<'_> {
    /// By the pattern that unittest has by default.
    fn is_discovered(&self) -> bool {
        self.path.rsplit('/').next().is_some_and(|name| name.starts_with("test"))
    }
}

/// The directory of all the files, if it is one.
fn common_start<'f>(files: &[TestFile<'f>]) -> Option<&'f str> {
    let directories = files.iter().map(|file| file.path.rsplit_once('/').map_or("", |(d, _)| d));
    let distinct: BTreeSet<&str> = directories.collect();
    (distinct.len() == 1).then(|| distinct.first().copied())?
}

/// Whether the repository says that it is pytest.
fn names_pytest(seen: &Seen<'_>) -> bool {
    let has = |file| seen.repository.has(file);
    let conftest = seen.repository.files().iter().any(|file| file.ends_with("conftest.py"));
    conftest
        || ["pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml"].into_iter().any(has)
        || seen.pyproject.has(&["tool", "pytest"])
        || seen.setup_cfg.has("tool:pytest")
        || seen.tox_ini.has("pytest")
}

/// Configuration, and what of the repository the code and the tests name.
fn reads(seen: &Seen<'_>, runner: &Runner) -> Vec<String> {
    let mut reads = BTreeSet::new();
    if *runner == Runner::Pytest {
        reads.extend(seen.present(&CONFIGURATION));
    }
    for file in seen.repository.files().iter().filter(|file| seen.layout.covers(file)) {
        let text = seen.repository.read(file).unwrap_or_default();
        reads.extend(literals::named(&text, seen.repository));
    }
    let covered: Vec<String> = seen.layout.code().into_iter().chain(seen.layout.tests()).collect();
    let outer: Vec<String> = reads.iter().filter(|path| path.ends_with('/')).cloned().collect();
    let is_new = |path: &String| {
        let beneath = |other: &String| other != path && path.starts_with(other.as_str());
        !covered.contains(path) && !covered.iter().chain(&outer).any(beneath)
    };
    let modules = covered.iter().any(|path| path == "*.py");
    let is_module = |path: &str| modules && path.ends_with(".py") && !path.contains('/');
    reads.into_iter().filter(|path| is_new(path) && !is_module(path)).collect()
}
