//! A whole image, from a registry into the layout: what it refers to first, itself last.

use std::io::{self, Read as _};
use std::sync::atomic::{AtomicU64, Ordering};

use tollgate_image::oci::layout::{Layout, LayoutError};
use tollgate_image::oci::{Descriptor, Manifest, Platform, Reference, media};

use super::error::RegistryError;
use super::manifest::{LONGEST_MANIFEST, parsed};
use super::request::broken_off;
use super::{Moved, OnProgress, Progress, Registry, THREADS};
use crate::parallel;

/// What was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulled {
    /// The manifest of the platform, which is in the layout with all that it refers to.
    pub image: Descriptor,
    /// Bytes that were fetched.
    pub bytes: u64,
}

impl Registry<'_> {
    /// The manifest of the image that a reference stands for on a platform, which is what to pin.
    ///
    /// # Errors
    /// It is not there, or has nothing for the platform.
    pub fn pin(
        &self,
        reference: &Reference,
        platform: &Platform,
    ) -> Result<Descriptor, RegistryError> {
        let (image, bytes) = self.resolve(reference, platform)?;
        let manifest: Manifest = parsed(&reference.to_string(), &bytes)?;
        let mut config = Vec::new();
        let mut from = self.blob(reference, bounded(reference, &manifest)?);
        if let Err(error) = from.read_to_end(&mut config) {
            return Err(from.error().unwrap_or_else(|| broken_off(&reference.to_string(), &error)));
        }
        suits(reference, &manifest, platform, &config)?;
        Ok(image)
    }

    /// Fetches the image that a reference stands for on a platform. What the layout has is not
    /// fetched again. It has no name in the layout yet.
    ///
    /// # Errors
    /// It is not there, has nothing for the platform, is not what it should be, or can't be kept.
    pub fn pull(
        &self,
        reference: &Reference,
        platform: &Platform,
        layout: &Layout,
        on: OnProgress<'_>,
    ) -> Result<Pulled, RegistryError> {
        let (image, bytes) = self.resolve(reference, platform)?;
        let manifest: Manifest = parsed(&reference.to_string(), &bytes)?;
        let fetched = AtomicU64::new(0);
        let fetch = |blob: &Descriptor| -> Result<(), RegistryError> {
            let state = self.pull_blob(reference, blob, layout, on)?;
            if state == Moved::Whole {
                fetched.fetch_add(blob.size, Ordering::Relaxed);
            }
            on(Progress { blob: blob.digest, state, size: blob.size });
            Ok(())
        };
        // It says for which machines, before the rest is fetched in vain.
        fetch(bounded(reference, &manifest)?)?;
        suits(reference, &manifest, platform, &layout.document(&manifest.config)?)?;
        let mut layers: Vec<&Descriptor> = manifest.layers.iter().collect();
        layers.sort_by_key(|layer| layer.digest);
        layers.dedup_by_key(|layer| layer.digest);
        parallel::all(&layers, THREADS, |layer| fetch(layer))?;
        layout.put(&image, &*bytes)?;
        Ok(Pulled { image, bytes: fetched.into_inner() + bytes.len() as u64 })
    }

    fn pull_blob(
        &self,
        of: &Reference,
        blob: &Descriptor,
        layout: &Layout,
        on: OnProgress<'_>,
    ) -> Result<Moved, RegistryError> {
        if layout.has(blob) {
            return Ok(Moved::There);
        }
        let mut from = self.blob(of, blob);
        let mut to = Told { inner: layout.writer()?, blob, done: 0, on };
        if let Err(error) = io::copy(&mut from, &mut to) {
            let path = layout.blob_path(&blob.digest);
            let own = LayoutError::Io { path, source: error };
            return Err(from.error().unwrap_or_else(|| own.into()));
        }
        // Whoever read it to its end has compared it with its digest.
        to.inner.keep(blob)?;
        Ok(Moved::Whole)
    }
}

/// Tells how much was written.
struct Told<'p, W> {
    inner: W,
    blob: &'p Descriptor,
    done: u64,
    on: OnProgress<'p>,
}

impl<W: io::Write> io::Write for Told<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.done += written as u64;
        let state = Moved::Part(self.done);
        (self.on)(Progress { blob: self.blob.digest, state, size: self.blob.size });
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// The configuration, if it is no longer than documents are.
fn bounded<'m>(
    reference: &Reference,
    manifest: &'m Manifest,
) -> Result<&'m Descriptor, RegistryError> {
    match manifest.config.size {
        ..=LONGEST_MANIFEST => Ok(&manifest.config),
        size => {
            let why = format!("its configuration has {size} bytes");
            Err(RegistryError::Malformed { what: reference.to_string(), why })
        }
    }
}

// An artifact is for any machine.
fn suits(
    reference: &Reference,
    manifest: &Manifest,
    platform: &Platform,
    config: &[u8],
) -> Result<(), RegistryError> {
    const DOCKER: &str = "application/vnd.docker.container.image.v1+json";
    if !matches!(manifest.config.media_type.as_str(), media::CONFIG | DOCKER) {
        return Ok(());
    }
    let found: Platform = parsed(&reference.to_string(), config)?;
    match found.suits(platform) {
        true => Ok(()),
        false => Err(RegistryError::NoPlatform {
            what: reference.to_string(),
            platform: platform.to_string(),
            has: vec![found.to_string()],
        }),
    }
}
