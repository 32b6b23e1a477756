//! `pylock.toml`. Source: the specification "pylock.toml" (PEP 751), lock version 1.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;

use super::{Lines, Lock, LockError, LockProblem, Locked, LockedFile, filename_of};
use crate::oci::Sha256;
use crate::python::{Marker, PackageName, Specifiers, TargetEnvironment};

const RELOCK: &str = "let the tool that wrote the lock write it again";

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Document {
    lock_version: String,
    #[serde(default)]
    environments: Vec<String>,
    requires_python: Option<Specifiers>,
    #[serde(default)]
    default_groups: Vec<String>,
    #[serde(default)]
    packages: Vec<Spanned<Package>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Package {
    name: String,
    version: Option<String>,
    marker: Option<String>,
    requires_python: Option<Specifiers>,
    dependencies: Option<Vec<Dependency>>,
    archive: Option<File>,
    #[serde(default)]
    wheels: Vec<File>,
}

#[derive(Deserialize)]
struct Dependency {
    name: Option<String>,
}

#[derive(Deserialize)]
struct File {
    name: Option<String>,
    url: Option<String>,
    path: Option<String>,
    size: Option<u64>,
    #[serde(default)]
    hashes: BTreeMap<String, String>,
}

pub(super) fn read(
    name: &str,
    text: &str,
    environment: &TargetEnvironment,
) -> Result<Lock, LockError> {
    let document: Document = parsed(name, text, RELOCK)?;
    if document.lock_version.split('.').next() != Some("1") {
        let found = format!("the lock has version {}", document.lock_version);
        return Err(LockProblem::new(name, 1, found, "version 1.0", RELOCK).into());
    }
    check_python(name, document.requires_python.as_ref(), environment)?;
    let mut environment = environment.clone();
    if environment.groups.is_empty() {
        let groups: Vec<&str> = document.default_groups.iter().map(String::as_str).collect();
        environment = environment.with_groups(groups);
    }
    let reader = Reader { name, lines: Lines::of(text), environment: &environment };
    reader.check_environments(&document.environments)?;
    let mut packages: Vec<Locked> = Vec::new();
    let mut lines: BTreeMap<PackageName, usize> = BTreeMap::new();
    for package in &document.packages {
        let Some(locked) = reader.package(package)? else { continue };
        if let Some(other) = lines.insert(locked.name.clone(), locked.line) {
            let found = format!(
                "`{}` is there twice for this environment, also at line {other}",
                locked.name
            );
            return Err(LockProblem::new(name, locked.line, found, "one version", RELOCK).into());
        }
        packages.push(locked);
    }
    for package in &mut packages {
        // What another environment needs is not there.
        if let Some(requires) = &mut package.requires {
            requires.retain(|name| lines.contains_key(name));
        }
    }
    Ok(Lock { packages, notes: Vec::new() })
}

/// A TOML document, or where it is none.
pub(super) fn parsed<T: DeserializeOwned>(
    name: &str,
    text: &str,
    remedy: &str,
) -> Result<T, LockError> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| Lines::of(text).at(span.start));
        let found = error.message().lines().next().unwrap_or_default().to_owned();
        LockProblem::new(name, line, found, "what the format has there", remedy).into()
    })
}

/// Whether the lock was made for the environment's Python.
pub(super) fn check_python(
    name: &str,
    required: Option<&Specifiers>,
    environment: &TargetEnvironment,
) -> Result<(), LockError> {
    let python = &environment.python_full_version;
    let admitted = |required: &Specifiers| python.parse().is_ok_and(|v| required.admit(&v));
    match required.filter(|required| !admitted(required)) {
        None => Ok(()),
        Some(required) => {
            let found = format!("the lock is made for Python {required}");
            let expected = format!("one for {python}, which the image has");
            let remedy = "choose another base, or lock for this Python";
            Err(LockProblem::new(name, 1, found, expected, remedy).into())
        }
    }
}

