//! Packed segments and known layers on disk, by key.
//!
//! ```text
//! segments/<digest>     packed bytes
//! records/<key>         what is known of a segment, under a digest of its own
//! layers/<key>          the same of a layer; its bytes lie in an image layout
//! ```
//!
//! Everything appears by one rename, the record after the bytes. What is missing, cut off or changed
//! is not there; all of it may be deleted at any time.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::NamedTempFile;

use super::compression::Packing;
use super::duplicates::without;
use super::error::{LayerError, io};
use super::key::{LayerKey, SegmentKey};
use super::segment::{Segment, SegmentRecord};
use super::whole::Layer;
use crate::entry::{Content, Entry};
use crate::oci::Sha256;
use crate::path::ImagePath;

/// A directory of packed segments.
#[derive(Debug)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// The cache at `root`, which is made where it is missing.
    ///
    /// # Errors
    /// Its directories can't be made.
    pub fn open(root: &Path) -> Result<Self, LayerError> {
        for part in ["segments", "records", "layers"] {
            let dir = root.join(part);
            fs::create_dir_all(&dir).map_err(io(format!("can't make {}", dir.display())))?;
        }
        Ok(Self { root: root.to_owned() })
    }

    /// The segment under `key`, if it is there with the size that it should have. Its digest is
    /// compared when it is used.
    #[must_use]
    pub fn segment(&self, key: &SegmentKey) -> Option<Segment> {
        let record: SegmentRecord = recorded(&self.record(key))?;
        let path = self.bytes(&record.digest);
        let size = fs::metadata(&path).ok()?.len();
        let content = Content::Disk { path, size };
        (size == record.size).then_some(Segment { record, content })
    }

    /// Packs `entries` and keeps them under `key`.
    ///
    /// # Errors
    /// As for [`Segment::pack`].
    pub fn pack(
        &self,
        key: &SegmentKey,
        owner: &str,
        entries: &[Entry],
        packing: &Packing,
    ) -> Result<Segment, LayerError> {
        self.keep(key, |to| Segment::pack(owner, entries, packing, to))
    }

    /// A segment without some of its paths, which is kept as well and only packed `again` if asked.
    pub(super) fn without(
        &self,
        segment: &Segment,
        paths: &BTreeSet<ImagePath>,
        again: bool,
    ) -> Result<Segment, LayerError> {
        let SegmentRecord { owner, packing, digest, .. } = &segment.record;
        let digest = digest.to_string();
        let mut from = vec!["without", digest.as_str()];
        from.extend(paths.iter().map(ImagePath::as_str));
        let key = SegmentKey::of(owner, &from, packing);
        match self.segment(&key).filter(|_| !again) {
            Some(segment) => Ok(segment),
            None => self.keep(&key, |to| without(segment, paths, to)),
        }
    }

    /// Forgets the segment under `key`, so that it is packed again.
    pub(super) fn forget(&self, key: &SegmentKey) {
        if let Some(record) = recorded::<SegmentRecord>(&self.record(key)) {
            let _ = fs::remove_file(self.bytes(&record.digest));
        }
        let _ = fs::remove_file(self.record(key));
    }

    pub(super) fn layer(&self, key: &LayerKey) -> Option<Layer> {
        recorded(&self.root.join("layers").join(key.to_string()))
    }

    pub(super) fn keep_layer(&self, key: &LayerKey, layer: &Layer) -> Result<(), LayerError> {
        self.write_record("layers", &key.to_string(), layer)
    }

    fn keep(
        &self,
        key: &SegmentKey,
        pack: impl FnOnce(BufWriter<File>) -> Result<(SegmentRecord, BufWriter<File>), LayerError>,
    ) -> Result<Segment, LayerError> {
        let failed = || io("what was packed can't be kept");
        let dir = self.root.join("segments");
        let file = NamedTempFile::new_in(&dir).map_err(failed())?;
        let to = BufWriter::with_capacity(1 << 16, file.reopen().map_err(failed())?);
        let (record, mut to) = pack(to)?;
        to.flush().map_err(failed())?;
        let path = self.bytes(&record.digest);
        file.persist(&path).map_err(|error| failed()(error.error))?;
        self.write_record("records", &key.to_string(), &record)?;
        let content = Content::Disk { path, size: record.size };
        Ok(Segment { record, content })
    }

    fn write_record(
        &self,
        dir: &str,
        name: &str,
        record: &impl Serialize,
    ) -> Result<(), LayerError> {
        let failed = || io("what is known of a layer can't be kept");
        let dir = self.root.join(dir);
        let text = serde_json::to_string(record).map_err(|error| failed()(error.into()))?;
        let mut file = NamedTempFile::new_in(&dir).map_err(failed())?;
        writeln!(file, "{}", Sha256::of(text.as_bytes())).map_err(failed())?;
        file.write_all(text.as_bytes()).map_err(failed())?;
        file.persist(dir.join(name)).map_err(|error| failed()(error.error))?;
        Ok(())
    }

    fn record(&self, key: &SegmentKey) -> PathBuf {
        self.root.join("records").join(key.to_string())
    }

    fn bytes(&self, digest: &Sha256) -> PathBuf {
        self.root.join("segments").join(digest.hex())
    }
}

fn recorded<T: DeserializeOwned>(path: &Path) -> Option<T> {
    let text = fs::read_to_string(path).ok()?;
    let (digest, json) = text.split_once('\n')?;
    let whole = digest.parse() == Ok(Sha256::of(json.as_bytes()));
    whole.then(|| serde_json::from_str(json).ok()).flatten()
}
