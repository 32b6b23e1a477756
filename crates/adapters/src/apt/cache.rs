//! Files by their digest. What is there is whole; what is not whole yet is elsewhere.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use tollgate_image::oci::{Sha256, Sha256Writer};

use super::AptError;

pub(super) struct Cache {
    root: PathBuf,
}

impl Cache {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    fn path(&self, digest: Sha256) -> PathBuf {
        self.root.join("sha256").join(digest.hex())
    }

    /// The file with this digest, if it is there. Its bytes are looked at: disks forget.
    pub(super) fn get(&self, digest: Sha256) -> Result<Option<PathBuf>, AptError> {
        let path = self.path(digest);
        match digest_of(&path) {
            Ok(found) if found == digest => Ok(Some(path)),
            Ok(_) => fs::remove_file(&path).map(|()| None).map_err(|e| unusable(&path, e)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unusable(&path, error)),
        }
    }

    /// The file in which a download grows, for us alone until it is closed.
    pub(super) fn partial(&self, digest: Sha256) -> Result<(File, PathBuf), AptError> {
        let path = self.root.join("partial").join(digest.hex());
        let opened = (|| {
            fs::create_dir_all(self.root.join("partial"))?;
            fs::create_dir_all(self.root.join("sha256"))?;
            let mut options = OpenOptions::new();
            let file = options.read(true).write(true).create(true).truncate(false).open(&path)?;
            file.lock()?;
            Ok(file)
        })();
        opened.map(|file| (file, path.clone())).map_err(|error| unusable(&path, error))
    }

    /// Gives a whole download its place.
    pub(super) fn keep(&self, partial: &Path, digest: Sha256) -> Result<PathBuf, AptError> {
        let path = self.path(digest);
        let moved = fs::rename(partial, &path);
        moved.map(|()| path.clone()).map_err(|error| unusable(&path, error))
    }
}

/// The digest of a file.
pub(super) fn digest_of(path: &Path) -> io::Result<Sha256> {
    let mut writer = Sha256Writer::new(io::sink());
    io::copy(&mut File::open(path)?, &mut writer)?;
    Ok(writer.finish().0)
}

pub(super) fn unusable(path: &Path, source: io::Error) -> AptError {
    AptError::Cache { path: path.to_owned(), source }
}