struct Reader<'a> {
    name: &'a str,
    lines: Lines,
    environment: &'a TargetEnvironment,
}

impl Reader<'_> {
    fn problem(
        &self,
        line: usize,
        found: impl Into<String>,
        expected: &str,
        remedy: &str,
    ) -> LockError {
        LockProblem::new(self.name, line, found, expected, remedy).into()
    }

    fn holds(&self, line: usize, marker: &str) -> Result<bool, LockError> {
        let marker: Marker = marker.parse().map_err(|error: crate::python::MarkerError| {
            self.problem(line, error.to_string(), "a marker", RELOCK)
        })?;
        Ok(marker.holds(self.environment))
    }

    fn check_environments(&self, environments: &[String]) -> Result<(), LockError> {
        for marker in environments {
            if self.holds(1, marker)? {
                return Ok(());
            }
        }
        if environments.is_empty() {
            return Ok(());
        }
        let expected = format!(
            "one of them to hold for {} on {}",
            self.environment.python_full_version, self.environment.platform_machine
        );
        Err(self.problem(1, "the lock is made for other `environments`", &expected, RELOCK))
    }

    fn package(&self, spanned: &Spanned<Package>) -> Result<Option<Locked>, LockError> {
        let line = self.lines.at(spanned.span().start);
        let package = spanned.get_ref();
        if let Some(marker) = &package.marker
            && !self.holds(line, marker)?
        {
            return Ok(None);
        }
        check_python(self.name, package.requires_python.as_ref(), self.environment)?;
        let invalid =
            |error: String| self.problem(line, error, "what the format has there", RELOCK);
        let name = |text: &str| text.parse::<PackageName>().map_err(|e| invalid(e.to_string()));
        let archive = package.archive.iter().filter(|archive| archive.is_wheel());
        let files = package.wheels.iter().chain(archive);
        let files: Vec<LockedFile> =
            files.map(|file| self.file(line, &package.name, file)).collect::<Result<_, _>>()?;
        if files.is_empty() {
            let found = format!("`{}` has no wheel", package.name);
            return Err(self.problem(
                line,
                found,
                "a wheel",
                "build it in a step and depend on that",
            ));
        }
        let version = match &package.version {
            Some(version) => version
                .parse()
                .map_err(|e: crate::version::PythonVersionError| invalid(e.to_string()))?,
            None => {
                self.version_of(&files).ok_or_else(|| invalid("it has no version".to_owned()))?
            }
        };
        let requires = package.dependencies.as_ref().map(|list| {
            list.iter().filter_map(|one| one.name.as_deref()).map(name).collect::<Result<_, _>>()
        });
        Ok(Some(Locked {
            name: name(&package.name)?,
            version,
            requires: requires.transpose()?,
            files,
            file: self.name.to_owned(),
            line,
        }))
    }

    fn version_of(&self, files: &[LockedFile]) -> Option<crate::version::PythonVersion> {
        let wheel: crate::python::WheelName = files.first()?.filename.as_deref()?.parse().ok()?;
        Some(wheel.version)
    }

    fn file(&self, line: usize, of: &str, file: &File) -> Result<LockedFile, LockError> {
        let hash = file.hashes.get("sha256").and_then(|hex| Sha256::from_hex(hex).ok());
        let sha256 = hash.ok_or_else(|| {
            let found = format!("a wheel of `{of}` has no SHA-256");
            self.problem(line, found, "`hashes = { sha256 = \"…\" }`", RELOCK)
        })?;
        Ok(LockedFile { filename: file.filename(), url: file.url.clone(), sha256, size: file.size })
    }
}

impl File {
    fn filename(&self) -> Option<String> {
        self.name.clone().or_else(|| filename_of(self.url.as_deref().or(self.path.as_deref())?))
    }

    fn is_wheel(&self) -> bool {
        self.filename().is_some_and(|name| name.ends_with(".whl"))
    }
}
