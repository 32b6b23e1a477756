//! Which image is meant.

use std::path::Path;

use tollgate_adapters::registry::this_platform;
use tollgate_image::oci::layout::Layout;
use tollgate_image::oci::{Descriptor, Index, Sha256, media};
use tollgate_image::{Installed, Limits, View, installed, sbom};

use tollgate_model::Exit;

use crate::cli::Context;
use crate::error::CliError;
use crate::project::Project;

/// An image of this project by its step or digest, or of any layout: `oci:DIRECTORY`,
/// `oci:DIRECTORY:TAG`.
pub(in crate::cli) fn image(
    text: &str,
    context: &Context,
) -> Result<(Layout, Descriptor), CliError> {
    match text.strip_prefix("oci:") {
        Some(place) => elsewhere(place, context),
        None => {
            let layout = super::layout(&Project::find(&context.directory)?)?;
            if let Some(image) = untagged(text, &layout) {
                return Ok((layout, image));
            }
            let image = layout.resolve(text).map_err(|error| {
                let hint =
                    "`tollgate image list` names them; `oci:DIRECTORY:TAG` is another layout's";
                CliError::misconfigured(error.to_string()).hint(hint)
            })?;
            Ok((layout, image))
        }
    }
}

/// What is in an image: what was kept when it was built here, else what its own records tell.
pub(super) fn packages(
    layout: &Layout,
    image: &Descriptor,
    context: &Context,
) -> Result<Installed, CliError> {
    let here = Project::find(&context.directory).ok();
    let kept = here.and_then(|project| super::inventory(&project, &image.digest.to_string()));
    if let Some(inventory) = kept {
        return Ok(Installed { inventory, gaps: Vec::new() });
    }
    let refuse = |error: &dyn std::fmt::Display| CliError::new(Exit::Failed, error.to_string());
    let image = layout.image_for(image, &this_platform()).map_err(|error| refuse(&error))?;
    let view = View::open(layout, &image).map_err(|error| refuse(&error))?;
    let limits = Limits::default();
    let tree = view.tree(&limits).map_err(|error| refuse(&error))?;
    installed(&view.layers, &tree, &limits).map_err(|error| refuse(&error))
}

/// The packages that a bill of materials tells of.
pub(super) fn listed(path: &Path, context: &Context) -> Result<Installed, CliError> {
    let shown = path.display();
    let bytes = std::fs::read(context.resolve(path))
        .map_err(|error| CliError::misconfigured(format!("{shown} can't be read: {error}")))?;
    let received =
        sbom::read(&bytes).map_err(|error| CliError::misconfigured(format!("{shown}: {error}")))?;
    let gap = |left: &sbom::LeftOut| format!("{}: {}", left.name, left.why);
    let gaps = received.left_out.iter().map(gap).collect();
    Ok(Installed { inventory: received.inventory, gaps })
}

/// An image that was built before, and whose name another has by now.
fn untagged(text: &str, layout: &Layout) -> Option<Descriptor> {
    let digest: Sha256 = text.parse().ok()?;
    let size = std::fs::metadata(layout.blob_path(&digest)).ok()?.len();
    let as_index = Descriptor::new(media::INDEX, digest, size);
    // What has manifests is an index.
    match layout.parsed::<Index>(&as_index) {
        Ok(_) => Some(as_index),
        Err(_) => Some(Descriptor::new(media::MANIFEST, digest, size)),
    }
}

fn elsewhere(place: &str, context: &Context) -> Result<(Layout, Descriptor), CliError> {
    let open = |place: &str| Layout::open(&context.resolve(Path::new(place)));
    let unfit = |error: &dyn std::fmt::Display| CliError::misconfigured(error.to_string());
    // A colon may be part of the directory's name.
    if let Ok(layout) = open(place) {
        let all = layout.images().map_err(CliError::broken)?;
        return match all.as_slice() {
            [(_, only)] => Ok((layout, only.clone())),
            all => {
                let message = format!("{place} holds {} images", all.len());
                Err(CliError::misconfigured(message).hint(format!("name one: oci:{place}:TAG")))
            }
        };
    }
    let (directory, tag) = place.rsplit_once(':').unwrap_or((place, ""));
    let layout = open(directory).map_err(|error| unfit(&error))?;
    let image = layout.resolve(tag).map_err(|error| unfit(&error))?;
    Ok((layout, image))
}
