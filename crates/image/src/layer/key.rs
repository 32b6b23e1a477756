//! Under which keys packed things are kept.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use super::Packing;
use crate::entry::Entry;
use crate::oci::Sha256;

/// Raised when the same entries are packed into other bytes, or a record is written otherwise.
const FORMAT: u32 = 1;

/// What a segment is made of: whose files, from what, with which options, how packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SegmentKey(Sha256);

/// What a layer is made of: its segments and directories, and how they are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LayerKey(Sha256);

impl SegmentKey {
    /// The key of what `owner` brings, from all that decides about it: the digest of a wheel, where
    /// it is put, whether its modules are compiled.
    #[must_use]
    pub fn of(owner: &str, from: &[&str], packing: &Packing) -> Self {
        let mut hash = Fields::new("segment");
        hash.add(owner).packing(packing);
        from.iter().for_each(|part| {
            hash.add(part);
        });
        Self(hash.finish())
    }
}

impl LayerKey {
    /// The key of a layer of these segments, which are in their order.
    pub(super) fn of(
        segments: impl IntoIterator<Item = SegmentKey>,
        directories: &[Entry],
        packing: &Packing,
    ) -> Self {
        let mut hash = Fields::new("layer");
        hash.packing(packing);
        let mut directories: Vec<&Entry> = directories.iter().collect();
        directories.sort_by_key(|entry| &entry.path);
        hash.add(&directories.len().to_string());
        for entry in directories {
            hash.add(entry.path.as_str());
            hash.add(&format!("{:o} {} {}", entry.mode, entry.uid, entry.gid));
        }
        segments.into_iter().for_each(|key| {
            hash.add(&key.0.to_string());
        });
        Self(hash.finish())
    }
}

impl fmt::Display for SegmentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.hex())
    }
}

impl fmt::Display for LayerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.hex())
    }
}

/// A digest over texts, each with its length in front, so that none can pass for two.
struct Fields(sha2::Sha256);

impl Fields {
    fn new(kind: &str) -> Self {
        let mut fields = Self(sha2::Sha256::new());
        fields.add("tollgate image").add(kind).add(&FORMAT.to_string());
        fields
    }

    fn add(&mut self, text: &str) -> &mut Self {
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text);
        self
    }

    fn packing(&mut self, packing: &Packing) -> &mut Self {
        self.add(&format!("{:?} {} {}", packing.compression, packing.level, packing.time))
    }

    fn finish(self) -> Sha256 {
        Sha256::from_bytes(self.0.finalize().into())
    }
}
