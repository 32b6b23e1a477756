//! Remembering an upload, so that another process goes on with it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use tollgate_image::oci::Sha256;

use super::error::RegistryError;
use super::url::Url;

/// No address is longer.
const LONGEST: u64 = 16 << 10;

/// The memory of one upload. While it is held nobody else goes on with the same one.
pub(super) struct Memory {
    path: PathBuf,
    file: File,
}

impl Memory {
    /// The memory of the upload of `blob` to `place`; none where another process holds it.
    pub(super) fn open(
        directory: &Path,
        place: &str,
        blob: Sha256,
    ) -> Result<Option<Self>, RegistryError> {
        let path = directory.join(Sha256::of(format!("{place}@{blob}").as_bytes()).hex());
        let open = || {
            fs::create_dir_all(directory)?;
            // An address may hold what allows to go on with it: it is its owner's alone.
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(&path)?;
            match file.try_lock() {
                Ok(()) => Ok(Some(file)),
                Err(fs::TryLockError::WouldBlock) => Ok(None),
                Err(fs::TryLockError::Error(error)) => Err(error),
            }
        };
        let file = open().map_err(|source| RegistryError::State { path: path.clone(), source })?;
        Ok(file.map(|file| Self { path, file }))
    }

    /// Where the upload goes on, if there is one.
    pub(super) fn recall(&mut self) -> Option<Url> {
        let mut text = String::new();
        self.file.rewind().ok()?;
        (&self.file).take(LONGEST).read_to_string(&mut text).ok()?;
        // What was written by halves lacks its end.
        Url::parse(text.strip_suffix('\n')?)
    }

    pub(super) fn remember(&mut self, at: &Url) -> Result<(), RegistryError> {
        let mut write = || {
            self.file.set_len(0)?;
            self.file.rewind()?;
            writeln!(self.file, "{}", at.text())
        };
        write()
            .map_err(|source: io::Error| RegistryError::State { path: self.path.clone(), source })
    }

    pub(super) fn forget(self) {
        // What stays is asked for once more, and found to be over.
        let _ = fs::remove_file(&self.path);
    }
}

impl Drop for Memory {
    // A process that is being started has all open files for a moment, and would hold the lock.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_is_remembered_by_one_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let open = || Memory::open(dir.path(), "r.example/a", Sha256::of(b"")).unwrap();
        let mut memory = open().unwrap();
        assert_eq!(memory.recall(), None);
        let at = Url::parse("https://r.example/v2/a/blobs/uploads/1?_state=s").unwrap();
        memory.remember(&at).unwrap();
        assert_eq!(memory.recall(), Some(at.clone()));
        assert!(open().is_none());
        drop(memory);
        let mut again = open().unwrap();
        assert_eq!(again.recall(), Some(at));
        again.file.set_len(20).unwrap();
        assert_eq!(again.recall(), None);
        again.forget();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
