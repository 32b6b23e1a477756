//! `uv.lock`, version 1. It holds every environment at once; what is reached from the project
//! under the markers of one environment is what that environment gets.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Deserialize;
use toml::Spanned;

use super::{Lines, Lock, LockError, LockNote, LockProblem, Locked, LockedFile, filename_of};
use crate::python::name::normalised;
use crate::python::{Marker, PackageName, Specifiers, TargetEnvironment};

const RELOCK: &str = "run `uv lock`";

#[derive(Deserialize)]
struct Document {
    version: u64,
    #[serde(rename = "requires-python")]
    requires_python: Option<Specifiers>,
    #[serde(default)]
    manifest: Manifest,
    #[serde(default)]
    package: Vec<Spanned<Package>>,
}

#[derive(Default, Deserialize)]
struct Manifest {
    #[serde(default)]
    members: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Package {
    name: String,
    version: Option<String>,
    source: Source,
    #[serde(default)]
    resolution_markers: Vec<String>,
    #[serde(default)]
    dependencies: Vec<Dependency>,
    #[serde(default)]
    optional_dependencies: BTreeMap<String, Vec<Dependency>>,
    #[serde(default)]
    dev_dependencies: BTreeMap<String, Vec<Dependency>>,
    #[serde(default)]
    wheels: Vec<Wheel>,
}

#[derive(Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
struct Source {
    registry: Option<String>,
    url: Option<String>,
    git: Option<String>,
    path: Option<String>,
    directory: Option<String>,
    editable: Option<String>,
    r#virtual: Option<String>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    version: Option<String>,
    source: Option<Source>,
    #[serde(default)]
    extra: Vec<String>,
    marker: Option<String>,
}

#[derive(Deserialize)]
struct Wheel {
    url: Option<String>,
    filename: Option<String>,
    path: Option<String>,
    hash: Option<String>,
    size: Option<u64>,
}

pub(super) fn read(
    name: &str,
    text: &str,
    environment: &TargetEnvironment,
) -> Result<Lock, LockError> {
    let document: Document = super::pylock::parsed(name, text, RELOCK)?;
    if document.version != 1 {
        let found = format!("the lock has version {}", document.version);
        return Err(LockProblem::new(
            name,
            1,
            found,
            "version 1",
            "use uv below its next major format",
        )
        .into());
    }
    super::pylock::check_python(name, document.requires_python.as_ref(), environment)?;
    let mut named: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, package) in document.package.iter().enumerate() {
        named.entry(&package.get_ref().name).or_default().push(at);
    }
    let uv = Uv { name, lines: Lines::of(text), document: &document, named, environment };
    uv.lock()
}

struct Uv<'a> {
    name: &'a str,
    lines: Lines,
    document: &'a Document,
    /// The packages of each name; several where the lock has forks.
    named: BTreeMap<&'a str, Vec<usize>>,
    environment: &'a TargetEnvironment,
}

impl<'a> Uv<'a> {
    fn lock(&self) -> Result<Lock, LockError> {
        let roots = self.roots();
        if roots.is_empty() {
            let expected = "a package whose source is the project itself";
            let found = "the lock has no project to start from";
            return Err(LockProblem::new(self.name, 1, found, expected, RELOCK).into());
        }
        let environment = self.chosen(&roots);
        let mut queue: VecDeque<(usize, &Dependency)> = VecDeque::new();
        for root in &roots {
            let package = self.package(*root);
            let extras = self.of(&package.optional_dependencies, &self.environment.extras);
            let groups = self.of(&package.dev_dependencies, &self.environment.groups);
            queue.extend(
                package.dependencies.iter().chain(extras).chain(groups).map(|d| (*root, d)),
            );
        }
        // What was reached, and what each of it needs.
        let mut reached: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        let mut extras: BTreeSet<(usize, &str)> = BTreeSet::new();
        while let Some((from, dependency)) = queue.pop_front() {
            if !self.holds(from, dependency.marker.as_deref(), &environment)? {
                continue;
            }
            let to = self.find(from, dependency, &environment)?;
            reached.entry(from).or_default().insert(to);
            let package = self.package(to);
            if let std::collections::btree_map::Entry::Vacant(new) = reached.entry(to) {
                new.insert(BTreeSet::new());
                queue.extend(package.dependencies.iter().map(|next| (to, next)));
            }
            for extra in dependency.extra.iter().filter(|extra| extras.insert((to, extra))) {
                let wanted = BTreeSet::from([normalised(extra)]);
                let more = self.of(&package.optional_dependencies, &wanted);
                queue.extend(more.into_iter().map(|next| (to, next)));
            }
        }
        self.collected(&reached)
    }

