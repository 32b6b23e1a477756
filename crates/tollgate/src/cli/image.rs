//! `tollgate image`.

mod diff;
mod found;
mod import;
mod lint;
mod lock;
mod proof;
mod pull;
mod push;
mod registry;
mod sbom;
mod scan;

use std::fs;
use std::sync::atomic::Ordering;

use clap::Subcommand;
use serde::Serialize;
use tollgate_image::Inventory;
use tollgate_image::oci::layout::Layout;
use tollgate_image::oci::{Descriptor, ImageConfig, Manifest, Platform};
use tollgate_model::{Exit, ImageBuild, Plan, Step, StepKind, format_bytes};

use super::{Context, run};
use crate::display::{count, style};
use crate::error::CliError;
use crate::project::Project;

const ALL: &str = "\
Examples:
  tollgate image lock           pin what images stand on, in tollgate.lock
  tollgate image build          build what tollgate.yaml declares, and what it needs
  tollgate image list           the images that were built here
  tollgate image inspect slim   one of them: layers, packages, how it is started
  tollgate image diff slim sha256:4f1d…
  tollgate image lint           what should not be in a Dockerfile
  tollgate image import-dockerfile   … and the same without Docker
  tollgate image scan slim      what is known against its packages
  tollgate image sbom slim -o slim.cdx.json
  tollgate image push slim registry.example/team/slim:1.2
  tollgate image pull registry.example/python:3.11-slim";

const LOCK: &str = "\
Examples:
  tollgate image lock          pin the Debian packages and images that image steps stand on
  git diff tollgate.lock       … and see what is newer than before";

const BUILD: &str = "\
Examples:
  tollgate image build         all image steps
  tollgate image build slim    one of them, and what it needs";

const LIST: &str = "\
Examples:
  tollgate image list          names, digests and sizes
  tollgate image list --json   … for a program; the layout itself is .tollgate/oci";

const INSPECT: &str = "\
Examples:
  tollgate image inspect slim
  tollgate image inspect sha256:4f1d… --json";

/// Build images without a daemon, look at them, and move them to and from registries.
#[derive(Debug, Subcommand)]
#[command(after_help = ALL)]
pub(crate) enum Verb {
    /// Pin what images stand on: Debian packages and images of registries, by digest, in tollgate.lock.
    #[command(after_help = LOCK)]
    Lock,
    /// Build images, and what they need.
    Build(Build),
    /// List the images that were built here.
    #[command(after_help = LIST)]
    List,
    /// Show an image: its layers, its packages, how it is started.
    Inspect(Inspect),
    /// Show in what two images differ, file by file.
    Diff(diff::Args),
    /// Tell what should not be in a Dockerfile.
    Lint(lint::Args),
    /// Turn a Dockerfile of the simple shape into an image step that needs no builder.
    ImportDockerfile(import::Args),
    /// Look up what is known against the packages of an image.
    Scan(scan::Args),
    /// Write what is in an image: a software bill of materials.
    Sbom(sbom::Args),
    /// Send an image to a registry.
    Push(push::Args),
    /// Fetch an image of a registry.
    Pull(pull::Args),
}

/// Build images, and what they need. What is known already is not built again.
#[derive(Debug, clap::Args)]
#[command(after_help = BUILD)]
pub(crate) struct Build {
    /// Image steps; by default all.
    #[arg(value_name = "STEP")]
    steps: Vec<String>,
}

/// Show an image: its layers, its packages, how it is started.
#[derive(Debug, clap::Args)]
#[command(after_help = INSPECT)]
pub(crate) struct Inspect {
    /// The step that built it, or its digest.
    #[arg(value_name = "IMAGE")]
    image: String,
}

pub(crate) fn execute(verb: &Verb, context: &Context) -> Result<Exit, CliError> {
    match verb {
        Verb::Lock => lock::execute(context),
        Verb::Build(args) => build(args, context),
        Verb::List => list(context),
        Verb::Inspect(args) => inspect(args, context),
        Verb::Diff(args) => diff::execute(args, context),
        Verb::Lint(args) => lint::execute(args, context),
        Verb::ImportDockerfile(args) => import::execute(args, context),
        Verb::Scan(args) => scan::execute(args, context),
        Verb::Sbom(args) => sbom::execute(args, context),
        Verb::Push(args) => push::execute(args, context),
        Verb::Pull(args) => pull::execute(args, context),
    }
}

pub(super) use found::image as found;
pub(super) use lock::write_whole;
pub(super) use push::Parcel;
pub(super) use registry::reference;

/// The image steps of a plan.
fn images(plan: &Plan) -> impl Iterator<Item = (&Step, &ImageBuild)> {
    plan.steps.values().filter_map(|step| match &step.kind {
        StepKind::Image(image) => Some((step, &**image)),
        _ => None,
    })
}

fn build(args: &Build, context: &Context) -> Result<Exit, CliError> {
    let plan = Project::find(&context.directory)?.plan()?;
    let all: Vec<&str> = images(&plan).map(|(step, _)| step.id.as_str()).collect();
    let unknown = args.steps.iter().find(|step| !all.contains(&step.as_str()));
    if let Some(unknown) = unknown {
        let known = all.join(", ");
        let message = format!("`{unknown}` is no image step");
        return Err(CliError::misconfigured(message).hint(format!("there is: {known}")));
    }
    if all.is_empty() {
        let message = "tollgate.yaml declares no image";
        let hint = "such as `slim: { image: { base: { debian: [python3-minimal] }, command: [python3, -m, app] } }`";
        return Err(CliError::misconfigured(message).hint(hint));
    }
    let steps: Vec<&str> = match args.steps.is_empty() {
        true => all,
        false => args.steps.iter().map(String::as_str).collect(),
    };
    let stop = run::stop_on_signals()?;
    let stopped = || stop.load(Ordering::Relaxed);
    let record = run::perform(&run::Args::of(&steps), context, &stopped)?;
    Ok(Exit::from(&record))
}

