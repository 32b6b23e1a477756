//! Which image is meant.

use std::path::Path;

use tollgate_image::oci::layout::Layout;
use tollgate_image::oci::{Descriptor, Sha256, media};

use crate::cli::Context;
use crate::error::CliError;
use crate::project::Project;

/// An image of this project by its step or digest, or of any layout: `oci:DIRECTORY`,
/// `oci:DIRECTORY:TAG`.
pub(super) fn image(text: &str, context: &Context) -> Result<(Layout, Descriptor), CliError> {
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

/// An image that was built before, and whose name another has by now.
fn untagged(text: &str, layout: &Layout) -> Option<Descriptor> {
    let digest: Sha256 = text.parse().ok()?;
    let size = std::fs::metadata(layout.blob_path(&digest)).ok()?.len();
    Some(Descriptor::new(media::MANIFEST, digest, size))
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
