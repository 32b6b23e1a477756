use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tollgate_engine::{PortError, PortErrorKind, Store, StoredObject};
use tollgate_model::{Digest, OutputKind, OutputRef, RelPath};

/// A store in memory.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<BTreeMap<Digest, Vec<u8>>>);

impl MemoryStore {
    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<Digest, Vec<u8>>) -> T) -> T {
        // A crash test leaves the lock poisoned; what is in the map is whole all the same.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps `bytes` and refers to them as a file.
    #[must_use]
    pub fn file(&self, bytes: &[u8]) -> OutputRef {
        let digest = Digest::of(bytes);
        self.with(|objects| objects.insert(digest, bytes.to_vec()));
        OutputRef { kind: OutputKind::File, digest, bytes: bytes.len() as u64, files: 1 }
    }

    /// Gives an object other bytes than its digest says, as a broken disk would.
    pub fn damage(&self, digest: &Digest) {
        self.with(|objects| objects.insert(*digest, b"damaged".to_vec()));
    }
}

impl Store for MemoryStore {
    fn put(&self, bytes: &[u8]) -> Result<Digest, PortError> {
        Ok(self.file(bytes).digest)
    }

    fn get(&self, digest: &Digest) -> Result<Vec<u8>, PortError> {
        let error = |kind| PortError::new("store", kind, format!("no sound object {digest}"));
        let bytes = self.with(|objects| objects.get(digest).cloned());
        let bytes = bytes.ok_or_else(|| error(PortErrorKind::NotFound))?;
        match Digest::of(&bytes) == *digest {
            true => Ok(bytes),
            false => Err(error(PortErrorKind::Permanent)),
        }
    }

    // A tree is not taken apart here; its bytes stand for the file in it.
    fn get_in(&self, tree: &Digest, _file: &RelPath) -> Result<Vec<u8>, PortError> {
        self.get(tree)
    }

    fn has(&self, output: &OutputRef) -> bool {
        self.with(|objects| {
            objects.get(&output.digest).map(|b| b.len() as u64) == Some(output.bytes)
        })
    }

    fn list(&self) -> Result<Vec<StoredObject>, PortError> {
        let object = |(digest, bytes): (&Digest, &Vec<u8>)| StoredObject {
            digest: *digest,
            bytes: bytes.len() as u64,
        };
        Ok(self.with(|objects| objects.iter().map(object).collect()))
    }

    fn remove(&self, digest: &Digest) -> Result<(), PortError> {
        self.with(|objects| objects.remove(digest));
        Ok(())
    }

    fn verify(&self, digest: &Digest) -> Result<Option<String>, PortError> {
        match self.get(digest) {
            Ok(_) => Ok(None),
            Err(error) if error.kind == PortErrorKind::Permanent => Ok(Some(error.message)),
            Err(error) => Err(error),
        }
    }
}
