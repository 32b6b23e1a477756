//! The layer of Python packages: a segment for each wheel.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tollgate_image::layer::{Layer, Source};
use tollgate_image::python::lock::{Loaded, Loader, Lock, Locked, read_lock};
use tollgate_image::python::wheel::{LeaveOut, Scheme, Wheel};
use tollgate_image::python::{PackageName, TargetEnvironment, package};
use tollgate_image::{Limits, Package};
use tollgate_model::{Digest, RelPath};

use super::base::BaseLayers;
use super::error::{Stopped, broken, in_file, refused};
use super::wheels::Here;
use super::{Bench, check, target};

/// The layer and what is in it.
#[derive(Default)]
pub(super) struct Dependencies {
    pub(super) layer: Option<Layer>,
    pub(super) packages: Vec<Package>,
}

/// What is known of a wheel beside its bytes, kept so that it need not be opened again.
#[derive(Serialize, Deserialize)]
struct Known {
    package: Package,
}

impl Bench<'_> {
    pub(super) fn dependencies(&self, base: &BaseLayers) -> Result<Dependencies, Stopped> {
        let Some(path) = &self.build.requirements else { return Ok(Dependencies::default()) };
        let machine = target::machine(self.target);
        let python = base.python.as_ref().ok_or_else(|| {
            let message = "the base has no Python for the packages to go to".to_owned();
            self.unfit("image.python", message)
        })?;
        let unsound = || broken("image", &format!("`{}` is no version of Python", python.version));
        let scheme = python.scheme().ok_or_else(unsound)?;
        let environment = python.environment(machine).ok_or_else(unsound)?;
        let lock = self.lock(path, &environment)?;
        let wheels = self.wheels(&lock.packages, python, machine)?;
        let names: BTreeSet<PackageName> =
            lock.packages.iter().map(|locked| locked.name.clone()).collect();
        let mut sources = Vec::new();
        let mut packages = Vec::new();
        for (locked, wheel) in lock.packages.iter().zip(&wheels) {
            packages.push(self.package(wheel, &names, &environment, &scheme)?);
            sources.push(self.source(locked, wheel, &scheme)?);
        }
        let layer = self.layer(self.recipe(sources))?;
        Ok(Dependencies { layer, packages })
    }

    fn lock(&self, path: &RelPath, environment: &TargetEnvironment) -> Result<Lock, Stopped> {
        let file = check::place(self.host, self.job, path);
        let text = file.and_then(|file| std::fs::read_to_string(file).ok());
        let text = text.ok_or_else(|| {
            in_file("image.lock", path.as_str(), None, format!("{path} can't be read"))
        })?;
        read_lock(path.as_str(), &text, environment, &Alone)
            .map_err(|error| in_file("image.lock", path.as_str(), None, error.to_string()))
    }

    // What a wheel says of itself is a function of its bytes, and what of it counts of the lock.
    fn package(
        &self,
        wheel: &Here,
        locked: &BTreeSet<PackageName>,
        environment: &TargetEnvironment,
        scheme: &Scheme,
    ) -> Result<Package, Stopped> {
        let (sha256, without) = (wheel.sha256, &self.build.leave_out);
        let question = format!("2 {sha256} {locked:?} {environment:?} {scheme:?} {without:?}");
        let name = format!("{}.json", Digest::of(question.as_bytes()));
        let kept = self.cache.join("packages").join(name);
        let read = std::fs::read(&kept).ok();
        if let Some(known) = read.and_then(|bytes| serde_json::from_slice::<Known>(&bytes).ok()) {
            return Ok(known.package);
        }
        let lock = self.build.requirements.as_ref().map_or("", RelPath::as_str);
        let opened = Wheel::open(&wheel.file, &wheel.name, &Limits::default())
            .map_err(|error| refused(lock, error))?;
        let scratch = tempfile::tempdir_in(&self.cache)
            .map_err(|error| broken("a directory for a wheel can't be made", &error))?;
        let size = opened
            .install(scheme, &self.leave_out()?, scratch.path())
            .map_err(|error| refused(lock, error))?
            .size;
        let package = package(opened.metadata(), &wheel.sha256, size, locked, environment);
        super::base::keep(&kept, &Known { package: package.clone() })?;
        Ok(package)
    }

    fn source(
        &self,
        locked: &Locked,
        wheel: &Here,
        scheme: &Scheme,
    ) -> Result<Source<'_>, Stopped> {
        let mut from = vec![wheel.sha256.to_string(), format!("{scheme:?}")];
        if !self.build.leave_out.is_empty() {
            from.push(format!("without {:?}", self.build.leave_out));
        }
        let weight = std::fs::metadata(&wheel.file).map_or(0, |file| file.len());
        let (wheel, scheme, without) = (wheel.clone(), scheme.clone(), self.leave_out()?);
        let entries = move || {
            let opened = Wheel::open(&wheel.file, &wheel.name, &Limits::default())?;
            let own = self.scratch.path().join(wheel.sha256.hex());
            std::fs::create_dir_all(&own)?;
            Ok(opened.install(&scheme, &without, &own)?.entries)
        };
        let owner = format!("{} {}", locked.name, locked.version);
        Ok(Source { owner, from, weight, entries: Box::new(entries) })
    }

    fn leave_out(&self) -> Result<LeaveOut, Stopped> {
        let patterns = self.build.leave_out.iter().map(String::as_str);
        LeaveOut::of(patterns)
            .map_err(|error| self.unfit("image.leave_out", error.to_string()).into())
    }
}

/// A lock in one file. What it refers to is no input of the step, so no key would know of it.
struct Alone;

impl Loader for Alone {
    fn load(&self, _: &str, path: &str) -> Result<Loaded, String> {
        Err(format!("`{path}` is another file; an image's lock is one file"))
    }
}
