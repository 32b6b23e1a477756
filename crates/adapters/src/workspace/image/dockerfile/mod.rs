//! An image that a builder of the machine makes of a Dockerfile.
//!
//! The file is read and judged first; what must not be ends it before anything is built. The builder is
//! given the inputs of the step in a directory of their own, the images that the lock pins, and secrets
//! as files that it mounts. What it makes is taken into our layout and looked through as every base is.

mod flaws;
mod pins;
mod pip;
mod secrets;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tollgate_image::dockerfile::{Dockerfile, own_layers};
use tollgate_image::oci::layout::Layout;
use tollgate_image::oci::{ImageConfig, Manifest, take_archived};
use tollgate_model::{DockerfileBuild, Finding, RelPath};

use super::Bench;
use super::base::BaseLayers;
use super::error::{Stopped, broken, in_file};
use crate::builder::{Build, Builder, BuilderError, Built};
use crate::workspace::desk::Desk;
use crate::workspace::mask::Mask;
use pins::Pins;
use secrets::Secrets;

impl Bench<'_> {
    pub(super) fn of_dockerfile(&self, build: &DockerfileBuild) -> Result<BaseLayers, Stopped> {
        let name = format!("{}-{}-{}", self.job.run, self.job.step.id, self.job.attempt);
        let desk = Desk::plain(self.host, &name, self.job)?;
        let project = desk.workspace();
        let text = self.text(&project, &build.file)?;
        let file = Dockerfile::parse(&text).map_err(|error| malformed(&build.file, &error))?;
        let pins = self.pins(&file, build)?;
        let (flaws, fatal) = self.flaws(&file, &text, build, &pins, &project);
        if fatal {
            return Err(Stopped::Unfit(flaws));
        }
        let secrets = self.secrets(build)?;
        let made = self.make(build, &project, &pins, &secrets)?;
        let unfit = |why: &dyn std::fmt::Display| {
            Stopped::from(self.unfit("image.dockerfile", format!("the builder's image: {why}")))
        };
        let (manifest, config) = self.taken(made, &unfit)?;
        let own = own_layers(&file, &build.args, build.target.as_deref(), &config.history);
        let own = manifest.layers[manifest.layers.len().saturating_sub(own)..].to_vec();
        let leaked = self.baked_in(&own, &config, &secrets)?;
        if !leaked.is_empty() {
            return Err(Stopped::Unfit(leaked));
        }
        let base = self.standing_on(&manifest, config, &unfit)?;
        Ok(BaseLayers { findings: flaws, to_search: own, ..base })
    }

    fn text(&self, project: &Path, file: &RelPath) -> Result<String, Stopped> {
        fs::read_to_string(project.join(file)).map_err(|error| {
            in_file(
                "image.dockerfile",
                file.as_str(),
                None,
                format!("{file} can't be read: {error}"),
            )
        })
    }

    fn make(
        &self,
        build: &DockerfileBuild,
        project: &Path,
        pins: &Pins,
        secrets: &Secrets,
    ) -> Result<Built, Stopped> {
        let none = |error: BuilderError| {
            let hint = "install one of `buildah`, `podman` and `docker` (and start its daemon), or let \
                        `tollgate image import-dockerfile` turn it into a native build, which needs none";
            Stopped::from(self.unfit("image.builder", error.to_string()).hint(hint))
        };
        let builder = Builder::find(build.builder, &self.host.environment, self.cancelled);
        let builder = builder.map_err(none)?;
        self.say(&format!("{} builds {}", builder.kind().name(), build.file));
        let mounts = pip::settings(&self.host.environment, self.scratch.path())
            .map_err(|error| broken("pip's settings", &error))?;
        let context = build.context.as_ref().map_or(project.to_owned(), |at| project.join(at));
        let mask = Mutex::new(Mask::new(&secrets.values()));
        let output = |bytes: &[u8]| {
            let mut mask = mask.lock().unwrap_or_else(PoisonError::into_inner);
            mask.push(bytes, &mut |bytes| (self.output)(bytes));
        };
        let asked = Build {
            file: &project.join(&build.file),
            context: &context,
            target: build.target.as_deref(),
            args: &build.args,
            secrets: &secrets.files(),
            pins: &pins.told(),
            mounts: &mounts,
            scratch: self.scratch.path(),
        };
        let made = builder.build(&asked, &output);
        let mask = mask.into_inner().unwrap_or_else(PoisonError::into_inner);
        let hidden = Mask::new(&secrets.values());
        mask.finish(&mut |bytes| (self.output)(bytes));
        made.map_err(|error| match error {
            BuilderError::Failed { builder, why } => {
                let message =
                    format!("{builder} could not build {}: {}", build.file, hidden.text(&why));
                let finding = in_file("image.dockerfile", build.file.as_str(), None, message);
                hinted(finding, "its words are in the log: `tollgate log`")
            }
            error => Stopped::Failed(broken("image", &error)),
        })
    }

    /// The image in our layout.
    fn taken(
        &self,
        built: Built,
        unfit: &dyn Fn(&dyn std::fmt::Display) -> Stopped,
    ) -> Result<(Manifest, ImageConfig), Stopped> {
        let opened = |path: &PathBuf| File::open(path).map_err(|error| unfit(&error));
        match built {
            Built::Layout(path) => {
                let theirs = Layout::open(&path).map_err(|why| unfit(&why))?;
                let image = theirs.resolve("built").map_err(|why| unfit(&why))?;
                self.take_over(&theirs, &image, unfit)
            }
            Built::Archive(path) => take_archived(opened(&path)?, &self.layout, self.packing)
                .map_err(|error| unfit(&error)),
        }
    }
}

fn malformed(file: &RelPath, error: &tollgate_image::dockerfile::DockerfileError) -> Stopped {
    let told = error.problems().iter().map(|problem| {
        let place =
            tollgate_model::Place::File { path: file.to_string(), line: Some(problem.line as u64) };
        let message = format!("{file}:{}: {}", problem.line, problem.what);
        Finding::new("dockerfile.malformed", place, message)
    });
    Stopped::Unfit(told.collect())
}

fn hinted(stopped: Stopped, hint: &str) -> Stopped {
    match stopped {
        Stopped::Unfit(findings) => {
            Stopped::Unfit(findings.into_iter().map(|finding| finding.hint(hint)).collect())
        }
        failed => failed,
    }
}
