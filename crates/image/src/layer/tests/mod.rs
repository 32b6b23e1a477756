mod hostile;
mod made;
mod round;

use std::io::Read as _;

use super::*;
use crate::archive::{ArchiveError, Limits};
use crate::entry::{Content, Entry};
use crate::path::ImagePath;

pub(super) fn path(text: &str) -> ImagePath {
    text.parse().unwrap()
}

pub(super) fn file(name: &str, text: &str) -> Entry {
    Entry::file(path(name), Content::Bytes(text.into()), false)
}

/// A layer of these owners' entries, in memory.
pub(super) fn layer(owners: &[(&str, Vec<Entry>)], packing: &Packing) -> (Layer, Vec<u8>) {
    let segments =
        owners.iter().map(|(owner, entries)| Segment::in_memory(owner, entries, packing).unwrap());
    let plan = LayerPlan::new(segments.collect(), &[], *packing).unwrap();
    plan.write(Vec::new(), 2).unwrap()
}

/// All that a reader says of a layer, with the contents of its files.
pub(super) fn read(
    bytes: &[u8],
    compression: Compression,
    limits: &Limits,
) -> Result<Vec<(LayerEntry, Vec<u8>)>, ArchiveError> {
    let mut reader = LayerReader::new(bytes, compression, "layer", limits)?;
    let mut all = Vec::new();
    while let Some(entry) = reader.next_entry()? {
        let mut content = Vec::new();
        reader.read_to_end(&mut content).map_err(|error| reader.failure(error))?;
        all.push((entry, content));
    }
    Ok(all)
}
