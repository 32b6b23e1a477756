//! The wheels of a lock, by digest: those that are here, those that pip gets, and those that are built.
//!
//! pip knows the user's indexes, proxies, certificates and credentials. It runs as a step with the
//! network runs, in the sandbox, and is told just what to get and by which digests.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use tollgate_engine::{Job, Workspace as _};
use tollgate_image::oci::{Sha256, Sha256Writer};
use tollgate_image::python::lock::Locked;
use tollgate_image::python::{CompatibleTags, Machine, WheelName};
use tollgate_model::{OutputPath, StepEnd, StepKind};

use super::Bench;
use super::error::{Stopped, broken};
use super::python::Python;

/// A wheel that is here.
#[derive(Clone, Debug)]
pub(super) struct Here {
    pub(super) name: WheelName,
    pub(super) file: PathBuf,
    pub(super) sha256: Sha256,
}

impl Bench<'_> {
    /// For each package the best wheel of those that are here; what is not here is fetched, and what
    /// is to be built from source is built.
    pub(super) fn wheels(
        &self,
        packages: &[Locked],
        python: &Python,
        machine: Machine,
    ) -> Result<Vec<Here>, Stopped> {
        let tags = python.tags(machine);
        let to_build = self.built_here(packages)?;
        let is_lacking = |package: &&Locked| {
            !to_build.contains(&package.name) && self.best(package, &tags).is_none()
        };
        let lacking: Vec<&Locked> = packages.iter().filter(is_lacking).collect();
        if !lacking.is_empty() {
            self.say(&format!("fetching {} wheels", lacking.len()));
            self.fetch(&lacking, python, machine)?;
        }
        let wheel = |package: &Locked| {
            if to_build.contains(&package.name) {
                return self.built_from_source(package, python, &tags, machine);
            }
            self.best(package, &tags).ok_or_else(|| {
                let (name, version) = (&package.name, &package.version);
                let message = format!(
                    "no wheel of {name} {version} for Python {} on {machine} is among the files \
                     that {} line {} admits",
                    python.version, package.file, package.line
                );
                self.unfit("image.wheel", message).hint(from_source_hint(name)).into()
            })
        };
        packages.iter().map(wheel).collect()
    }

    fn kept(&self) -> PathBuf {
        self.cache.join("wheels")
    }

    fn best(&self, package: &Locked, tags: &CompatibleTags) -> Option<Here> {
        let here = package.files.iter().filter_map(|file| {
            let directory = self.kept().join(file.sha256.hex());
            let found = fs::read_dir(directory).ok()?.next()?.ok()?;
            let name: WheelName = found.file_name().to_str()?.parse().ok()?;
            Some((name.clone(), Here { name, file: found.path(), sha256: file.sha256 }))
        });
        let here: Vec<(WheelName, Here)> = here.collect();
        let (_, best) = tags.best(here.iter().map(|(name, here)| (name, here)))?;
        Some(best.clone())
    }

    fn fetch(&self, lacking: &[&Locked], python: &Python, machine: Machine) -> Result<(), Stopped> {
        let wanted = wanted(lacking);
        let command = format!(
            "cat > wanted.txt <<'END'\n{wanted}END\n\
             python3 -m pip download --quiet --disable-pip-version-check --no-deps \
             --only-binary :all: --require-hashes {} --dest wheels -r wanted.txt",
            python.pip_options(machine)
        );
        match self.pip(command)? {
            Some(wheels) => self.keep(&wheels),
            None => {
                let message = "pip could not fetch the wheels; its words are in the log";
                let finding = self.unfit("image.wheel", message.to_owned());
                Err(finding.hint(from_source_hint("PACKAGE")).into())
            }
        }
    }

    /// What a command leaves in `wheels`, run as a step with the network; none where it fails.
    pub(super) fn pip(&self, command: String) -> Result<Option<PathBuf>, Stopped> {
        let path = |text: &str| {
            text.parse().map_err(|_| Stopped::Failed(broken("image", &"a path that is none")))
        };
        let mut step = self.job.step.clone();
        step.network = true;
        step.env = Vec::new();
        step.outputs = vec![OutputPath { path: path("wheels")?, directory: true }];
        step.kind = StepKind::Run { command };
        let job = Job {
            step: &step,
            inputs: Vec::new(),
            needs: BTreeMap::new(),
            env: Vec::new(),
            ..self.job.clone()
        };
        let seen = self.host.perform(&job, self.output, self.cancelled)?;
        Ok(match (seen.end, seen.outputs.values().next()) {
            (StepEnd::Exited(0), Some(tree)) => Some(self.host.store.tree_path(&tree.digest)),
            _ => None,
        })
    }

    /// Each under its own digest, whatever it is called.
    fn keep(&self, wheels: &Path) -> Result<(), Stopped> {
        let failed = |error| Stopped::Failed(broken("a wheel can't be kept", &error));
        for wheel in fs::read_dir(wheels).map_err(failed)? {
            let wheel = wheel.map_err(failed)?;
            let sha256 = digest(&wheel.path()).map_err(failed)?;
            keep_as(&wheel.path(), &self.kept().join(sha256.hex())).map_err(failed)?;
        }
        Ok(())
    }
}

/// The digest of a file's bytes.
pub(super) fn digest(file: &Path) -> std::io::Result<Sha256> {
    let mut hash = Sha256Writer::new(std::io::sink());
    std::io::copy(&mut fs::File::open(file)?, &mut hash)?;
    Ok(hash.finish().0)
}

/// Keeps a file alone in a directory, which appears whole. One that is there already stays.
pub(super) fn keep_as(file: &Path, directory: &Path) -> std::io::Result<()> {
    let partial = directory.with_extension("partial");
    let _ = fs::remove_dir_all(&partial);
    fs::create_dir_all(&partial)?;
    let to = partial.join(file.file_name().unwrap_or_default());
    fs::hard_link(file, &to).or_else(|_| fs::copy(file, &to).map(drop))?;
    if fs::rename(&partial, directory).is_err() {
        fs::remove_dir_all(&partial)?;
    }
    Ok(())
}

/// What pip is to get: exact versions and digests.
pub(super) fn wanted(packages: &[&Locked]) -> String {
    let mut wanted = String::new();
    for package in packages {
        let _ = write!(wanted, "{}=={}", package.name, package.version);
        for file in &package.files {
            let _ = write!(wanted, " --hash={}", file.sha256);
        }
        wanted.push('\n');
    }
    wanted
}

fn from_source_hint(names: impl std::fmt::Display) -> String {
    format!("what has no wheel is built where `from_source: [{names}]` says so")
}
