//! A whole image, from the layout to a registry: blobs first, manifests when all that they refer
//! to is there, tags last.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use tollgate_image::oci::layout::Layout;
use tollgate_image::oci::{Descriptor, Manifest, Reference, Sha256, media};

use super::error::RegistryError;
use super::manifest::is_index;
use super::upload::Parcel;
use super::{Moved, OnProgress, Progress, Registry, THREADS};
use crate::parallel;

/// What is to be sent, and where to.
#[derive(Clone, Copy, Debug)]
pub struct Shipment<'p> {
    /// Where it is.
    pub layout: &'p Layout,
    /// A manifest or an index.
    pub image: &'p Descriptor,
    /// A repository.
    pub to: &'p Reference,
    /// What it is to be called there.
    pub tags: &'p [String],
    /// Images of the layout that registries have: their blobs need not be sent within one registry.
    pub known: &'p [(Reference, Descriptor)],
}

/// What was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pushed {
    /// Blobs that were sent.
    pub sent: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Blobs that were there already.
    pub there: u64,
    /// Blobs that the registry took from another of its repositories.
    pub mounted: u64,
    /// Manifests about the image.
    pub referrers: u64,
}

impl Registry<'_> {
    /// Sends an image of a layout, and what there refers to it, to a repository, and names it by
    /// the tags. What is there is not sent again. A tag is set when everything is there.
    ///
    /// # Errors
    /// A part of the image is missing or damaged, or the registry does not take it.
    pub fn push(
        &self,
        shipment: &Shipment<'_>,
        on: OnProgress<'_>,
    ) -> Result<Pushed, RegistryError> {
        let Shipment { layout, image, to, tags, known } = *shipment;
        let tags: Vec<Reference> = tags
            .iter()
            .map(|tag| to.tagged(tag).map_err(|error| RegistryError::Setup(error.to_string())))
            .collect::<Result<_, _>>()?;
        let about = referrers(layout, image.digest)?;
        let companions = layout.companions(&image.digest)?;
        let all: Vec<Descriptor> = std::iter::once(image)
            .chain(&about)
            .chain(companions.iter().map(|(_, companion)| companion))
            .map(|root| layout.reachable(root))
            .collect::<Result<Vec<_>, _>>()?
            .concat();
        let own: BTreeSet<Sha256> = about.iter().map(|it| it.digest).collect();
        let mut blobs: BTreeMap<Sha256, &Descriptor> = BTreeMap::new();
        let mut documents: Vec<&Descriptor> = Vec::new();
        for part in &all {
            match is_document(part) {
                true if own.contains(&part.digest) => {}
                true => documents.push(part),
                false => drop(blobs.insert(part.digest, part)),
            }
        }
        let others = elsewhere(known, layout, to);
        let pushed = Mutex::new(Pushed::default());
        let blobs: Vec<&Descriptor> = blobs.into_values().collect();
        parallel::all(&blobs, THREADS, |blob| -> Result<(), RegistryError> {
            let from = others.get(&blob.digest).map(String::as_str);
            let state = self.push_blob(layout, blob, to, from, on)?;
            on(Progress { blob: blob.digest, state, size: blob.size });
            pushed
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .count(state, blob.size);
            Ok(())
        })?;
        let mut pushed = pushed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        // They are listed from the outside in.
        for document in documents.iter().rev() {
            let bytes = layout.document(document)?;
            self.put_manifest(&to.pinned(document.digest), &document.media_type, &bytes)?;
        }
        for referrer in &about {
            self.put_referrer(to, &layout.document(referrer)?)?;
            pushed.referrers += 1;
        }
        for (name, companion) in &companions {
            let tag = to.tagged(name).map_err(|error| RegistryError::Setup(error.to_string()))?;
            self.put_manifest(&tag, &companion.media_type, &layout.document(companion)?)?;
        }
        for tag in &tags {
            self.put_manifest(tag, &image.media_type, &layout.document(image)?)?;
        }
        Ok(pushed)
    }

    fn push_blob(
        &self,
        layout: &Layout,
        blob: &Descriptor,
        to: &Reference,
        from: Option<&str>,
        on: OnProgress<'_>,
    ) -> Result<Moved, RegistryError> {
        if self.has_blob(to, blob.digest)? {
            return Ok(Moved::There);
        }
        let file = layout.proven(blob)?;
        let told = |done| {
            on(Progress { blob: blob.digest, state: Moved::Part(done), size: blob.size });
            (self.stopped)()
        };
        let parcel = Parcel { to, blob, file: &file, from, on: &told };
        Ok(if self.send(&parcel)? { Moved::Mounted } else { Moved::Whole })
    }
}

impl Pushed {
    fn count(&mut self, state: Moved, size: u64) {
        match state {
            Moved::There => self.there += 1,
            Moved::Mounted => self.mounted += 1,
            Moved::Whole | Moved::Part(_) => {
                (self.sent, self.bytes) = (self.sent + 1, self.bytes + size)
            }
        }
    }
}

/// Which blob may be had from which other repository of the registry that is sent to.
fn elsewhere(
    known: &[(Reference, Descriptor)],
    layout: &Layout,
    to: &Reference,
) -> BTreeMap<Sha256, String> {
    let mut found = BTreeMap::new();
    let near =
        |from: &Reference| from.registry() == to.registry() && from.repository() != to.repository();
    for (from, image) in known.iter().filter(|(from, _)| near(from)) {
        // Where it can't be told, nothing is mounted, and all is sent.
        let parts = layout.reachable(image).unwrap_or_default();
        let blobs = parts.into_iter().filter(|part| !is_document(part));
        found.extend(blobs.map(|blob| (blob.digest, from.repository().to_owned())));
    }
    found
}

fn is_document(part: &Descriptor) -> bool {
    is_index(&part.media_type)
        || matches!(part.media_type.as_str(), media::MANIFEST | media::DOCKER_MANIFEST)
}

/// The manifests of a layout that are about an image.
fn referrers(layout: &Layout, image: Sha256) -> Result<Vec<Descriptor>, RegistryError> {
    let mut found = Vec::new();
    for root in layout.index()?.manifests {
        if is_document(&root) && !is_index(&root.media_type) {
            let manifest: Manifest = layout.manifest(&root)?;
            if manifest.subject.is_some_and(|subject| subject.digest == image) {
                found.push(root);
            }
        }
    }
    Ok(found)
}
