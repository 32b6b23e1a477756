//! `tollgate image push`.

use std::sync::atomic::Ordering;

use serde::Serialize;
use tollgate_adapters::registry::{Progress, Shipment};
use tollgate_image::oci::layout::Layout;
use tollgate_image::oci::{Descriptor, ImageLock, Reference};
use tollgate_model::{Exit, ImageBuild, format_bytes};

use super::registry::{connect, failed, reference, teller};
use super::run;
use crate::cli::Context;
use crate::display::{count, style};
use crate::error::CliError;
use crate::project::Project;

const AFTER: &str = "\
Examples:
  tollgate image push slim registry.example/team/slim:1.2
  tollgate image push registry.example/team/slim --tag 1.2 --tag latest
  tollgate image push sha256:4f1d… localhost:5000/slim --json

Credentials are those of `docker login` and `podman login`, or TOLLGATE_REGISTRY_USER and
TOLLGATE_REGISTRY_PASSWORD (for any registry, or for the one that TOLLGATE_REGISTRY_HOST names).
TOLLGATE_REGISTRY_PLAIN_HTTP lists registries that are always asked without TLS.";

/// Send an image to a registry, with what refers to it. What is there is not sent again, and a large
/// layer goes on where it was broken off. Without a tag it is known there by its digest alone. What
/// did not pass here is not sent.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER, allow_missing_positional = true)]
pub(crate) struct Args {
    /// The step that built it, or its digest; by default the only image that there is.
    #[arg(value_name = "IMAGE")]
    image: Option<String>,
    /// Where to: a registry's host, a repository, and maybe a tag.
    #[arg(value_name = "TO", required = true)]
    to: String,
    /// What it is called there; may be given more than once.
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Send it without TLS. On this machine that is found out.
    #[arg(long)]
    plain_http: bool,
}

/// What was sent, for a program.
#[derive(Serialize)]
struct Sent<'a> {
    repository: String,
    digest: String,
    tags: &'a [String],
    sent: u64,
    bytes: u64,
    there: u64,
    mounted: u64,
    referrers: u64,
}

pub(super) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let to = reference(&args.to)?;
    if to.digest().is_some() {
        let message = format!("{} has a digest: where an image goes it gets its own", args.to);
        return Err(CliError::misconfigured(message));
    }
    let project = Project::find(&context.directory)?;
    let layout = super::layout(&project)?;
    let image = chosen(args.image.as_deref(), &layout)?;
    super::proof::must_not_have_failed(&project, &layout, image.digest)?;
    let tags: Vec<String> =
        to.tag().map(str::to_owned).into_iter().chain(args.tags.clone()).collect();
    let stop = run::stop_on_signals()?;
    let stopped = || stop.load(Ordering::Relaxed);
    let parcel =
        Parcel { image: &image, to: &to, tags: &tags, plain_http: args.plain_http, detailed: true };
    parcel.send(&project, &layout, context, &stopped)?;
    Ok(Exit::Passed)
}

/// What is to be sent, and where.
pub(in crate::cli) struct Parcel<'a> {
    pub(in crate::cli) image: &'a Descriptor,
    pub(in crate::cli) to: &'a Reference,
    pub(in crate::cli) tags: &'a [String],
    pub(in crate::cli) plain_http: bool,
    /// Whether each blob is told of.
    pub(in crate::cli) detailed: bool,
}

impl Parcel<'_> {
    /// Sends the image and what refers to it, and says so.
    pub(in crate::cli) fn send(
        &self,
        project: &Project,
        layout: &Layout,
        context: &Context,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), CliError> {
        let Self { image, to, tags, plain_http, detailed } = *self;
        let registry = connect(to, plain_http, project, context, stopped)?;
        let known = known(project, layout);
        let shipment = Shipment { layout, image, to, tags, known: &known };
        let tell = teller("sent", context);
        let quiet = |_: Progress| {};
        let tell: &(dyn Fn(Progress) + Sync) = if detailed { &tell } else { &quiet };
        let pushed = registry.push(&shipment, tell).map_err(failed)?;
        let repository = format!("{}/{}", to.registry(), to.repository());
        let digest = image.digest.to_string();
        if context.json {
            return context.json_line(&Sent {
                repository,
                digest,
                tags,
                sent: pushed.sent,
                bytes: pushed.bytes,
                there: pushed.there,
                mounted: pushed.mounted,
                referrers: pushed.referrers,
            });
        }
        let sent = match pushed.sent {
            0 => "all of it was there".to_owned(),
            sent => format!("{} sent, {}", count(sent, "blob"), format_bytes(pushed.bytes)),
        };
        context.line(&format!("{}  {sent}", style::strong(format!("{repository}@{digest}"))))?;
        for tag in tags {
            context.line(&format!("{repository}:{tag}"))?;
        }
        Ok(())
    }
}

fn chosen(asked: Option<&str>, layout: &Layout) -> Result<Descriptor, CliError> {
    if let Some(asked) = asked {
        return layout.resolve(asked).map_err(|error| {
            CliError::misconfigured(error.to_string()).hint("`tollgate image list` names them")
        });
    }
    let all = layout.images().map_err(CliError::broken)?;
    // What was fetched to build on is not what is meant.
    let built: Vec<&(String, Descriptor)> =
        all.iter().filter(|(name, _)| !name.contains('/')).collect();
    match built.as_slice() {
        [(_, only)] => Ok(only.clone()),
        several => {
            let message = format!("there are {} images here, so which one?", several.len());
            Err(CliError::misconfigured(message).hint("`tollgate image list` names them"))
        }
    }
}

/// The images of registries that are here, by what was pulled and what the lock pins.
fn known(project: &Project, layout: &Layout) -> Vec<(Reference, Descriptor)> {
    let pulled = layout.images().unwrap_or_default().into_iter();
    // The others are steps' names.
    let pulled = pulled.filter(|(name, _)| name.contains('/'));
    let lock = std::fs::read_to_string(project.root.join(ImageBuild::LOCK)).unwrap_or_default();
    // A lock that can't be read costs time, no more.
    let lock = ImageLock::parse(&lock, ImageBuild::LOCK).unwrap_or_default();
    let pinned = lock.images.into_iter().map(|image| (image.base, image.manifest));
    let all = pulled.chain(pinned);
    all.filter_map(|(name, image)| Some((name.parse().ok()?, image))).collect()
}