/// An image as it is listed.
#[derive(Serialize)]
struct Listed {
    image: String,
    digest: String,
    packed: u64,
    layers: usize,
}

pub(super) fn layout(project: &Project) -> Result<Layout, CliError> {
    Layout::open(&project.state.join("oci")).map_err(|_| {
        CliError::misconfigured("no image was built here yet").hint("`tollgate image build`")
    })
}

fn list(context: &Context) -> Result<Exit, CliError> {
    let project = Project::find(&context.directory)?;
    let layout = layout(&project)?;
    for (name, image) in layout.images().map_err(CliError::broken)? {
        let digest = image.digest.to_string();
        if image.is_index() {
            several(&layout, name, &image, context)?;
            continue;
        }
        let manifest = layout.manifest(&image).map_err(CliError::broken)?;
        let packed = manifest.layers.iter().map(|layer| layer.size).sum();
        let layers = manifest.layers.len();
        if context.json {
            context.json_line(&Listed { image: name, digest, packed, layers })?;
        } else {
            let size = format_bytes(packed);
            let layers = count(layers as u64, "layer");
            context.line(&format!("{}  {digest}  {size} in {layers}", style::strong(name)))?;
        }
    }
    Ok(Exit::Passed)
}

/// An image for several kinds of machines.
fn several(
    layout: &Layout,
    image: String,
    index: &Descriptor,
    context: &Context,
) -> Result<(), CliError> {
    let digest = index.digest.to_string();
    let images = layout.images_of(index).map_err(CliError::broken)?;
    let platforms = images.iter().filter_map(|image| image.platform.as_ref());
    let platforms: Vec<String> = platforms.map(Platform::to_string).collect();
    if context.json {
        let line = serde_json::json!({
            "image": image, "digest": digest, "images": images.len(), "platforms": platforms,
        });
        return context.json_line(&line);
    }
    let images = count(images.len() as u64, "image");
    let platforms = platforms.join(", ");
    let name = style::strong(image);
    context.line(&format!("{name}  {digest}  an index of {images}: {platforms}"))
}

/// All that is known of an image.
#[derive(Serialize)]
struct Shown {
    digest: String,
    manifest: Manifest,
    config: ImageConfig,
    inventory: Option<Inventory>,
}

fn inspect(args: &Inspect, context: &Context) -> Result<Exit, CliError> {
    let project = Project::find(&context.directory)?;
    let layout = layout(&project)?;
    let image = layout.resolve(&args.image).map_err(|error| {
        CliError::misconfigured(error.to_string()).hint("`tollgate image list` names them")
    })?;
    if image.is_index() && !context.json {
        context.line(&style::strong(image.digest))?;
    }
    for image in layout.images_of(&image).map_err(CliError::broken)? {
        show(&layout, &image, &project, context)?;
    }
    Ok(Exit::Passed)
}

/// The image of one kind of machine.
fn show(
    layout: &Layout,
    image: &Descriptor,
    project: &Project,
    context: &Context,
) -> Result<(), CliError> {
    let manifest = layout.manifest(image).map_err(CliError::broken)?;
    let config: ImageConfig = layout.parsed(&manifest.config).map_err(CliError::broken)?;
    let digest = image.digest.to_string();
    let inventory = inventory(project, &digest);
    if context.json {
        return context.json_line(&Shown { digest, manifest, config, inventory });
    }
    context.line(&style::strong(digest))?;
    let run = &config.config;
    context.line(&format!("for       {}", config.platform))?;
    let words = run.entrypoint.iter().chain(&run.cmd).flatten();
    context.line(&format!("runs      {}", words.cloned().collect::<Vec<_>>().join(" ")))?;
    context.line(&format!("as        {}", run.user.clone().unwrap_or_default()))?;
    context.line(&format!("in        {}", run.working_dir.clone().unwrap_or_default()))?;
    // What only sets something has no layer.
    let history = config.history.iter().filter(|entry| !entry.empty_layer);
    for (layer, history) in manifest.layers.iter().zip(history) {
        let by = history.created_by.clone().unwrap_or_default();
        context.line(&format!("layer     {:>9}  {by}", format_bytes(layer.size)))?;
    }
    for package in inventory.iter().flat_map(|inventory| &inventory.packages) {
        let licence = package.licence.as_deref().unwrap_or("licence unknown");
        let size = format_bytes(package.size);
        let purl = package.purl();
        context.line(&format!("package   {size:>9}  {purl}  {}", style::faint(licence)))?;
    }
    Ok(())
}

/// What the image is made of, as it was kept when it was built.
fn inventory(project: &Project, digest: &str) -> Option<Inventory> {
    let name = format!("{}.json", digest.trim_start_matches("sha256:"));
    let kept = project.state.join("cache/images/inventories").join(name);
    serde_json::from_slice(&fs::read(kept).ok()?).ok()
}
