//! What an image stands on.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tollgate_image::layer::Layer;
use tollgate_image::oci::layout::Layout;
use tollgate_image::oci::{Descriptor, ImageConfig, Manifest, Sha256};
use tollgate_image::{ArchiveError, Installed, Inventory, LayerSource, Limits, Tree, installed};
use tollgate_model::{Base, Digest, Finding, RelPath};

use super::error::{Stopped, broken};
use super::python::Python;
use super::{Bench, check, target};

/// The layers of a base, in the layout.
pub(super) struct BaseLayers {
    pub(super) layers: Vec<(Descriptor, Sha256)>,
    /// Unpacked bytes.
    pub(super) size: u64,
    /// The name and digest of its manifest, where a registry has it.
    pub(super) origin: Option<(String, Sha256)>,
    /// How it is started, where it says so.
    pub(super) config: Option<ImageConfig>,
    /// The packages in it, as far as they are known.
    pub(super) inventory: Inventory,
    /// What is not known of them, in sentences.
    pub(super) gaps: Vec<String>,
    /// Its Python.
    pub(super) python: Option<Python>,
    /// What is to be said of how it came about.
    pub(super) findings: Vec<Finding>,
    /// The layers that the project has made, which may hold its secrets.
    pub(super) to_search: Vec<Descriptor>,
}

impl BaseLayers {
    pub(super) fn of(layer: &Layer, inventory: Inventory, python: Option<Python>) -> Self {
        let layers = vec![(layer.descriptor.clone(), layer.diff_id)];
        Self {
            layers,
            size: layer.plain_size,
            origin: None,
            config: None,
            inventory,
            gaps: Vec::new(),
            python,
            findings: Vec::new(),
            to_search: Vec::new(),
        }
    }
}

/// What the files of a base tell.
#[derive(Serialize, Deserialize)]
struct Known {
    /// Unpacked bytes.
    size: u64,
    installed: Installed,
    python: Option<Python>,
}

impl Bench<'_> {
    pub(super) fn base(&self) -> Result<BaseLayers, Stopped> {
        match &self.build.base {
            Base::Debian(wanted) => self.debian(wanted),
            Base::Layout { path, tag } => self.of_layout(path, tag.as_deref()),
            Base::Registry(reference) => self.of_registry(reference),
            Base::Dockerfile(build) => self.of_dockerfile(build),
        }
    }

    /// An image in a layout of the project. Its blobs are copied, each compared with its digest.
    fn of_layout(&self, path: &RelPath, tag: Option<&str>) -> Result<BaseLayers, Stopped> {
        let unfit = |why: &dyn std::fmt::Display| {
            Stopped::from(self.unfit("image.base", format!("{path} is no base: {why}")))
        };
        let at = check::place(self.host, self.job, path).ok_or_else(|| unfit(&"it leads away"))?;
        let theirs = Layout::open(&at).map_err(|why| unfit(&why))?;
        let image = match tag {
            Some(tag) => theirs.resolve(tag).map_err(|why| unfit(&why))?,
            None => {
                let images = theirs.images().map_err(|why| unfit(&why))?;
                let [(_, only)] = images.as_slice() else {
                    let why =
                        format!("it holds {} images: name one, `oci:{path}:TAG`", images.len());
                    return Err(unfit(&why));
                };
                only.clone()
            }
        };
        let image =
            theirs.image_for(&image, &target::in_oci(self.target)).map_err(|why| unfit(&why))?;
        let (manifest, config) = self.take_over(&theirs, &image, &unfit)?;
        let (has, wanted) = (&config.platform, target::in_oci(self.target));
        if !has.suits(&wanted) {
            return Err(unfit(&format!("it is for {has}, and the image is to be for {wanted}")));
        }
        self.standing_on(&manifest, config, &unfit)
    }

    /// Copies the layers of another layout's image, each compared with its digest.
    pub(super) fn take_over(
        &self,
        theirs: &Layout,
        image: &Descriptor,
        unfit: &dyn Fn(&dyn std::fmt::Display) -> Stopped,
    ) -> Result<(Manifest, ImageConfig), Stopped> {
        let manifest: Manifest = theirs.manifest(image).map_err(|why| unfit(&why))?;
        let config: ImageConfig = theirs.parsed(&manifest.config).map_err(|why| unfit(&why))?;
        for layer in &manifest.layers {
            if !self.layout.has(layer) {
                let blob = theirs.proven(layer).map_err(|why| unfit(&why))?;
                self.layout.put(layer, blob)?;
            }
        }
        Ok((manifest, config))
    }

    /// A base of which all layers are in the layout.
    pub(super) fn standing_on(
        &self,
        manifest: &Manifest,
        config: ImageConfig,
        unfit: &dyn Fn(&dyn std::fmt::Display) -> Stopped,
    ) -> Result<BaseLayers, Stopped> {
        if config.rootfs.diff_ids.len() != manifest.layers.len() {
            return Err(unfit(&"its layers and their digests don't match"));
        }
        let source = |layer: &Descriptor| {
            let unknown = || unfit(&format!("a layer is of the type `{}`", layer.media_type));
            LayerSource::of(&self.layout, layer).ok_or_else(unknown)
        };
        let sources: Result<Vec<LayerSource>, Stopped> =
            manifest.layers.iter().map(source).collect();
        let sources = sources?;
        let known = self.known(manifest, &sources).map_err(|why| unfit(&why))?;
        let diff_ids = config.rootfs.diff_ids.iter().copied();
        Ok(BaseLayers {
            layers: manifest.layers.iter().cloned().zip(diff_ids).collect(),
            size: known.size,
            origin: None,
            config: Some(config),
            inventory: known.installed.inventory,
            gaps: known.installed.gaps,
            python: known.python,
            findings: Vec::new(),
            to_search: Vec::new(),
        })
    }

    /// What its files tell, which is a function of its layers and kept with them.
    fn known(&self, manifest: &Manifest, sources: &[LayerSource]) -> Result<Known, ArchiveError> {
        // The number is that of how they are read.
        let digests: Vec<Sha256> = manifest.layers.iter().map(|layer| layer.digest).collect();
        let name = Digest::of(format!("files 1 {digests:?}").as_bytes());
        let kept = self.cache.join("bases").join(format!("{name}.json"));
        let read = fs::read(&kept).ok();
        if let Some(known) = read.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
            return Ok(known);
        }
        let limits = Limits::default();
        let tree = Tree::of(sources, &limits)?;
        let installed = installed(sources, &tree, &limits)?;
        let version_of = |name: &str| {
            let mut all = installed.inventory.packages.iter();
            all.find(|package| package.name == name).map(|package| package.version.clone())
        };
        let python = Python::find(tree.iter().map(|(path, _)| path), version_of);
        let known = Known { size: tree.written().iter().sum(), installed, python };
        // What can't be kept is found out again.
        let _ = keep(&kept, &known);
        Ok(known)
    }
}

/// Keeps something as JSON; it appears whole.
pub(super) fn keep(path: &Path, what: &impl Serialize) -> Result<(), Stopped> {
    let failed = |error| Stopped::Failed(broken("what is known can't be kept", &error));
    let directory = path.parent().unwrap_or(path);
    fs::create_dir_all(directory).map_err(failed)?;
    let mut file = tempfile::NamedTempFile::new_in(directory).map_err(failed)?;
    let json = serde_json::to_vec(what).unwrap_or_default();
    file.write_all(&json).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}