    fn package(&self, at: usize) -> &'a Package {
        self.document.package[at].get_ref()
    }

    fn line(&self, at: usize) -> usize {
        self.lines.at(self.document.package[at].span().start)
    }

    fn problem(
        &self,
        at: usize,
        found: impl Into<String>,
        expected: &str,
        remedy: &str,
    ) -> LockError {
        LockProblem::new(self.name, self.line(at), found, expected, remedy).into()
    }

    // The project at the lock's own directory; in a workspace without one, its members.
    fn roots(&self) -> Vec<usize> {
        let all = || 0..self.document.package.len();
        let own = |at: &usize| {
            let source = &self.package(*at).source;
            [&source.r#virtual, &source.editable, &source.directory]
                .into_iter()
                .flatten()
                .any(|path| path == ".")
        };
        let roots: Vec<usize> = all().filter(own).collect();
        if !roots.is_empty() {
            return roots;
        }
        all()
            .filter(|at| self.document.manifest.members.contains(&self.package(*at).name))
            .collect()
    }

    // Where extras or groups exclude each other, uv writes the choice into markers, as extras with
    // made-up names.
    fn chosen(&self, roots: &[usize]) -> TargetEnvironment {
        let mut names = Vec::new();
        for root in roots {
            let name = &self.package(*root).name;
            let made_up = |kind: &str, one: &String| format!("{kind}-{}-{name}-{one}", name.len());
            names.extend(self.environment.extras.iter().map(|one| made_up("extra", one)));
            names.extend(self.environment.groups.iter().map(|one| made_up("group", one)));
        }
        self.environment.with_extras(names.iter().map(String::as_str))
    }

    fn of(
        &self,
        lists: &'a BTreeMap<String, Vec<Dependency>>,
        wanted: &BTreeSet<String>,
    ) -> Vec<&'a Dependency> {
        let lists = lists.iter().filter(|(name, _)| wanted.contains(&normalised(name)));
        lists.flat_map(|(_, list)| list).collect()
    }

    fn holds(
        &self,
        at: usize,
        marker: Option<&str>,
        environment: &TargetEnvironment,
    ) -> Result<bool, LockError> {
        let Some(text) = marker else { return Ok(true) };
        let marker: Marker = text.parse().map_err(|error: crate::python::MarkerError| {
            self.problem(at, error.to_string(), "a marker", RELOCK)
        })?;
        Ok(marker.holds(environment))
    }

    // A name may occur several times where the lock has forks; then the edge says which is meant, or
    // the forks' own markers do.
    fn find(
        &self,
        from: usize,
        dependency: &Dependency,
        environment: &TargetEnvironment,
    ) -> Result<usize, LockError> {
        let fits = |at: &usize| {
            let package = self.package(*at);
            (dependency.version.is_none() || dependency.version == package.version)
                && dependency.source.as_ref().is_none_or(|source| *source == package.source)
        };
        let named = self.named.get(dependency.name.as_str()).into_iter().flatten().copied();
        let mut found: Vec<usize> = named.filter(fits).collect();
        if found.len() > 1 {
            let mut holding = Vec::new();
            for at in found {
                for marker in &self.package(at).resolution_markers {
                    if self.holds(at, Some(marker), environment)? && !holding.contains(&at) {
                        holding.push(at);
                    }
                }
            }
            found = holding;
        }
        match found.as_slice() {
            [one] => Ok(*one),
            _ => {
                let found = format!(
                    "`{}`, which it needs, is there {} times",
                    dependency.name,
                    found.len()
                );
                Err(self.problem(from, found, "one package of that name", RELOCK))
            }
        }
    }

    fn collected(&self, reached: &BTreeMap<usize, BTreeSet<usize>>) -> Result<Lock, LockError> {
        let mut lock = Lock::default();
        let mut seen: BTreeMap<PackageName, usize> = BTreeMap::new();
        for (at, needs) in reached {
            let package = self.package(*at);
            if package.source.is_project() {
                let what =
                    format!("`{}` is source, not a wheel: it is the application's", package.name);
                lock.notes.push(LockNote {
                    file: self.name.to_owned(),
                    line: self.line(*at),
                    what,
                });
                continue;
            }
            let locked = self.locked(*at, needs)?;
            if let Some(other) = seen.insert(locked.name.clone(), locked.line) {
                let found = format!("`{}` is reached twice, also at line {other}", locked.name);
                return Err(self.problem(
                    *at,
                    found,
                    "one version",
                    "choose extras that don't conflict",
                ));
            }
            lock.packages.push(locked);
        }
        Ok(lock)
    }

    fn locked(&self, at: usize, needs: &BTreeSet<usize>) -> Result<Locked, LockError> {
        let package = self.package(at);
        let invalid = |error: String| self.problem(at, error, "what uv writes", RELOCK);
        let name = |text: &str| text.parse::<PackageName>().map_err(|e| invalid(e.to_string()));
        if let Some(what) = package.source.without_wheels() {
            let found = format!(
                "`{}` comes from {what}, which can't be installed without a build",
                package.name
            );
            let remedy = "build a wheel of it in a step and depend on that";
            return Err(self.problem(
                at,
                found,
                "a package of an index, or a wheel by its URL",
                remedy,
            ));
        }
        let files: Vec<LockedFile> =
            package.wheels.iter().map(|wheel| self.file(at, wheel)).collect::<Result<_, _>>()?;
        if files.is_empty() {
            let found = format!("`{}` has no wheel", package.name);
            return Err(self.problem(
                at,
                found,
                "a wheel",
                "build it in a step and depend on that",
            ));
        }
        let version = package.version.as_deref().unwrap_or_default().parse();
        // An extra may ask for another extra of its own package.
        let requires =
            needs.iter().filter(|to| **to != at && !self.package(**to).source.is_project());
        let requires =
            requires.map(|to| name(&self.package(*to).name)).collect::<Result<_, _>>()?;
        Ok(Locked {
            name: name(&package.name)?,
            version: version
                .map_err(|e: crate::version::PythonVersionError| invalid(e.to_string()))?,
            requires: Some(requires),
            files,
            file: self.name.to_owned(),
            line: self.line(at),
        })
    }

    fn file(&self, at: usize, wheel: &Wheel) -> Result<LockedFile, LockError> {
        let hash = wheel.hash.as_deref().and_then(|hash| hash.parse().ok());
        let sha256 = hash.ok_or_else(|| {
            let found = format!("a wheel of `{}` has no SHA-256", self.package(at).name);
            self.problem(at, found, "`hash = \"sha256:…\"`", RELOCK)
        })?;
        // A wheel by its URL stands at the package's source.
        let url = wheel.url.clone().or_else(|| self.package(at).source.url.clone());
        let named = wheel
            .filename
            .clone()
            .or_else(|| filename_of(url.as_deref().or(wheel.path.as_deref())?));
        Ok(LockedFile { filename: named, url, sha256, size: wheel.size })
    }
}

impl Source {
    fn is_project(&self) -> bool {
        self.r#virtual.is_some() || self.editable.is_some()
    }

    fn without_wheels(&self) -> Option<&'static str> {
        match self {
            Self { git: Some(_), .. } => Some("a Git repository"),
            Self { directory: Some(_), .. } => Some("a directory"),
            Self { path: Some(path), .. } if !path.ends_with(".whl") => Some("a source archive"),
            _ => None,
        }
    }
}
