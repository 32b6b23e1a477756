//! The files of a base and its packages, kept from build to build: a change of the application is no
//! reason to unpack all the rest again.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tollgate_image::oci::Descriptor;
use tollgate_image::{Content, Entry, EntryKind, LayerSource, Limits, Ownership, flatten};
use tollgate_model::Digest;

use crate::workspace::image::Bench;
use crate::workspace::image::error::{Stopped, broken};

/// So many are kept beside those that are in use.
const KEPT: usize = 2;

/// Unpacked layers, which stay while this is there.
pub(super) struct Root<'a> {
    pub(super) path: PathBuf,
    pub(super) layers: Vec<&'a Descriptor>,
    _lock: File,
}

impl Bench<'_> {
    pub(super) fn root<'l>(&self, layers: &[&'l Descriptor]) -> Result<Root<'l>, Stopped> {
        let failed = |error| Stopped::Failed(broken("the image can't be unpacked", &error));
        let roots = self.cache.join("roots");
        fs::create_dir_all(&roots).map_err(failed)?;
        let digests: Vec<String> = layers.iter().map(|it| it.digest.to_string()).collect();
        let name = Digest::of(format!("{digests:?}").as_bytes()).to_string();
        let (path, lock) = (roots.join(&name), roots.join(format!("{name}.lock")));
        let lock = File::create(lock).map_err(failed)?;
        lock.lock_shared().map_err(failed)?;
        if !path.is_dir() {
            forget(&roots).map_err(failed)?;
            let partial = self.scratch.path().join("root");
            self.unpack_into(&partial, layers)?;
            match fs::rename(&partial, &path) {
                // Somebody else was faster.
                Err(_) if path.is_dir() => {}
                done => done.map_err(failed)?,
            }
        }
        Ok(Root { path, layers: layers.to_vec(), _lock: lock })
    }

    pub(super) fn unpack_into(&self, root: &Path, layers: &[&Descriptor]) -> Result<(), Stopped> {
        let sources = layers.iter().map(|layer| self.layer_source(layer));
        let sources: Result<Vec<LayerSource>, Stopped> = sources.collect();
        flatten(&sources?, &Limits::default(), Ownership::Mine, root)
            .map(drop)
            .map_err(|error| broken("the image can't be unpacked", &error).into())
    }
}

impl Root<'_> {
    /// Leaves the bytecode of packages with them, so that it is not compiled again for the next
    /// application, and is imported faster.
    pub(super) fn learn(&self, modules: &[Entry]) -> io::Result<()> {
        for entry in modules {
            let EntryKind::File(Content::Bytes(bytes)) = &entry.kind else { continue };
            let to = self.path.join(entry.path.as_str());
            if !to.exists() {
                let directory = to.parent().unwrap_or(&self.path);
                fs::create_dir_all(directory)?;
                let mut file = tempfile::NamedTempFile::new_in(directory)?;
                file.write_all(bytes)?;
                file.persist(&to).map_err(|error| error.error)?;
            }
        }
        Ok(())
    }
}

/// Removes the oldest roots of those that nobody uses.
fn forget(roots: &Path) -> io::Result<()> {
    let mut all: Vec<(SystemTime, PathBuf)> = Vec::new();
    for entry in fs::read_dir(roots)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            all.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    all.sort();
    // The one that is to come makes them as many as are kept.
    let too_many = (all.len() + 1).saturating_sub(KEPT);
    for (_, path) in all.into_iter().take(too_many) {
        let lock = path.with_extension("lock");
        if File::open(&lock).is_ok_and(|lock| lock.try_lock().is_ok()) {
            fs::remove_dir_all(&path)?;
            fs::remove_file(&lock)?;
        }
    }
    Ok(())
}
