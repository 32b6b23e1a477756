//! Any text as a lock of Python packages, in each of the formats, and its lines as what stands in
//! them. Files that a lock names are the part behind a line `--- NAME`.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tollgate_image::python::lock::{Loaded, Loader, read_lock};
use tollgate_image::python::{
    CompatibleTags, Libc, Machine, Marker, Requirement, Specifiers, TargetEnvironment, WheelName,
};
use tollgate_image::version::PythonVersion;

/// The files besides the lock.
struct Others<'a>(Vec<(&'a str, &'a str)>);

impl Loader for Others<'_> {
    fn load(&self, _from: &str, path: &str) -> Result<Loaded, String> {
        let found = self.0.iter().find(|(name, _)| *name == path);
        let loaded =
            found.map(|(name, text)| Loaded { name: (*name).to_owned(), text: (*text).to_owned() });
        loaded.ok_or_else(|| "there is none".to_owned())
    }
}

static PYTHON: LazyLock<PythonVersion> = LazyLock::new(|| "3.11.9".parse().expect("a version"));
static ENVIRONMENT: LazyLock<TargetEnvironment> =
    LazyLock::new(|| TargetEnvironment::linux(&PYTHON, Machine::X86_64));
static TAGS: LazyLock<CompatibleTags> =
    LazyLock::new(|| CompatibleTags::cpython(11, Machine::X86_64, Libc::Gnu(36)));

fuzz_target!(|text: &str| {
    let mut parts = text.split("\n--- ");
    let lock = parts.next().unwrap_or_default();
    let others = Others(parts.filter_map(|part| part.split_once('\n')).collect());
    for name in ["requirements.txt", "uv.lock", "pylock.toml"] {
        match read_lock(name, lock, &ENVIRONMENT, &others) {
            Ok(lock) => {
                let names: Vec<_> = lock.packages.iter().map(|package| &package.name).collect();
                assert!(names.is_sorted_by(|one, next| one < next), "each once: {names:?}");
                for package in &lock.packages {
                    let _ = package.best_wheel(&TAGS);
                    assert!(package.files.iter().all(|file| package.admits(&file.sha256)));
                }
            }
            Err(error) => drop(error.to_string()),
        }
    }
    for line in text.lines() {
        if let Ok(marker) = line.parse::<Marker>() {
            let _ = marker.holds(&ENVIRONMENT);
        }
        if let Ok(specifiers) = line.parse::<Specifiers>() {
            let _ = (specifiers.admit(&PYTHON), specifiers.pinned());
        }
        let _ = (line.parse::<Requirement>(), line.parse::<WheelName>());
        if let Ok(version) = line.parse::<PythonVersion>() {
            let shown = version.to_string();
            assert_eq!(shown.parse::<PythonVersion>().ok(), Some(version), "{shown}");
        }
    }
});
