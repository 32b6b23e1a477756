//! Writing entries one after the other, packed, with their digests on the way.

use std::io::{self, Read, Write};

use sha2::Digest as _;

use super::compression::{Encoder, Packing};
use super::error::{LayerError, io as failed};
use super::header::{blocks, padded};
use super::segment::Item;
use crate::entry::{Entry, EntryKind};
use crate::oci::{Sha256, Sha256Writer};

/// Bytes that are moved at once.
pub(super) const PIECE: usize = 256 << 10;

/// Packs tar entries into `W`.
pub(super) struct Tape<W: Write> {
    to: Encoder<Sha256Writer<W>>,
    time: u32,
    plain: u64,
}

/// What became of a tape.
pub(super) struct Written {
    /// Of the packed bytes.
    pub(super) digest: Sha256,
    /// Packed bytes.
    pub(super) size: u64,
    /// Bytes of the archive itself.
    pub(super) plain: u64,
}

impl<W: Write> Tape<W> {
    pub(super) fn new(to: W, packing: &Packing) -> io::Result<Self> {
        let to = packing.encoder(Sha256Writer::new(to))?;
        Ok(Self { to, time: packing.time, plain: 0 })
    }

    /// Writes an entry with its content.
    pub(super) fn entry(&mut self, owner: &str, entry: &Entry) -> Result<Item, LayerError> {
        let mut hash = sha2::Sha256::new();
        let before = self.plain;
        let header = blocks(entry, self.time);
        self.write(owner, &header, &mut hash)?;
        if let EntryKind::File(content) = &entry.kind {
            let open = content.open().map_err(failed(format!("{owner}: {}", entry.path)))?;
            self.content(owner, entry, open, &mut hash)?;
        }
        Ok(Item {
            path: entry.path.clone(),
            size: entry.size(),
            packed_as: self.plain - before,
            identity: Sha256::from_bytes(hash.finalize().into()),
        })
    }

    /// Writes bytes that are whole entries.
    pub(super) fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.plain += bytes.len() as u64;
        self.to.write_all(bytes)
    }

    pub(super) fn finish(self) -> io::Result<(Written, W)> {
        let (digest, size, to) = self.to.finish()?.finish();
        Ok((Written { digest, size, plain: self.plain }, to))
    }

    fn content(
        &mut self,
        owner: &str,
        entry: &Entry,
        mut from: impl Read,
        hash: &mut sha2::Sha256,
    ) -> Result<(), LayerError> {
        let mut piece = vec![0; PIECE.min(entry.size().saturating_add(1) as usize)];
        let mut left = entry.size();
        loop {
            let read = from.read(&mut piece);
            let read = read.map_err(failed(format!("{owner}: {}", entry.path)))? as u64;
            if read > left || (read == 0 && left > 0) {
                let why = format!("has not the {} bytes that were told", entry.size());
                return Err(LayerError::refused(owner, &entry.path, why));
            }
            if read == 0 {
                break;
            }
            left -= read;
            self.write(owner, &piece[..read as usize], hash)?;
        }
        let padding = padded(entry.size()) - entry.size();
        self.write(owner, &[0; super::header::BLOCK][..padding as usize], hash)
    }

    fn write(
        &mut self,
        owner: &str,
        bytes: &[u8],
        hash: &mut sha2::Sha256,
    ) -> Result<(), LayerError> {
        hash.update(bytes);
        self.raw(bytes).map_err(failed(format!("{owner} can't be packed")))
    }
}
