//! What of the image layout may go.

use std::fs;

use tollgate_image::oci::layout::{Collected, Layout};
use tollgate_image::oci::{Descriptor, ImageLock};
use tollgate_model::ImageBuild;

use crate::error::CliError;
use crate::project::Project;

/// Removes what no image there is made of: layers of images that were built anew since, and what a
/// process left unfinished. Images that are named or released stay with their evidence, and so do the
/// bases that the lock pins.
pub(super) fn collect(project: &Project, dry_run: bool) -> Result<Collected, CliError> {
    // Without a layout there is nothing to collect.
    let Ok(layout) = Layout::open(&project.state.join("oci")) else {
        return Ok(Collected::default());
    };
    let keep = pinned(&layout, project);
    let collected = if dry_run { layout.collectable(&keep) } else { layout.collect(&keep) };
    collected.map_err(CliError::broken)
}

/// A base that was fetched would have to be fetched again.
fn pinned(layout: &Layout, project: &Project) -> Vec<Descriptor> {
    let lock = fs::read_to_string(project.root.join(ImageBuild::LOCK)).unwrap_or_default();
    let lock = ImageLock::parse(&lock, ImageBuild::LOCK).unwrap_or_default();
    let bases = lock.images.iter().map(|image| &image.manifest);
    bases.filter_map(|base| layout.reachable(base).ok()).flatten().collect()
}
