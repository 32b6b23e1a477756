//! Where Python code lies.

use std::collections::BTreeSet;

/// Directories at the root that hold no code to check, whatever is in them.
const ASIDE: [&str; 14] = [
    "docs",
    "doc",
    "examples",
    "example",
    "notebooks",
    "benchmarks",
    "third_party",
    "vendor",
    "build",
    "dist",
    "env",
    "venv",
    "site",
    "target",
];

/// Modules at the root that only build or drive the project.
const DRIVERS: [&str; 2] = ["setup.py", "conftest.py"];

/// The directories at the root that have Python in them, and what they are.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Those with code, without a `/`.
    directories: Vec<String>,
    /// Those of them that are packages.
    packages: Vec<String>,
    /// Those that hold tests.
    tests: Vec<String>,
    has_modules: bool,
}

impl Layout {
    pub(super) fn of(files: &[String]) -> Self {
        let python = || files.iter().filter(|file| is_python(file));
        let top: BTreeSet<&str> =
            python().filter_map(|file| Some(file.split_once('/')?.0)).collect();
        let (tests, directories) =
            top.into_iter().filter(|name| is_code(name)).partition(|name| is_tests(name));
        let own = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let directories = own(directories);
        let is_package = |name: &&String| files.contains(&format!("{name}/__init__.py"));
        Self {
            packages: directories.iter().filter(is_package).cloned().collect(),
            directories,
            tests: own(tests),
            has_modules: python()
                .any(|file| !file.contains('/') && !DRIVERS.contains(&file.as_str())),
        }
    }

    /// Inputs that cover the code, without tests.
    pub(super) fn code(&self) -> Vec<String> {
        let modules = self.has_modules.then(|| "*.py".to_owned());
        self.directories.iter().map(|name| format!("{name}/")).chain(modules).collect()
    }

    /// What is meant to be imported: the packages, or `src`, or where there are none, all.
    pub(super) fn importable(&self) -> Vec<String> {
        let packages = self.packages();
        if packages.is_empty() { self.code() } else { packages }
    }

    /// `src/`, or the packages at the root.
    pub(super) fn packages(&self) -> Vec<String> {
        if self.has_src() {
            return vec!["src/".to_owned()];
        }
        self.packages.iter().map(|name| format!("{name}/")).collect()
    }

    /// Whether modules lie in `src/`.
    fn has_src(&self) -> bool {
        self.directories.iter().any(|name| name == "src")
    }

    /// Whether the modules in `src/` are imported without its name.
    pub(super) fn is_below_src(&self) -> bool {
        self.has_src() && !self.packages.iter().any(|name| name == "src")
    }

    /// Directories of tests.
    pub(super) fn tests(&self) -> Vec<String> {
        self.tests.iter().map(|name| format!("{name}/")).collect()
    }

    /// Whether the file lies where code and tests are looked for.
    pub(super) fn covers(&self, file: &str) -> bool {
        is_python(file) && file.split_once('/').is_none_or(|(top, _)| is_code(top))
    }

    /// A script that trains: the one nearest to the root.
    pub(super) fn training(&self, files: &[String]) -> Option<String> {
        let trains = |file: &&String| {
            let name = file.rsplit('/').next().unwrap_or(file);
            name.starts_with("train") && self.covers(file) && !is_tests(top_of(file))
        };
        files.iter().filter(trains).min_by_key(|file| (file.matches('/').count(), *file)).cloned()
    }
}

fn top_of(file: &str) -> &str {
    file.split_once('/').map_or("", |(top, _)| top)
}

fn is_python(file: &str) -> bool {
    file.ends_with(".py")
}

fn is_code(top: &str) -> bool {
    !top.starts_with('.') && !ASIDE.contains(&top)
}

fn is_tests(top: &str) -> bool {
    matches!(top, "tests" | "test" | "testing")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(files: &[&str]) -> Layout {
        Layout::of(&files.iter().map(|file| (*file).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn src_flat_and_plain() {
        let src = layout(&["src/a/b.py", "scripts/x.py", "tests/test_a.py", "docs/conf.py"]);
        assert_eq!(src.code(), ["scripts/", "src/"]);
        assert_eq!(src.importable(), ["src/"]);
        assert_eq!(src.tests(), ["tests/"]);
        let flat = layout(&["a/__init__.py", "scripts/x.py", "setup.py"]);
        assert_eq!(flat.importable(), ["a/"]);
        assert_eq!(flat.code(), ["a/", "scripts/"]);
        let plain = layout(&["run.py", "conftest.py"]);
        assert_eq!(plain.importable(), ["*.py"]);
    }

    #[test]
    fn the_nearest_training_script() {
        let files = ["a/b/train.py", "tests/train.py", "scripts/train_quick.py", "a/trainer/x.py"];
        let files: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
        assert_eq!(Layout::of(&files).training(&files).as_deref(), Some("scripts/train_quick.py"));
    }
}
