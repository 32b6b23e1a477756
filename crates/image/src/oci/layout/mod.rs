//! An image layout: images as a directory. Source: OCI Image Format Specification 1.1, "Image
//! Layout".
//!
//! ```text
//! oci-layout            that it is one
//! index.json            the images by name
//! blobs/sha256/<hex>    everything else, by digest
//! ```
//!
//! Each file appears by one rename, and a blob before what refers to it: whenever a process dies,
//! what is there is whole, and what is no longer referred to is collected later. Nothing is flushed
//! to the disk; after a power failure a blob may be short, which its size shows, and its digest is
//! compared before a byte of it is used. Two may write at once; [`Layout::collect`] wants to be
//! alone.

mod blob;
mod collect;
mod error;
mod index;
mod reach;

#[cfg(test)]
mod tests;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

pub use blob::BlobWriter;
pub use collect::Collected;
pub use error::LayoutError;
use error::io;

use super::Index;

/// The name of an image in an index.
pub const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// Manifests, indexes and configurations are no longer than registries take.
const LONGEST_DOCUMENT: u64 = 4 << 20;
/// Its index grows with every release: some 200 bytes for each statement about one.
const LONGEST_INDEX: u64 = 256 << 20;

/// How what is being written is called until it is whole.
const UNFINISHED: &str = ".unfinished-";

/// A directory with images in it.
#[derive(Clone, Debug)]
pub struct Layout {
    root: PathBuf,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Marker {
    image_layout_version: String,
}

impl Layout {
    /// The layout at `root`.
    ///
    /// # Errors
    /// There is none.
    pub fn open(root: &Path) -> Result<Self, LayoutError> {
        let none = |why: String| LayoutError::NoLayout { root: root.to_owned(), why };
        let text = blob::read_at_most(&root.join("oci-layout"), LONGEST_DOCUMENT)
            .map_err(|error| none(format!("`oci-layout`: {error}")))?;
        let marker: Marker = serde_json::from_slice(&text)
            .map_err(|error| none(format!("`oci-layout`: {error}")))?;
        if !marker.image_layout_version.starts_with("1.") {
            return Err(none(format!("it has the version {:?}", marker.image_layout_version)));
        }
        Ok(Self { root: root.to_owned() })
    }

    /// The layout at `root`, which is made where there is nothing yet.
    ///
    /// # Errors
    /// It can't be made.
    pub fn create(root: &Path) -> Result<Self, LayoutError> {
        if root.join("oci-layout").exists() {
            return Self::open(root);
        }
        let layout = Self { root: root.to_owned() };
        fs::create_dir_all(layout.blobs()).map_err(io(root))?;
        if !layout.index_path().exists() {
            layout.replace("index.json", &Index::of(Vec::new()).to_bytes())?;
        }
        // Last, as it says that the rest is there.
        layout.replace("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#)?;
        Ok(layout)
    }

    /// Where it is.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn blobs(&self) -> PathBuf {
        self.root.join("blobs").join("sha256")
    }

    fn index_path(&self) -> PathBuf {
        self.root.join("index.json")
    }

    /// Puts a file in the place of another, so that either is there whole.
    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), LayoutError> {
        let path = self.root.join(name);
        let mut file = unfinished(&self.root).map_err(io(&path))?;
        file.write_all(bytes).map_err(io(&path))?;
        file.persist(&path).map_err(|error| io(&path)(error.error))?;
        Ok(())
    }
}

/// A new file that others may read once it has its name.
fn unfinished(dir: &Path) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o644));
    }
    builder.tempfile_in(dir)
}
