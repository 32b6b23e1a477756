//! Images to move, and the client that moves them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use tollgate_adapters::registry::{
    Patience, Pulled, Pushed, Registry, RegistryError, RegistryOptions, Shipment,
};
use tollgate_image::oci::layout::Layout;
use tollgate_image::oci::{
    Descriptor, ImageConfig, Index, Manifest, Platform, Reference, RootFs, RunConfig, media,
};

pub(crate) const NEVER: &(dyn Fn() -> bool + Sync) = &|| false;

/// Little of it, as nobody here gets better by waiting.
pub(crate) const PATIENCE: Patience = Patience {
    attempts: 3,
    first: Duration::from_millis(10),
    longest: Duration::from_millis(50),
    silence: Duration::from_secs(30),
};

pub(crate) fn options<'a>(environment: &[(&str, &str)]) -> RegistryOptions<'a> {
    let environment: BTreeMap<String, String> =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let (patience, stopped) = (PATIENCE, NEVER);
    RegistryOptions { environment, plain_http: false, uploads: None, patience, stopped }
}

pub(crate) fn registry(reference: &Reference, environment: &[(&str, &str)]) -> Registry<'static> {
    Registry::of(reference, options(environment)).unwrap()
}

/// Asked without TLS from the first word on.
pub(crate) fn plain(reference: &Reference, environment: &[(&str, &str)]) -> Registry<'static> {
    let options = RegistryOptions { plain_http: true, ..options(environment) };
    Registry::of(reference, options).unwrap()
}

pub(crate) fn linux(architecture: &str) -> Platform {
    Platform { architecture: architecture.to_owned(), os: "linux".to_owned(), variant: None }
}

/// Bytes that nothing packs.
pub(crate) fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// A layout of its own.
pub(crate) struct Images {
    pub(crate) layout: Layout,
    dir: TempDir,
}

impl Images {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { layout: Layout::create(&dir.path().join("oci")).unwrap(), dir }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// An image of layers of these sizes.
    pub(crate) fn image(&self, architecture: &str, layers: &[usize]) -> Descriptor {
        let layers = layers.iter().enumerate().map(|(seed, length)| {
            let bytes = noise(*length, 1 + seed as u64);
            self.layout.put_bytes(media::LAYER, &bytes).unwrap()
        });
        let layers: Vec<Descriptor> = layers.collect();
        let diff_ids = layers.iter().map(|layer| layer.digest).collect();
        let config = ImageConfig {
            created: None,
            author: None,
            platform: linux(architecture),
            config: RunConfig::default(),
            rootfs: RootFs { kind: "layers".to_owned(), diff_ids },
            history: Vec::new(),
        };
        let config = serde_json::to_vec(&config).unwrap();
        let config = self.layout.put_bytes(media::CONFIG, &config).unwrap();
        let manifest = Manifest::image(config, layers).to_bytes();
        self.layout.put_bytes(media::MANIFEST, &manifest).unwrap()
    }

    /// An index of images of these kinds of machines.
    pub(crate) fn index(&self, architectures: &[&str]) -> Descriptor {
        let images = architectures.iter().map(|architecture| Descriptor {
            platform: Some(linux(architecture)),
            ..self.image(architecture, &[1000])
        });
        let index = Index::of(images.collect()).to_bytes();
        self.layout.put_bytes(media::INDEX, &index).unwrap()
    }

    /// Something that is about an image.
    pub(crate) fn referrer(&self, about: &Descriptor, text: &[u8]) -> Descriptor {
        let config = self.layout.put_bytes(media::EMPTY, b"{}").unwrap();
        let layer = self.layout.put_bytes("text/plain", text).unwrap();
        let manifest = Manifest {
            artifact_type: Some("application/vnd.example.note".to_owned()),
            subject: Some(about.clone()),
            ..Manifest::image(config, vec![layer])
        };
        let manifest = self.layout.put_bytes(media::MANIFEST, &manifest.to_bytes()).unwrap();
        self.layout.add(&manifest).unwrap();
        manifest
    }

    pub(crate) fn push(
        &self,
        registry: &Registry<'_>,
        image: &Descriptor,
        to: &Reference,
    ) -> Result<Pushed, RegistryError> {
        let tags: Vec<String> = to.tag().map(str::to_owned).into_iter().collect();
        registry.push(&self.shipment(image, to, &tags), &|_| {})
    }

    pub(crate) fn shipment<'p>(
        &'p self,
        image: &'p Descriptor,
        to: &'p Reference,
        tags: &'p [String],
    ) -> Shipment<'p> {
        Shipment { layout: &self.layout, image, to, tags, known: &[] }
    }

    pub(crate) fn pull(
        &self,
        registry: &Registry<'_>,
        from: &Reference,
    ) -> Result<Pulled, RegistryError> {
        registry.pull(from, &linux("amd64"), &self.layout, &|_| {})
    }

    /// The names of all files of the layout's blobs.
    pub(crate) fn files(&self) -> Vec<String> {
        let dir = std::fs::read_dir(self.dir.path().join("oci/blobs/sha256")).unwrap();
        let names = dir.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}
