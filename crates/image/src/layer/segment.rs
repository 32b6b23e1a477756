//! A set of files as one packed member of an archive.

use std::collections::BTreeSet;
use std::io::Write;

use serde::{Deserialize, Serialize};

use super::compression::Packing;
use super::error::{LayerError, io};
use super::tape::{Tape, Written};
use crate::entry::{Content, Entry, EntryKind};
use crate::oci::Sha256;
use crate::path::ImagePath;

/// A set of files, packed.
#[derive(Clone, Debug)]
pub struct Segment {
    /// What is known of it.
    pub record: SegmentRecord,
    /// Its packed bytes.
    pub content: Content,
}

/// What is known of a segment without reading it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentRecord {
    /// Who brings it: `numpy 2.4.1`.
    pub owner: String,
    /// How it is packed.
    pub packing: Packing,
    /// Of its packed bytes.
    pub digest: Sha256,
    /// Packed bytes.
    pub size: u64,
    /// Unpacked bytes, headers and padding included.
    pub plain_size: u64,
    /// What it holds, in its order: files and symbolic links by path, then hard links by path.
    pub items: Vec<Item>,
}

/// One entry of a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Where it is.
    pub path: ImagePath,
    /// Bytes of its content.
    pub size: u64,
    /// Bytes that it takes in the archive, with header and padding.
    pub packed_as: u64,
    /// Of those bytes: equal for what is equal in path, kind, mode, owner and content.
    pub identity: Sha256,
}

impl Segment {
    /// Packs files and links, in whatever order they come, into `to`.
    ///
    /// # Errors
    /// An entry can't be in a segment, its content is not as told, or `to` can't be written.
    pub fn pack<W: Write>(
        owner: &str,
        entries: &[Entry],
        packing: &Packing,
        to: W,
    ) -> Result<(SegmentRecord, W), LayerError> {
        let entries = in_order(owner, entries)?;
        let mut tape = Tape::new(to, packing).map_err(io(format!("{owner} can't be packed")))?;
        let items: Result<_, _> = entries.iter().map(|entry| tape.entry(owner, entry)).collect();
        let items = items?;
        let (written, to) = tape.finish().map_err(io(format!("{owner} can't be packed")))?;
        Ok((SegmentRecord::of(owner, *packing, &written, items), to))
    }

    /// Packs files and links in memory.
    ///
    /// # Errors
    /// As for [`Segment::pack`].
    pub fn in_memory(
        owner: &str,
        entries: &[Entry],
        packing: &Packing,
    ) -> Result<Self, LayerError> {
        let (record, bytes) = Self::pack(owner, entries, packing, Vec::new())?;
        Ok(Self { record, content: Content::Bytes(bytes) })
    }
}

impl SegmentRecord {
    pub(super) fn of(owner: &str, packing: Packing, written: &Written, items: Vec<Item>) -> Self {
        let Written { digest, size, plain } = *written;
        Self { owner: owner.to_owned(), packing, digest, size, plain_size: plain, items }
    }
}

/// Hard links come last, as what they link to must be there before them.
fn in_order<'a>(owner: &str, entries: &'a [Entry]) -> Result<Vec<&'a Entry>, LayerError> {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    let is_link = |entry: &Entry| matches!(entry.kind, EntryKind::Hardlink(_));
    sorted.sort_by_key(|entry| (is_link(entry), &entry.path));
    let mut paths = BTreeSet::new();
    let mut files = BTreeSet::new();
    for entry in &sorted {
        if !paths.insert(&entry.path) {
            return Err(LayerError::refused(owner, &entry.path, "is there twice"));
        }
        if matches!(entry.kind, EntryKind::File(_)) {
            files.insert(&entry.path);
        }
        sound(entry, &files).map_err(|why| LayerError::refused(owner, &entry.path, why))?;
    }
    Ok(sorted)
}

fn sound(entry: &Entry, files: &BTreeSet<&ImagePath>) -> Result<(), String> {
    if entry.path.as_str().split('/').any(|part| part.starts_with(".wh.")) {
        return Err("has a name by which layers delete files".to_owned());
    }
    if entry.mode & !0o7777 != 0 {
        return Err(format!("has the mode {:o}, which is none", entry.mode));
    }
    match &entry.kind {
        EntryKind::Directory => Err("is a directory, which no segment holds".to_owned()),
        EntryKind::File(_) => Ok(()),
        EntryKind::Symlink(target) if target.is_empty() || target.contains('\0') => {
            Err("links to what is no name".to_owned())
        }
        EntryKind::Symlink(target) if target.len() > 4095 => {
            Err("links to a name that is too long".to_owned())
        }
        EntryKind::Symlink(_) => Ok(()),
        EntryKind::Hardlink(target) if files.contains(target) => Ok(()),
        EntryKind::Hardlink(target) => {
            Err(format!("is a hard link to `{target}`, which is no file of the same owner"))
        }
    }
}
