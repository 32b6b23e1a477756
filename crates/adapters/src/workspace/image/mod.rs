//! One attempt of an `image` step.
//!
//! A base, a layer of Python packages and a layer of the application are put together in the image
//! layout of the state directory. What was packed once is kept below `cache/images`, so that a change
//! of the application costs the application.

mod application;
mod base;
mod built;
mod bytecode;
mod debian;
mod dependencies;
mod dockerfile;
mod error;
mod finished;
mod python;
mod registry;
pub(crate) mod scan;
mod secrets;
mod sources;
mod target;
mod wheels;

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use tempfile::TempDir;
use tollgate_engine::{Job, Performed, PortError, Store as _};
use tollgate_image::LayerSource;
use tollgate_image::layer::{self, Cache, Recipe};
use tollgate_image::oci::Descriptor;
use tollgate_image::oci::layout::Layout;
use tollgate_model::{
    BuiltImage, Compression, Finding, ImageBuild, ImagePlatform, Place, Report, StepEnd,
};

use super::{LocalWorkspace, SYSTEM, check};
use built::Made;
use error::{Stopped, broken};

/// What is kept of what is said on the way.
const LONGEST_LOG: usize = 1 << 20;

/// What an image is built with.
struct Bench<'a> {
    host: &'a LocalWorkspace<'a>,
    job: &'a Job<'a>,
    build: &'a ImageBuild,
    layout: Layout,
    segments: Cache,
    /// Where packed things and what is known of them are kept.
    cache: PathBuf,
    /// For what is unpacked on the way; it goes with the bench.
    scratch: TempDir,
    packing: layer::Packing,
    threads: usize,
    /// The kind of machine that it is built for just now.
    target: ImagePlatform,
    output: &'a (dyn Fn(&[u8]) + Sync),
    cancelled: &'a (dyn Fn() -> bool + Sync),
}

pub(super) fn perform(
    host: &LocalWorkspace<'_>,
    job: &Job<'_>,
    build: &ImageBuild,
    output: &(dyn Fn(&[u8]) + Sync),
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<Performed, PortError> {
    let said = Mutex::new(Vec::new());
    let keep = |bytes: &[u8]| {
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        let room = LONGEST_LOG.saturating_sub(said.len());
        said.extend_from_slice(&bytes[..bytes.len().min(room)]);
        output(bytes);
    };
    let built = Bench::new(host, job, build, &keep, cancelled)?.build();
    let said = said.into_inner().unwrap_or_else(PoisonError::into_inner);
    let log = (!said.is_empty()).then(|| host.store.put(&said)).transpose()?;
    match built {
        Ok((image, report)) => {
            check::same_as_scanned(host, job, cancelled)?;
            let (image, report) = (Some(image), Some(report));
            Ok(Performed { image, report, log, ..Performed::ended(StepEnd::Assessed) })
        }
        Err(_) if cancelled() => Ok(Performed { log, ..Performed::ended(StepEnd::Cancelled) }),
        Err(Stopped::Unfit(findings)) => {
            let report = Some(Report::new(findings, Vec::new()));
            Ok(Performed { report, log, ..Performed::ended(StepEnd::Assessed) })
        }
        Err(Stopped::Failed(error)) => Err(error),
    }
}

/// Whether the image is in the layout, with all that it is made of.
pub(super) fn is_there(host: &LocalWorkspace<'_>, image: &BuiltImage) -> bool {
    let whole = || {
        let layout = Layout::open(&oci(host)).ok()?;
        let manifest = layout.resolve(&image.digest).ok()?;
        let parts = layout.reachable(&manifest).ok()?;
        Some(parts.iter().all(|part| layout.has(part)))
    };
    whole().unwrap_or(false)
}

fn oci(host: &LocalWorkspace<'_>) -> PathBuf {
    host.state.join("oci")
}

impl<'a> Bench<'a> {
    fn new(
        host: &'a LocalWorkspace<'a>,
        job: &'a Job<'a>,
        build: &'a ImageBuild,
        output: &'a (dyn Fn(&[u8]) + Sync),
        cancelled: &'a (dyn Fn() -> bool + Sync),
    ) -> Result<Self, PortError> {
        let cache = host.state.join("cache/images");
        let packing = match build.compression {
            Compression::Gzip => layer::Packing::default(),
            Compression::Zstd => layer::Packing::zstd(),
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let failed = |error: &dyn std::fmt::Display| broken("the image's layout", error);
        Ok(Self {
            layout: Layout::create(&oci(host)).map_err(|error| failed(&error))?,
            segments: Cache::open(&cache.join("layers")).map_err(|error| failed(&error))?,
            scratch: tempfile::tempdir_in(&cache).map_err(|error| failed(&error))?,
            host,
            job,
            build,
            cache,
            packing,
            threads,
            // Where there is none, `targets` says so before anything is built.
            target: ImagePlatform::here().unwrap_or(ImagePlatform::Amd64),
            output,
            cancelled,
        })
    }

    fn build(&mut self) -> Result<(BuiltImage, Report), Stopped> {
        let targets = self.targets()?;
        let mut made = Vec::new();
        for target in &targets {
            self.target = *target;
            if targets.len() > 1 {
                self.say(&format!("for {target}"));
            }
            made.push(self.image()?);
        }
        self.finish(&made)
    }

    /// The image of one kind of machine.
    fn image(&self) -> Result<Made, Stopped> {
        let base = self.base()?;
        self.unless_cancelled()?;
        let dependencies = self.dependencies(&base)?;
        self.unless_cancelled()?;
        let application = self.application(&base)?;
        self.unless_cancelled()?;
        let of_packages = dependencies.layer.as_ref();
        let bytecode = self.bytecode(&base, of_packages, application.layer.as_ref())?;
        self.put_together(base, dependencies, application, &bytecode)
    }

    /// The kinds of machines that it is for.
    fn targets(&self) -> Result<Vec<ImagePlatform>, Stopped> {
        if !self.build.platforms.is_empty() {
            return Ok(self.build.platforms.clone());
        }
        let here = ImagePlatform::here().ok_or_else(|| {
            let message = format!("images are not built for {}", std::env::consts::ARCH);
            self.unfit("image.machine", message).hint("`platforms:` names other machines")
        })?;
        Ok(vec![here])
    }

    /// A layer in the layout; none where there is nothing to put into it.
    fn layer(&self, recipe: Recipe<'_>) -> Result<Option<layer::Layer>, Stopped> {
        if recipe.sources.is_empty() {
            return Ok(None);
        }
        Ok(Some(layer::assemble(&self.layout, &self.segments, &recipe, self.threads)?))
    }

    /// A layer of the layout that was put there by us, or read before.
    fn layer_source(&self, layer: &Descriptor) -> Result<LayerSource, Stopped> {
        let unknown = || broken("a layer", &"its packing is not known");
        LayerSource::of(&self.layout, layer).ok_or_else(|| unknown().into())
    }

    fn recipe<'r>(&self, sources: Vec<layer::Source<'r>>) -> Recipe<'r> {
        Recipe { sources, directories: Vec::new(), packing: self.packing }
    }

    fn say(&self, line: &str) {
        (self.output)(format!("{line}\n").as_bytes());
    }

    fn unless_cancelled(&self) -> Result<(), Stopped> {
        match (self.cancelled)() {
            true => Err(Stopped::Failed(broken("image", &"stopped"))),
            false => Ok(()),
        }
    }

    /// What is wrong with what the user asked for.
    fn unfit(&self, code: &str, message: String) -> Finding {
        Finding::new(code, Place::Step { step: self.job.step.id.to_string() }, message)
    }
}
