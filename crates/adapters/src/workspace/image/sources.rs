//! Packages that have no wheel, built from source.
//!
//! That runs whatever they bring, so it is done for those packages alone that the project names, as a
//! step with the network runs: in the sandbox, without the project's files. What comes out is kept
//! under what it was made of.

use std::collections::BTreeSet;
use std::fs;

use tollgate_image::Limits;
use tollgate_image::python::lock::Locked;
use tollgate_image::python::wheel::Wheel;
use tollgate_image::python::{CompatibleTags, Machine, PackageName, WheelName};
use tollgate_model::Digest;

use super::Bench;
use super::error::{Stopped, broken, refused};
use super::python::Python;
use super::wheels::{Here, digest, keep_as, wanted};

impl Bench<'_> {
    /// The packages that are to be built, all of them in the lock.
    pub(super) fn built_here(&self, packages: &[Locked]) -> Result<BTreeSet<PackageName>, Stopped> {
        let known = |name: &PackageName| packages.iter().any(|locked| locked.name == *name);
        let named = self.build.from_source.iter();
        let named = named.map(|text| match text.parse::<PackageName>() {
            Ok(name) if known(&name) => Ok(name),
            _ => {
                let lock = self.build.requirements.as_ref().map_or("the lock", |it| it.as_str());
                let message = format!("`from_source` names {text}, which {lock} does not pin");
                Err(self.unfit("image.wheel", message).into())
            }
        });
        named.collect()
    }

    /// The wheel of a package's source distribution.
    pub(super) fn built_from_source(
        &self,
        package: &Locked,
        python: &Python,
        tags: &CompatibleTags,
        machine: Machine,
    ) -> Result<Here, Stopped> {
        let files: Vec<String> = package.files.iter().map(|file| file.sha256.to_string()).collect();
        let made_of = format!("1 {} {python:?} {machine} {files:?}", package.name);
        let kept = self.cache.join("built").join(Digest::of(made_of.as_bytes()).to_string());
        if !kept.is_dir() {
            self.build_from_source(package, python, &kept)?;
        }
        let unfit = |why: String| {
            let (name, version) = (&package.name, &package.version);
            let message = format!("{name} {version} was built from source, but {why}");
            Stopped::from(self.unfit("image.wheel", message))
        };
        let gone = |error| Stopped::Failed(broken("a built wheel can't be read", &error));
        let mut wheels = Vec::new();
        for entry in fs::read_dir(&kept).map_err(gone)? {
            wheels.push(entry.map_err(gone)?.path());
        }
        let [file] = wheels.as_slice() else {
            return Err(unfit(format!("it came to {} wheels", wheels.len())));
        };
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let name: WheelName = name.parse().map_err(|_| unfit(format!("`{name}` is no wheel")))?;
        if tags.best([(&name, ())]).is_none() {
            let wants = format!("Python {} on {machine}", python.version);
            let file = file.display();
            let message = format!("{file} does not fit {wants}: build where python3 is just that");
            return Err(unfit(message));
        }
        let lock = self.build.requirements.as_ref().map_or("", |it| it.as_str());
        let wants = Wheel::open(file, &name, &Limits::default())
            .and_then(|wheel| wheel.wants_glibc())
            .map_err(|error| refused(lock, error))?;
        if let Some(newer) = wants.filter(|minor| *minor > python.glibc) {
            let has = python.glibc;
            let message = format!("it wants glibc 2.{newer}, and the image has 2.{has}");
            return Err(unfit(message));
        }
        let sha256 = digest(file).map_err(gone)?;
        Ok(Here { name, file: file.clone(), sha256 })
    }

    fn build_from_source(
        &self,
        package: &Locked,
        python: &Python,
        kept: &std::path::Path,
    ) -> Result<(), Stopped> {
        let name = &package.name;
        self.say(&format!("building {name} {} from source", package.version));
        let minor = python.version.split('.').take(2).collect::<Vec<_>>().join(".");
        // The image's own version of Python where it is there, as a module in C is for one alone. The
        // times of 1980 are the first that a zip archive knows.
        let command = format!(
            "cat > wanted.txt <<'END'\n{}END\n\
             export SOURCE_DATE_EPOCH=315532800 PYTHONHASHSEED=0\n\
             for python in python{minor} python3; do\n\
             \t\"$python\" -m pip --version >/dev/null 2>&1 && break\n\
             done\n\
             \"$python\" -m pip wheel --quiet --disable-pip-version-check --no-cache-dir --no-deps \
             --no-binary {name} --require-hashes --wheel-dir wheels -r wanted.txt",
            wanted(&[package])
        );
        let failed = |error| Stopped::Failed(broken("a wheel can't be kept", &error));
        let Some(wheels) = self.pip(command)? else {
            let message = format!("{name} could not be built; what pip said is in the log");
            let hint = "the machine needs what the build needs: a compiler, headers, libraries";
            return Err(self.unfit("image.wheel", message).hint(hint).into());
        };
        for wheel in fs::read_dir(wheels).map_err(failed)? {
            keep_as(&wheel.map_err(failed)?.path(), kept).map_err(failed)?;
        }
        Ok(())
    }
}
