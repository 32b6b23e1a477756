//! Removing what nothing refers to.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::error::{LayoutError, io};
use super::{Layout, UNFINISHED};
use crate::oci::{Descriptor, Sha256};

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collected {
    /// How many files.
    pub blobs: u64,
    /// Bytes in them.
    pub bytes: u64,
}

impl Layout {
    /// Removes all blobs that no image of the index refers to and that are not among `keep`, and
    /// what was being written when a process died. Nobody else may be writing. Nothing is removed
    /// where an image of the index can't be read, as it can't be told what it needs.
    ///
    /// # Errors
    /// An image of the index can't be read, or the disk fails.
    pub fn collect(&self, keep: &[Descriptor]) -> Result<Collected, LayoutError> {
        let unneeded = self.unneeded(keep)?;
        for (path, _) in &unneeded {
            fs::remove_file(path).map_err(io(path))?;
        }
        Ok(Collected::of(&unneeded))
    }

    /// What [`Layout::collect`] would remove.
    ///
    /// # Errors
    /// An image of the index can't be read, or the disk fails.
    pub fn collectable(&self, keep: &[Descriptor]) -> Result<Collected, LayoutError> {
        Ok(Collected::of(&self.unneeded(keep)?))
    }

    fn unneeded(&self, keep: &[Descriptor]) -> Result<Vec<(PathBuf, u64)>, LayoutError> {
        let mut needed: HashSet<Sha256> = keep.iter().map(|blob| blob.digest).collect();
        for root in self.index()?.manifests {
            needed.extend(self.reachable(&root)?.iter().map(|blob| blob.digest));
        }
        let mut unneeded = Vec::new();
        for dir in [self.blobs(), self.root.clone()] {
            for found in fs::read_dir(&dir).map_err(io(&dir))? {
                let found = found.map_err(io(&dir))?;
                let name = found.file_name();
                let name = name.to_string_lossy();
                let is_idle = Sha256::from_hex(&name).is_ok_and(|digest| !needed.contains(&digest));
                if is_idle || name.starts_with(UNFINISHED) {
                    let bytes = found.metadata().map_err(io(&found.path()))?.len();
                    unneeded.push((found.path(), bytes));
                }
            }
        }
        Ok(unneeded)
    }
}

impl Collected {
    fn of(files: &[(PathBuf, u64)]) -> Self {
        Self { blobs: files.len() as u64, bytes: files.iter().map(|(_, bytes)| bytes).sum() }
    }
}
