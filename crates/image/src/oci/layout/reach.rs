//! What an image consists of.

use std::collections::HashSet;

use serde::de::DeserializeOwned;

use super::Layout;
use super::error::LayoutError;
use super::index::is_manifest;
use crate::oci::{Descriptor, Index, Manifest, Platform};

/// No image that anybody uses has more.
const MOST_BLOBS: usize = 100_000;

impl Layout {
    /// `from` and all blobs that it refers to, each once. What isn't in the layout is among them.
    ///
    /// # Errors
    /// A document among them is missing, damaged or malformed, or there are too many.
    pub fn reachable(&self, from: &Descriptor) -> Result<Vec<Descriptor>, LayoutError> {
        let mut seen = HashSet::new();
        let mut all = Vec::new();
        let mut open = vec![from.clone()];
        while let Some(blob) = open.pop() {
            // One digest may be said to be two things.
            if !seen.insert((blob.digest, blob.is_index(), is_manifest(&blob))) {
                continue;
            }
            if seen.len() > MOST_BLOBS {
                let what = format!("{} refers to more than {MOST_BLOBS} blobs", from.digest);
                return Err(LayoutError::TooMuch { what });
            }
            let mut inner = self.refers_to(&blob)?;
            inner.reverse();
            open.append(&mut inner);
            all.push(blob);
        }
        Ok(all)
    }

    /// An image manifest.
    ///
    /// # Errors
    /// It is missing, damaged or malformed.
    pub fn manifest(&self, blob: &Descriptor) -> Result<Manifest, LayoutError> {
        self.parsed(blob)
    }

    /// The images of an index, or `image` where it is one itself.
    ///
    /// # Errors
    /// The index is missing, damaged or malformed.
    pub fn images_of(&self, image: &Descriptor) -> Result<Vec<Descriptor>, LayoutError> {
        match image.is_index() {
            true => Ok(self.parsed::<Index>(image)?.manifests),
            false => Ok(vec![image.clone()]),
        }
    }

    /// The image for `platform`, where `image` is an index of several; else `image`.
    ///
    /// # Errors
    /// The index is missing, damaged or malformed, or has none for the platform.
    pub fn image_for(
        &self,
        image: &Descriptor,
        platform: &Platform,
    ) -> Result<Descriptor, LayoutError> {
        if !image.is_index() {
            return Ok(image.clone());
        }
        let images = self.images_of(image)?;
        let suits = |it: &&Descriptor| it.platform.as_ref().is_some_and(|p| p.suits(platform));
        let unfit = || {
            let known = images.iter().filter_map(|it| it.platform.as_ref());
            let known: Vec<String> = known.map(Platform::to_string).collect();
            let why = format!("it has nothing for {platform}, but for {}", known.join(", "));
            LayoutError::Malformed { what: image.digest.to_string(), why }
        };
        images.iter().find(suits).cloned().ok_or_else(unfit)
    }

    /// A document as what it should be.
    ///
    /// # Errors
    /// It is missing, damaged or malformed.
    pub fn parsed<T: DeserializeOwned>(&self, blob: &Descriptor) -> Result<T, LayoutError> {
        let bytes = self.document(blob)?;
        serde_json::from_slice(&bytes).map_err(|error| LayoutError::Malformed {
            what: blob.digest.to_string(),
            why: error.to_string(),
        })
    }

    fn refers_to(&self, blob: &Descriptor) -> Result<Vec<Descriptor>, LayoutError> {
        if blob.is_index() {
            return Ok(self.parsed::<Index>(blob)?.manifests);
        }
        if !is_manifest(blob) {
            return Ok(Vec::new());
        }
        let Manifest { config, layers, .. } = self.manifest(blob)?;
        // What a referrer is about need not be where the referrer is.
        Ok(std::iter::once(config).chain(layers).collect())
    }
}
