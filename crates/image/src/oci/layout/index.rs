//! The images of a layout by name.

use std::fs::File;

use super::error::{LayoutError, io};
use super::{LONGEST_INDEX, Layout, REF_NAME, blob};
use crate::oci::{Descriptor, Index, Sha256, media};

impl Layout {
    /// All that the layout holds by itself: images, with their names as annotations.
    ///
    /// # Errors
    /// The index can't be read.
    pub fn index(&self) -> Result<Index, LayoutError> {
        let bytes = blob::read_at_most(&self.index_path(), LONGEST_INDEX)
            .map_err(io(&self.index_path()))?;
        serde_json::from_slice(&bytes).map_err(|error| LayoutError::Malformed {
            what: "the index of the image layout".to_owned(),
            why: error.to_string(),
        })
    }

    /// The images by name, in the order of the names.
    ///
    /// # Errors
    /// The index can't be read.
    pub fn images(&self) -> Result<Vec<(String, Descriptor)>, LayoutError> {
        let mut named = self.named()?;
        named.retain(|(name, _)| about(name).is_none());
        Ok(named)
    }

    /// What cosign 2 knows by tags made of an image's digest: its signatures (`sha256-….sig`) and
    /// evidence (`sha256-….att`).
    ///
    /// # Errors
    /// The index can't be read.
    pub fn companions(&self, of: &Sha256) -> Result<Vec<(String, Descriptor)>, LayoutError> {
        let mut named = self.named()?;
        named.retain(|(name, _)| about(name).as_ref() == Some(of));
        Ok(named)
    }

    fn named(&self) -> Result<Vec<(String, Descriptor)>, LayoutError> {
        let named = |image: Descriptor| Some((image.annotations.get(REF_NAME)?.clone(), image));
        let mut all: Vec<_> = self.index()?.manifests.into_iter().filter_map(named).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(all)
    }

    /// Names an image. Another of that name loses it, and is kept only under its other names.
    ///
    /// # Errors
    /// The image is not in the layout, the text is no name, or the disk fails.
    pub fn tag(&self, name: &str, image: &Descriptor) -> Result<(), LayoutError> {
        self.add_all(&[(Some(name.to_owned()), image.clone())])
    }

    /// Adds a manifest without a name: a referrer.
    ///
    /// # Errors
    /// The manifest is not in the layout, or the disk fails.
    pub fn add(&self, manifest: &Descriptor) -> Result<(), LayoutError> {
        self.add_all(&[(None, manifest.clone())])
    }

    /// Adds several manifests, with or without a name, as [`Self::tag`] and [`Self::add`] do, in one
    /// change of the index.
    ///
    /// # Errors
    /// One is not in the layout, a text is no name, or the disk fails. Then none was added.
    pub fn add_all(&self, roots: &[(Option<String>, Descriptor)]) -> Result<(), LayoutError> {
        let mut named = Vec::new();
        for (name, manifest) in roots {
            if !self.has(manifest) {
                return Err(LayoutError::Missing { digest: manifest.digest });
            }
            let mut root = manifest.clone();
            if let Some(name) = name {
                if !is_name(name) {
                    return Err(LayoutError::NoName { name: name.clone() });
                }
                root.annotations.insert(REF_NAME.to_owned(), name.clone());
            }
            named.push(root);
        }
        self.change(|index| {
            for root in named {
                index.manifests.retain(|other| !replaces(&root, other));
                index.manifests.push(root);
            }
            true
        })
        .map(drop)
    }

    /// Takes a name away, and tells whether there was one. The blobs stay until they are collected.
    ///
    /// # Errors
    /// The disk fails.
    pub fn untag(&self, name: &str) -> Result<bool, LayoutError> {
        self.change(|index| {
            let before = index.manifests.len();
            index.manifests.retain(|image| !is_called(image, name));
            index.manifests.len() != before
        })
    }

    /// The image that is called so: by a name, or by a digest that the index or an index in it has.
    ///
    /// # Errors
    /// There is none.
    pub fn resolve(&self, reference: &str) -> Result<Descriptor, LayoutError> {
        let index = self.index()?;
        let found = match reference.parse::<Sha256>() {
            Ok(digest) => self.by_digest(&index, digest)?,
            Err(_) => index.manifests.iter().find(|image| is_called(image, reference)).cloned(),
        };
        found.ok_or_else(|| LayoutError::Unknown {
            reference: reference.to_owned(),
            names: names(&index),
        })
    }

    fn by_digest(&self, index: &Index, digest: Sha256) -> Result<Option<Descriptor>, LayoutError> {
        let roots = &index.manifests;
        if let Some(found) = roots.iter().find(|image| image.digest == digest) {
            return Ok(Some(found.clone()));
        }
        for inner in roots.iter().filter(|image| image.is_index()) {
            let all = self.reachable(inner)?;
            let mut documents = all.into_iter().filter(|blob| blob.is_index() || is_manifest(blob));
            if let Some(found) = documents.find(|blob| blob.digest == digest) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Changes the index under a lock, as it is read, changed and put in place of the old one.
    fn change(&self, change: impl FnOnce(&mut Index) -> bool) -> Result<bool, LayoutError> {
        let marker = self.root.join("oci-layout");
        let lock = File::open(&marker).map_err(io(&marker))?;
        lock.lock().map_err(io(&marker))?;
        let mut index = self.index()?;
        let changed = change(&mut index);
        if changed {
            self.replace("index.json", &index.to_bytes())?;
        }
        Ok(changed)
    }
}

/// A name belongs to one manifest; without a name each manifest is there once.
fn replaces(root: &Descriptor, other: &Descriptor) -> bool {
    match root.annotations.get(REF_NAME) {
        Some(name) => is_called(other, name),
        None => other.digest == root.digest && !other.annotations.contains_key(REF_NAME),
    }
}

pub(super) fn is_manifest(blob: &Descriptor) -> bool {
    matches!(blob.media_type.as_str(), media::MANIFEST | media::DOCKER_MANIFEST)
}

fn is_called(image: &Descriptor, name: &str) -> bool {
    image.annotations.get(REF_NAME).is_some_and(|called| called == name)
}

fn names(index: &Index) -> Vec<String> {
    index.manifests.iter().filter_map(|image| image.annotations.get(REF_NAME).cloned()).collect()
}

/// The image that something of this name is about.
fn about(name: &str) -> Option<Sha256> {
    let (digest, kind) = name.split_once('.')?;
    let digest = digest.strip_prefix("sha256-").filter(|_| matches!(kind, "sig" | "att"))?;
    format!("sha256:{digest}").parse().ok()
}

/// Source: OCI Image Format Specification 1.1, "Pre-Defined Annotation Keys", `ref`: parts of
/// letters and digits, and single signs between them.
fn is_name(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || "-._:@/+".contains(c);
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.len() <= 255
        && text.chars().all(inner)
        && ends(text.chars().next())
        && ends(text.chars().next_back())
        && text.parse::<Sha256>().is_err()
}
