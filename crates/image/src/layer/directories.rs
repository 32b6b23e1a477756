//! The directories of a layer, and whether its segments go together.

use std::collections::BTreeMap;

use super::error::LayerError;
use super::segment::Segment;
use crate::entry::{Entry, EntryKind};
use crate::path::ImagePath;

/// All directories of a layer, each once and parents first: those that are asked for, and those
/// in which something lies, which are root's and open to all.
///
/// # Errors
/// One that is asked for is none, is asked for in two ways, or a segment has a file in its place.
pub(super) fn directories(asked: &[Entry], segments: &[Segment]) -> Result<Vec<Entry>, LayerError> {
    let mut all: BTreeMap<ImagePath, Entry> = BTreeMap::new();
    for entry in asked {
        let refused = |why: &str| LayerError::refused("the list of directories", &entry.path, why);
        if entry.kind != EntryKind::Directory {
            return Err(refused("is no directory"));
        }
        if all.insert(entry.path.clone(), entry.clone()).is_some_and(|other| other != *entry) {
            return Err(refused("is there twice, with other modes or owners"));
        }
    }
    let asked_for = asked.iter().map(|entry| &entry.path);
    let held = segments.iter().flat_map(|segment| &segment.record.items).map(|item| &item.path);
    let mut last = None;
    for path in asked_for.chain(held) {
        // Neighbours mostly lie in one directory.
        let parent = path.as_str().rsplit_once('/').map(|(parent, _)| parent);
        if parent == last {
            continue;
        }
        last = parent;
        for ancestor in path.ancestors() {
            all.entry(ancestor).or_insert_with_key(|path| Entry::directory(path.clone()));
        }
    }
    no_file_is_one(&all, segments)?;
    Ok(all.into_values().collect())
}

fn no_file_is_one(
    directories: &BTreeMap<ImagePath, Entry>,
    segments: &[Segment],
) -> Result<(), LayerError> {
    for segment in segments {
        let mut paths = segment.record.items.iter().map(|item| &item.path);
        if let Some(path) = paths.find(|path| directories.contains_key(*path)) {
            let why = "has something in it, or is a directory elsewhere";
            return Err(LayerError::refused(&segment.record.owner, path, why));
        }
    }
    Ok(())
}
