//! What building the project reads. Of the code that is mostly the `__init__.py` files: an
//! editable package is a pointer to its directory. With just these as inputs, the environment is
//! not made again whenever a module changes.

use std::collections::BTreeSet;

use super::{Seen, literals};

/// Build backends that leave Python as it is.
const PURE: [&str; 6] = ["setuptools", "hatchling", "flit_core", "poetry", "pdm", "uv_build"];

/// Where projects keep their version.
const VERSIONS: [&str; 5] =
    ["_version.py", "version.py", "__version__.py", "__about__.py", "_about.py"];

const DESCRIPTIONS: [&str; 5] =
    ["pyproject.toml", "setup.py", "setup.cfg", "MANIFEST.in", ".python-version"];

/// The files that describe the project, and what they name.
pub(super) fn description(seen: &Seen<'_>) -> BTreeSet<String> {
    let mut inputs: BTreeSet<String> = seen.present(&DESCRIPTIONS).into_iter().collect();
    for file in inputs.clone() {
        let text = seen.repository.read(&file).unwrap_or_default();
        // A directory here is where code lies; it comes as a skeleton.
        let named = literals::named(&text, seen.repository);
        inputs.extend(named.into_iter().filter(|path| !path.ends_with('/')));
    }
    inputs
}

/// What of the code building an editable package needs.
pub(super) fn code(seen: &Seen<'_>) -> BTreeSet<String> {
    let packages = seen.layout.packages();
    let pure = PURE.iter().any(|name| seen.pyproject.backend().starts_with(name));
    if !pure || packages.is_empty() {
        return seen.layout.code().into_iter().collect();
    }
    packages.iter().flat_map(|package| of(package, seen)).collect()
}

fn of(package: &str, seen: &Seen<'_>) -> Vec<String> {
    let within = |file: &&String| file.starts_with(package);
    let named = |file: &String, names: &[&str]| {
        file.rsplit('/').next().is_some_and(|name| names.contains(&name))
    };
    let files = || seen.repository.files().iter().filter(within);
    if !files().any(|file| named(file, &["__init__.py"])) {
        return vec![package.to_owned()];
    }
    let versions = files().filter(|file| named(file, &VERSIONS)).cloned();
    versions.chain([format!("{package}**/__init__.py")]).collect()
}
