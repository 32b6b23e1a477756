//! The contents of a wheel, held to its record on the way.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::Wheel;
use super::record::Recorded;
use crate::oci::{Sha256, Sha256Writer};
use crate::zip::Member;
use crate::{ArchiveError, Content};

/// A larger file goes to disk, and so does every one after this much has been kept in memory: what
/// a wheel takes of the memory is bounded, however large it is.
const LARGEST_IN_MEMORY: u64 = 1 << 20;
const MOST_IN_MEMORY: u64 = 32 << 20;

/// Unpacks files, the small ones into memory and the others into a directory.
pub(super) struct Unpacker<'a> {
    wheel: &'a Wheel,
    directory: &'a Path,
    in_memory: u64,
    on_disk: usize,
}

impl<'a> Unpacker<'a> {
    pub(super) fn new(wheel: &'a Wheel, directory: &'a Path) -> Self {
        Self { wheel, directory, in_memory: 0, on_disk: 0 }
    }

    /// The content of a file, which has the digest and size of the record.
    pub(super) fn content(&mut self, member: &Member) -> Result<(Content, Sha256), ArchiveError> {
        let disk = member.size > LARGEST_IN_MEMORY || self.in_memory + member.size > MOST_IN_MEMORY;
        let (content, digest) = if disk { self.spilled(member)? } else { self.kept(member)? };
        let archive = &self.wheel.archive;
        match self.wheel.record.get(member.path.as_str()) {
            Some(Recorded::Sha256(said, _)) if *said != digest => Err(archive
                .refused(member.path.as_str(), "is not what RECORD says: its digest is another")),
            Some(Recorded::Sha256(_, Some(size))) if *size != member.size => Err(archive
                .refused(member.path.as_str(), "is not what RECORD says: its size is another")),
            _ => Ok((content, digest)),
        }
    }

    fn kept(&mut self, member: &Member) -> Result<(Content, Sha256), ArchiveError> {
        let bytes = self.wheel.archive.read(member, LARGEST_IN_MEMORY)?;
        self.in_memory += member.size;
        let digest = Sha256::of(&bytes);
        Ok((Content::Bytes(bytes), digest))
    }

    fn spilled(&mut self, member: &Member) -> Result<(Content, Sha256), ArchiveError> {
        // By number: nothing of the wheel decides where on this machine it is written.
        let path = self.directory.join(format!("{}-{}", self.wheel.stem_digest(), self.on_disk));
        self.on_disk += 1;
        let unwritable =
            |source| ArchiveError::Unreadable { archive: path.display().to_string(), source };
        let file = File::create_new(&path).map_err(unwritable)?;
        let mut writer = Sha256Writer::new(BufWriter::with_capacity(256 << 10, file));
        self.wheel.archive.copy(member, &mut writer)?;
        let (digest, size, mut file) = writer.finish();
        file.flush().map_err(unwritable)?;
        Ok((Content::Disk { path, size }, digest))
    }
}

impl Wheel {
    // Names files on disk, so that several wheels can share a directory.
    fn stem_digest(&self) -> String {
        Sha256::of(self.stem.as_bytes()).hex()
    }
}
