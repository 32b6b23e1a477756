//! An image of a layout as its files, its configuration and its layers.

use crate::archive::{ArchiveError, Limits};
use crate::entry::Content;
use crate::layer::Compression;
use crate::oci::layout::{Layout, LayoutError};
use crate::oci::{Descriptor, ImageConfig, Manifest, Sha256};
use crate::tree::{LayerSource, Tree};

/// An image that was looked at.
#[derive(Clone, Debug)]
pub struct View {
    /// Of its manifest.
    pub digest: Sha256,
    /// What it consists of.
    pub manifest: Manifest,
    /// How it is started.
    pub config: ImageConfig,
    /// Its layers, from the lowest to the highest.
    pub layers: Vec<LayerSource>,
}

/// Why an image can't be looked at.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// A document or a layer is missing or damaged.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// A layer is not what it should be.
    #[error(transparent)]
    Layer(#[from] ArchiveError),
    /// Its parts don't fit together.
    #[error("image {digest}: {why}")]
    Unfit {
        /// The image.
        digest: Sha256,
        /// A sentence without a full stop.
        why: String,
    },
}

impl View {
    /// The image of a manifest. The bytes of each layer are compared with their digest.
    ///
    /// # Errors
    /// A part is missing or damaged, or the parts don't fit together.
    pub fn open(layout: &Layout, image: &Descriptor) -> Result<Self, ViewError> {
        let unfit = |why: String| ViewError::Unfit { digest: image.digest, why };
        let manifest: Manifest = layout.manifest(image)?;
        let config: ImageConfig = layout.parsed(&manifest.config)?;
        let diff_ids = &config.rootfs.diff_ids;
        if diff_ids.len() != manifest.layers.len() {
            return Err(unfit("its layers and their digests don't match".to_owned()));
        }
        let layer = |(layer, diff_id): (&Descriptor, &Sha256)| {
            let unknown = || unfit(format!("a layer is of the type `{}`", layer.media_type));
            layout.proven(layer)?;
            Ok(LayerSource {
                name: layer.digest.to_string(),
                content: Content::Disk { path: layout.blob_path(&layer.digest), size: layer.size },
                compression: Compression::of(&layer.media_type).ok_or_else(unknown)?,
                diff_id: Some(*diff_id),
            })
        };
        let layers: Result<Vec<_>, ViewError> =
            manifest.layers.iter().zip(diff_ids).map(layer).collect();
        let layers = layers?;
        Ok(Self { digest: image.digest, manifest, config, layers })
    }

    /// Its files: all layers are read.
    ///
    /// # Errors
    /// A layer is not what it should be.
    pub fn tree(&self, limits: &Limits) -> Result<Tree, ViewError> {
        Ok(Tree::of(&self.layers, limits)?)
    }

    /// Which commands made its layers, as far as it says so. Where the history is shorter, it is
    /// that of the highest ones: a base need not have any.
    pub fn made_by(&self) -> impl Iterator<Item = Option<&str>> {
        let told = self.config.history.iter().filter(|history| !history.empty_layer);
        let told: Vec<Option<&str>> = told.map(|history| history.created_by.as_deref()).collect();
        let silent = self.layers.len().saturating_sub(told.len());
        std::iter::repeat_n(None, silent).chain(told).take(self.layers.len())
    }
}
