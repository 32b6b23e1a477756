//! Files in the store.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use tollgate_engine::{PortError, StoredObject};
use tollgate_model::Digest;

use super::{DiskStore, children, io as failed};

impl DiskStore {
    pub(super) fn put_blob(&self, bytes: &[u8]) -> Result<Digest, PortError> {
        let digest = Digest::of(bytes);
        // One that is damaged is written anew. What is put this way is small enough to be read.
        if fs::read(self.blob_path(&digest)).is_ok_and(|there| there == bytes) {
            return Ok(digest);
        }
        let tmp = self.tmp_path();
        self.point();
        fs::write(&tmp, bytes).map_err(|e| failed("can't write to the store".to_owned(), e))?;
        self.adopt_blob(&tmp, &digest)?;
        Ok(digest)
    }

    /// Moves a file, whose digest is known, to its place.
    pub(super) fn adopt_blob(&self, file: &Path, digest: &Digest) -> Result<(), PortError> {
        let place = self.blob_path(digest);
        self.point();
        let moved = make_parent(&place).and_then(|()| {
            self.point();
            fs::rename(file, &place)
        });
        moved.map_err(|e| failed(format!("can't keep the object {digest}"), e))
    }

    pub(super) fn list_blobs(&self) -> Result<Vec<StoredObject>, PortError> {
        let mut objects = Vec::new();
        for shelf in children(&self.root.join("blobs"))? {
            for file in children(&shelf.path())? {
                let hex = format!("{}{}", name(&shelf), name(&file));
                let (Ok(digest), Ok(meta)) = (hex.parse(), file.metadata()) else { continue };
                objects.push(StoredObject { digest, bytes: meta.len() });
            }
        }
        Ok(objects)
    }

    pub(super) fn verify_blob(&self, digest: &Digest) -> Result<Option<String>, PortError> {
        let file = File::open(self.blob_path(digest));
        let found = file.and_then(|file| digest_of(file, &mut vec![0; 1 << 17]));
        let found = found.map_err(|e| failed(format!("can't read the object {digest}"), e))?;
        Ok((found != *digest).then(|| format!("the object {digest} holds the bytes of {found}")))
    }
}

pub(super) fn name(entry: &fs::DirEntry) -> String {
    entry.file_name().to_string_lossy().into_owned()
}

pub(super) fn make_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

/// The digest of everything that `file` holds from here on.
pub(crate) fn digest_of(mut file: impl Read, buffer: &mut [u8]) -> io::Result<Digest> {
    let mut hasher = blake3::Hasher::new();
    loop {
        match file.read(buffer) {
            Ok(0) => return Ok(Digest::from_bytes(hasher.finalize().into())),
            Ok(length) => {
                hasher.update(&buffer[..length]);
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}
