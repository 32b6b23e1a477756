//! A base that is an image of a registry, as `tollgate.lock` pins it.

use std::fmt::Display;

use tollgate_engine::{PortError, PortErrorKind};
use tollgate_image::oci::{Descriptor, ImageConfig, ImageLock, Manifest, Reference};
use tollgate_model::{ImageBuild, format_bytes};

use super::base::BaseLayers;
use super::error::{Stopped, in_file};
use super::{Bench, SYSTEM, target};
use crate::registry::{Patience, Registry, RegistryError, RegistryOptions};

impl Bench<'_> {
    /// The pinned image: from the layout where it is there whole, else from its registry.
    pub(super) fn of_registry(&self, base: &str) -> Result<BaseLayers, Stopped> {
        let unfit = |why: &dyn Display| {
            Stopped::from(self.unfit("image.base", format!("{base} is no base: {why}")))
        };
        let reference: Reference = base.parse().map_err(|why| unfit(&why))?;
        let image = self.pinned_image(base)?;
        if !self.is_sound(&image)? {
            self.fetch_base(&reference.pinned(image.digest))
                .map_err(|error| stopped(error, &unfit))?;
        }
        let manifest: Manifest = self.layout.manifest(&image).map_err(|why| unfit(&why))?;
        let config: ImageConfig =
            self.layout.parsed(&manifest.config).map_err(|why| unfit(&why))?;
        let layers = self.standing_on(&manifest, config, &unfit)?;
        Ok(BaseLayers { origin: Some((base.to_owned(), image.digest)), ..layers })
    }

    /// What the lock says that the base is on this kind of machine.
    fn pinned_image(&self, base: &str) -> Result<Descriptor, Stopped> {
        let file = ImageBuild::LOCK;
        let stale = |why: String| {
            let message = format!("{why}: `tollgate image lock` writes it anew");
            in_file("image.lock", file, None, message)
        };
        let text = std::fs::read_to_string(self.host.root.join(file))
            .map_err(|error| stale(format!("{file} can't be read ({error})")))?;
        let lock = ImageLock::parse(&text, file)
            .map_err(|error| in_file("image.lock", file, None, error.to_string()))?;
        let platform = target::in_oci(self.target);
        match lock.find(base, &platform) {
            Some(pinned) => Ok(pinned.manifest.clone()),
            None => Err(stale(format!("{file} does not pin {base} for {platform}"))),
        }
    }

    /// Whether all of it is in the layout, as it was when it was put there. What is damaged is gone
    /// afterwards, and is fetched again.
    fn is_sound(&self, image: &Descriptor) -> Result<bool, Stopped> {
        if !self.layout.has(image) {
            return Ok(false);
        }
        let Ok(parts) = self.layout.reachable(image) else { return Ok(false) };
        for part in &parts {
            self.unless_cancelled()?;
            if self.layout.proven(part).is_err() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn fetch_base(&self, image: &Reference) -> Result<(), RegistryError> {
        self.say(&format!("base: fetching {image}"));
        let options = RegistryOptions {
            environment: self.host.environment.clone(),
            plain_http: false,
            uploads: None,
            patience: Patience::default(),
            stopped: self.cancelled,
        };
        let registry = Registry::of(image, options)?;
        let pulled = registry.pull(image, &target::in_oci(self.target), &self.layout, &|_| {})?;
        self.say(&format!("base: {} fetched", format_bytes(pulled.bytes)));
        Ok(())
    }
}

// What the user asked for can't be had, or the way there is not open for now.
fn stopped(error: RegistryError, unfit: &dyn Fn(&dyn Display) -> Stopped) -> Stopped {
    let sent_wrong =
        matches!(error, RegistryError::Content { .. } | RegistryError::Malformed { .. });
    if error.is_asked_wrong() || sent_wrong {
        return unfit(&error);
    }
    let kind = match error.is_transient() {
        true => PortErrorKind::Transient,
        false => PortErrorKind::Permanent,
    };
    Stopped::Failed(PortError::new(SYSTEM, kind, format!("the base can't be fetched: {error}")))
}
