//! What two segments bring to the same place.

use std::collections::{BTreeSet, HashMap};
use std::io::{Read, Write};

use super::error::{LayerError, io};
use super::plain;
use super::segment::{Item, Segment, SegmentRecord};
use super::tape::{PIECE, Tape};
use crate::path::ImagePath;

/// For each segment the paths that one before it brings already, in the same form.
///
/// # Errors
/// Two bring different things to one place.
pub(super) fn repeated(segments: &[Segment]) -> Result<Vec<BTreeSet<ImagePath>>, LayerError> {
    let held: usize = segments.iter().map(|segment| segment.record.items.len()).sum();
    let mut first: HashMap<&ImagePath, (&SegmentRecord, &Item)> = HashMap::with_capacity(held);
    let mut all = Vec::with_capacity(segments.len());
    for segment in segments {
        let mut repeated = BTreeSet::new();
        for item in &segment.record.items {
            let Some((owner, other)) = first.get(&item.path) else {
                first.insert(&item.path, (&segment.record, item));
                continue;
            };
            if other.identity != item.identity {
                return Err(LayerError::Conflict {
                    path: item.path.clone(),
                    first: owner.owner.clone(),
                    second: segment.record.owner.clone(),
                });
            }
            repeated.insert(item.path.clone());
        }
        all.push(repeated);
    }
    Ok(all)
}

/// Packs a segment anew without what lies at `paths`.
///
/// # Errors
/// The segment can't be read, or `to` can't be written.
pub(super) fn without<W: Write>(
    segment: &Segment,
    paths: &BTreeSet<ImagePath>,
    to: W,
) -> Result<(SegmentRecord, W), LayerError> {
    let SegmentRecord { owner, packing, items, .. } = &segment.record;
    let failed = || io(format!("{owner} can't be packed again"));
    let mut tape = Tape::new(to, packing).map_err(failed())?;
    let mut from = plain::reader(segment)?;
    let mut kept = Vec::new();
    for item in items {
        let keeps = !paths.contains(&item.path);
        pass(&mut from, item.packed_as, |piece| if keeps { tape.raw(piece) } else { Ok(()) })
            .map_err(failed())?;
        if keeps {
            kept.push(item.clone());
        }
    }
    let (written, to) = tape.finish().map_err(failed())?;
    Ok((SegmentRecord::of(owner, *packing, &written, kept), to))
}

fn pass(
    from: &mut impl Read,
    mut bytes: u64,
    mut to: impl FnMut(&[u8]) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let mut piece = vec![0; PIECE.min(bytes as usize)];
    while bytes > 0 {
        let now = piece.len().min(bytes as usize);
        from.read_exact(&mut piece[..now])?;
        to(&piece[..now])?;
        bytes -= now as u64;
    }
    Ok(())
}
