//! `tollgate image pull`.

use std::sync::atomic::Ordering;

use serde::Serialize;
use tollgate_adapters::registry::this_platform;
use tollgate_image::oci::Platform;
use tollgate_image::oci::layout::Layout;
use tollgate_model::{Exit, format_bytes};

use super::registry::{connect, failed, reference, teller};
use super::run;
use crate::cli::Context;
use crate::display::style;
use crate::error::CliError;
use crate::project::Project;

const AFTER: &str = "\
Examples:
  tollgate image pull registry.example/python:3.11-slim
  tollgate image pull python@sha256:4f1d… --platform linux/arm64
  tollgate image pull registry.example/team/slim:1.2 --json";

/// Fetch an image of a registry into .tollgate/oci, where it has its name. A step that builds on an
/// image of a registry fetches it by itself.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// The image: a registry's host, a repository, and a tag or a digest.
    #[arg(value_name = "IMAGE")]
    image: String,
    /// For which kind of machine, such as linux/arm64; by default this one.
    #[arg(long, value_name = "OS/ARCH")]
    platform: Option<String>,
    /// Fetch it without TLS. On this machine that is found out.
    #[arg(long)]
    plain_http: bool,
}

/// What was fetched, for a program.
#[derive(Serialize)]
struct Fetched {
    image: String,
    digest: String,
    bytes: u64,
}

pub(super) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let mut from = reference(&args.image)?;
    let platform = args.platform.as_deref().map(str::parse::<Platform>).transpose();
    let platform = platform.map_err(CliError::misconfigured)?.unwrap_or_else(this_platform);
    if from.tag().is_none() && from.digest().is_none() {
        // What is meant is part of the name that it gets here.
        from = from.tagged(&from.wanted()).map_err(CliError::broken)?;
    }
    let project = Project::find(&context.directory)?;
    project.make_state()?;
    let layout = Layout::create(&project.state.join("oci")).map_err(CliError::broken)?;
    let stop = run::stop_on_signals()?;
    let stopped = || stop.load(Ordering::Relaxed);
    let registry = connect(&from, args.plain_http, &project, context, &stopped)?;
    let pulled = registry.pull(&from, &platform, &layout, &teller("fetched", context));
    let pulled = pulled.map_err(failed)?;
    let image = from.to_string();
    layout.tag(&image, &pulled.image).map_err(CliError::broken)?;
    let digest = pulled.image.digest.to_string();
    let bytes = pulled.bytes;
    if context.json {
        context.json_line(&Fetched { image, digest, bytes })?;
    } else {
        let fetched = format_bytes(bytes);
        context.line(&format!("{}  {digest}  {fetched} fetched", style::strong(image)))?;
    }
    Ok(Exit::Passed)
}
