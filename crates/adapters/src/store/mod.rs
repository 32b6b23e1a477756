//! Content by digest, on the local disk.
//!
//! ```text
//! store/blobs/ab/cdef…       a file's bytes
//! store/trees/ab/cdef…/      a directory as a step left it, ready to be mounted
//! store/trees/ab/cdef….list  its listing; its presence says that the tree is whole
//! store/tmp/                 what is being written
//! ```
//!
//! An object appears by one rename, so a crash can't leave a torn one under its digest. Content
//! is not flushed to the disk at once (20 000 flushes would take minutes): after a power failure
//! an object may be short, which its size shows before it is used, and `verify` in full.
//!
//! What is copied out is proven: the copy is read and compared with its digest. What is mounted
//! is not read beforehand; of a tree every kind and size is compared with the listing. An object
//! that is found damaged is no longer there for `has`, so its step runs again.

mod blob;
mod copy;
mod listing;
mod take;
mod tree;

#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use tollgate_engine::{PortError, PortErrorKind, Store, StoredObject};
use tollgate_model::{Digest, OutputKind, OutputRef, RelPath};

pub(crate) use blob::digest_of;
pub(crate) use copy::copy_file;
pub(crate) use take::{executable, set_times};

const SYSTEM: &str = "store";

/// The store in a state directory.
#[derive(Debug)]
pub struct DiskStore {
    root: PathBuf,
    next: AtomicU64,
    #[cfg(test)]
    points: tests::Points,
}

impl DiskStore {
    /// The store at `root`, which is made where it is missing.
    ///
    /// # Errors
    /// The directories can't be made.
    pub fn open(root: &Path) -> Result<Self, PortError> {
        for part in ["blobs", "trees", "tmp"] {
            let dir = root.join(part);
            fs::create_dir_all(&dir).map_err(|e| io(format!("can't make {}", dir.display()), e))?;
        }
        Ok(Self {
            root: root.to_owned(),
            next: AtomicU64::new(0),
            #[cfg(test)]
            points: tests::Points::default(),
        })
    }

    /// Where the bytes of a file are.
    #[must_use]
    pub fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.place("blobs", digest)
    }

    /// Where a tree is. It must not be changed.
    #[must_use]
    pub fn tree_path(&self, digest: &Digest) -> PathBuf {
        self.place("trees", digest)
    }

    /// Removes what was being written when an engine died. Call it under the lease.
    ///
    /// # Errors
    /// Something of it is there still.
    pub fn clear_tmp(&self) -> Result<(), PortError> {
        let tmp = self.root.join("tmp");
        let failed = |e| io(format!("can't empty {}", tmp.display()), e);
        fs::remove_dir_all(&tmp).map_err(failed)?;
        fs::create_dir_all(&tmp).map_err(failed)
    }

    fn place(&self, sort: &str, digest: &Digest) -> PathBuf {
        let hex = digest.to_string();
        self.root.join(sort).join(&hex[..2]).join(&hex[2..])
    }

    fn list_path(&self, digest: &Digest) -> PathBuf {
        self.place("trees", digest).with_extension("list")
    }

    /// Stands before each change of the disk, so that tests can let the process die there.
    #[cfg_attr(not(test), expect(clippy::unused_self, reason = "only tests have points"))]
    fn point(&self) {
        #[cfg(test)]
        self.points.pass();
    }

    /// A path of its own to write to.
    fn tmp_path(&self) -> PathBuf {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.root.join("tmp").join(format!("{}-{number}", std::process::id()))
    }
}

impl Store for DiskStore {
    fn put(&self, bytes: &[u8]) -> Result<Digest, PortError> {
        self.put_blob(bytes)
    }

    fn get(&self, digest: &Digest) -> Result<Vec<u8>, PortError> {
        let bytes = read(&self.blob_path(digest), digest)?;
        match Digest::of(&bytes) == *digest {
            true => Ok(bytes),
            false => Err(damaged(&format!("the object {digest} has other bytes than it should"))),
        }
    }

    fn get_in(&self, tree: &Digest, file: &RelPath) -> Result<Vec<u8>, PortError> {
        self.read_in_tree(tree, file)
    }

    fn has(&self, output: &OutputRef) -> bool {
        match output.kind {
            OutputKind::Tree => self.has_tree(output),
            OutputKind::File | OutputKind::Executable => {
                let there = fs::metadata(self.blob_path(&output.digest));
                there.is_ok_and(|there| there.len() == output.bytes)
            }
        }
    }

    fn list(&self) -> Result<Vec<StoredObject>, PortError> {
        let mut objects = self.list_blobs()?;
        objects.extend(self.list_trees()?);
        Ok(objects)
    }

    fn remove(&self, digest: &Digest) -> Result<(), PortError> {
        self.remove_tree(digest)?;
        self.point();
        remove_entry(&self.blob_path(digest))
    }

    fn verify(&self, digest: &Digest) -> Result<Option<String>, PortError> {
        if self.list_path(digest).exists() {
            return self.verify_tree(digest);
        }
        self.verify_blob(digest)
    }
}

fn read(path: &Path, digest: &Digest) -> Result<Vec<u8>, PortError> {
    fs::read(path).map_err(|e| io(format!("can't read the object {digest}"), e))
}

// A directory in the place of an object is damage, and goes too.
fn remove_entry(path: &Path) -> Result<(), PortError> {
    let removed = match fs::remove_file(path) {
        Err(e) if e.kind() == std::io::ErrorKind::IsADirectory => fs::remove_dir_all(path),
        removed => removed,
    };
    match removed {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(io(format!("can't remove {}", path.display()), e))
        }
        _ => Ok(()),
    }
}

fn io(doing: String, source: std::io::Error) -> PortError {
    PortError::io(SYSTEM, doing, source)
}

fn damaged(message: &str) -> PortError {
    let remedy = "remove it with `tollgate store verify --remove`; its step will run again";
    PortError::new(SYSTEM, PortErrorKind::Permanent, format!("{message}; {remedy}"))
}

/// The directories and files directly in `dir`; none where it doesn't exist.
fn children(dir: &Path) -> Result<Vec<fs::DirEntry>, PortError> {
    let failed = |e| io(format!("can't list {}", dir.display()), e);
    match fs::read_dir(dir) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(failed(e)),
        Ok(entries) => entries.collect::<Result<_, _>>().map_err(failed),
    }
}
