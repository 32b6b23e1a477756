//! A layer: directories, segments, and the end of the archive.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::thread;

use serde::{Deserialize, Serialize};

use super::compression::Packing;
use super::directories::directories;
use super::duplicates::{repeated, without};
use super::error::{LayerError, io};
use super::header::{END, blocks};
use super::plain;
use super::segment::Segment;
use super::tape::PIECE;
use crate::entry::{Content, Entry};
use crate::oci::{Descriptor, Sha256, Sha256Writer};
use crate::path::ImagePath;

/// What a layer will be put together of.
#[derive(Debug)]
pub struct LayerPlan {
    segments: Vec<Segment>,
    directories: Vec<Entry>,
    packing: Packing,
}

/// A layer that has been written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// Its blob.
    pub descriptor: Descriptor,
    /// Of its unpacked bytes.
    pub diff_id: Sha256,
    /// Unpacked bytes.
    pub plain_size: u64,
    /// Of whose files it is made, in their order.
    pub parts: Vec<Part>,
}

/// What one owner has in a layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Who.
    pub owner: String,
    /// Packed bytes.
    pub size: u64,
    /// Unpacked bytes, headers and padding included.
    pub plain_size: u64,
    /// Files and links.
    pub files: u64,
}

impl LayerPlan {
    /// A layer of these segments, in whatever order they come. Directories in which something lies
    /// need not be named; those that are have their own mode and owner. In a layer that lies on
    /// others they should be what they are there, as the upper one counts.
    ///
    /// What several segments bring in the same form is taken once; segments are packed again for
    /// that, in memory.
    ///
    /// # Errors
    /// The segments or directories don't go together.
    pub fn new(
        segments: Vec<Segment>,
        directories: &[Entry],
        packing: Packing,
    ) -> Result<Self, LayerError> {
        Self::settled(segments, directories, packing, |segment, paths| {
            let (record, bytes) = without(segment, paths, Vec::new())?;
            Ok(Segment { record, content: Content::Bytes(bytes) })
        })
    }

    /// The same, with a way to pack a segment again without some of its paths.
    pub(super) fn settled(
        mut segments: Vec<Segment>,
        asked: &[Entry],
        packing: Packing,
        again: impl Fn(&Segment, &BTreeSet<ImagePath>) -> Result<Segment, LayerError>,
    ) -> Result<Self, LayerError> {
        let other = |segment: &&Segment| segment.record.packing != packing;
        if let Some(segment) = segments.iter().find(other) {
            return Err(LayerError::changed(&segment.record.owner, "it is packed in another way"));
        }
        segments.sort_by(|a, b| {
            (&a.record.owner, a.record.digest).cmp(&(&b.record.owner, b.record.digest))
        });
        let repeated = repeated(&segments)?;
        for (segment, paths) in segments.iter_mut().zip(&repeated) {
            if !paths.is_empty() {
                *segment = again(segment, paths)?;
            }
        }
        let directories = directories(asked, &segments)?;
        Ok(Self { segments, directories, packing })
    }

    /// Writes the layer's blob, and tells what it is. `threads` unpack segments, as the digest of
    /// the unpacked whole has to be taken anew.
    ///
    /// # Errors
    /// A segment is not what was packed, or `to` can't be written.
    pub fn write<W: Write>(&self, to: W, threads: usize) -> Result<(Layer, W), LayerError> {
        let head: Vec<u8> =
            self.directories.iter().flat_map(|entry| blocks(entry, self.packing.time)).collect();
        let (diff_id, blob) = thread::scope(|scope| {
            let plain = scope.spawn(|| plain::digest(&head, &self.segments, &END, threads));
            let blob = self.blob(&head, to);
            match plain.join() {
                Ok(diff_id) => (diff_id, blob),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        });
        let ((digest, size, to), diff_id) = (blob?, diff_id?);
        let media_type = self.packing.compression.media_type();
        let plain: u64 = self.segments.iter().map(|segment| segment.record.plain_size).sum();
        let layer = Layer {
            descriptor: Descriptor::new(media_type, digest, size),
            diff_id,
            plain_size: head.len() as u64 + plain + END.len() as u64,
            parts: self.segments.iter().map(part).collect(),
        };
        Ok((layer, to))
    }

    fn blob<W: Write>(&self, head: &[u8], to: W) -> Result<(Sha256, u64, W), LayerError> {
        let failed = || io("a layer can't be written");
        let mut to = Sha256Writer::new(to);
        let mut piece = vec![0; PIECE];
        self.packed(head, &mut to).map_err(failed())?;
        for segment in &self.segments {
            let mut from = segment.content.open().map_err(failed())?;
            loop {
                match from.read(&mut piece).map_err(failed())? {
                    0 => break,
                    read => to.write_all(&piece[..read]).map_err(failed())?,
                }
            }
        }
        self.packed(&END, &mut to).map_err(failed())?;
        to.flush().map_err(failed())?;
        Ok(to.finish())
    }

    fn packed(&self, bytes: &[u8], to: impl Write) -> std::io::Result<()> {
        let mut encoder = self.packing.encoder(to)?;
        encoder.write_all(bytes)?;
        encoder.finish().map(drop)
    }
}

fn part(segment: &Segment) -> Part {
    let record = &segment.record;
    Part {
        owner: record.owner.clone(),
        size: record.size,
        plain_size: record.plain_size,
        files: record.items.len() as u64,
    }
}
