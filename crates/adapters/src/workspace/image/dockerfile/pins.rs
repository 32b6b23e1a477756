//! What the lock pins the images of a Dockerfile to.

use std::collections::BTreeSet;

use tollgate_image::dockerfile::{Dockerfile, NamedImage, images};
use tollgate_image::oci::{ImageLock, Reference};
use tollgate_model::{DockerfileBuild, ImageBuild};

use crate::workspace::image::error::{Stopped, in_file};
use crate::workspace::image::{Bench, target};

/// The images of a Dockerfile that the lock knows.
pub(super) struct Pins {
    images: Vec<(NamedImage, String)>,
}

impl Pins {
    pub(super) fn has(&self, name: &str) -> bool {
        self.images.iter().any(|(image, _)| image.name == name)
    }

    /// For the builder, each name with what it stands for. Buildah compares it with what is written,
    /// variables and all; BuildKit with what that is.
    pub(super) fn told(&self) -> Vec<(String, String)> {
        let each = self.images.iter();
        let both = each.flat_map(|(image, pinned)| {
            [&image.written, &image.name].map(|name| (name.clone(), pinned.clone()))
        });
        both.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

impl Bench<'_> {
    pub(super) fn pins(&self, file: &Dockerfile, build: &DockerfileBuild) -> Result<Pins, Stopped> {
        let lock = self.lock_of_images()?;
        let platform = target::in_oci(self.target);
        let pin = |image: NamedImage| {
            // One that has a digest, or no registry, is not for the lock.
            let reference: Reference = image.name.parse().ok()?;
            let pinned = lock.find(&image.name, &platform)?;
            Some((image, reference.pinned(pinned.manifest.digest).to_string()))
        };
        Ok(Pins { images: images(file, &build.args).into_iter().filter_map(pin).collect() })
    }

    // A Dockerfile that pins all by itself needs none.
    fn lock_of_images(&self) -> Result<ImageLock, Stopped> {
        let file = ImageBuild::LOCK;
        match std::fs::read_to_string(self.host.root.join(file)) {
            Ok(text) => ImageLock::parse(&text, file)
                .map_err(|error| in_file("image.lock", file, None, error.to_string())),
            Err(_) => Ok(ImageLock::default()),
        }
    }
}
