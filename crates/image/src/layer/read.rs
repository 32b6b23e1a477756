//! Reading a layer, whoever wrote it. Source: OCI Image Format Specification 1.1, "Image Layer
//! Filesystem Changeset".
//!
//! What differs between readers of archives is refused rather than chosen: names that are told in
//! two ways, links with content, sparse files, bytes after the end. Extended attributes are passed
//! over.

use std::fmt;
use std::io::{self, BufRead, Read, Write};

use tar::EntryType;

use super::compression::Compression;
use super::header::{BLOCK, padded};
use super::pax::{self, Told};
use super::seen::{Mark, Seen};
use crate::archive::{ArchiveError, Limits};
use crate::oci::{Sha256, Sha256Writer};
use crate::path::ImagePath;

mod names;

use names::{image_path, symlink_target};

/// What a layer says of one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayerEntry {
    /// It has a file, directory or link there.
    Has(Header),
    /// What layers below have there is gone.
    Whiteout(ImagePath),
    /// What layers below have in this directory is gone; in the root where there is no path.
    Opaque(Option<ImagePath>),
}

/// A file, directory or link, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Where it is.
    pub path: ImagePath,
    /// Permission bits, with set-user-id, set-group-id and sticky.
    pub mode: u32,
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
    /// When it was changed, in seconds since 1970.
    pub time: u64,
    /// What it is.
    pub node: Node,
}

/// What lies at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A directory.
    Directory,
    /// A file of this many bytes, which the reader gives when it is read.
    File(u64),
    /// A link to what this text names, which need not exist and may lead anywhere.
    Symlink(String),
    /// Another name of a file of the image.
    Hardlink(ImagePath),
}

/// Reads a layer from its beginning to its end, entry by entry.
pub struct LayerReader<'a> {
    from: Box<dyn Read + Send + 'a>,
    name: String,
    limits: Limits,
    plain: Sha256Writer<io::Sink>,
    seen: Seen,
    entries: u64,
    bytes: u64,
    /// Bytes of the current file that have not been read, and the padding after them.
    left: u64,
    padding: u64,
    ended: bool,
}

impl<'a> LayerReader<'a> {
    /// A reader of packed bytes. `name` is what the layer is called in errors.
    ///
    /// # Errors
    /// No memory for the unpacker.
    pub fn new(
        packed: impl BufRead + Send + 'a,
        compression: Compression,
        name: &str,
        limits: &Limits,
    ) -> Result<Self, ArchiveError> {
        let unreadable = |source| ArchiveError::Unreadable { archive: name.to_owned(), source };
        Ok(Self {
            from: compression.decoder(packed).map_err(unreadable)?,
            name: name.to_owned(),
            limits: *limits,
            plain: Sha256Writer::new(io::sink()),
            seen: Seen::default(),
            entries: 0,
            bytes: 0,
            left: 0,
            padding: 0,
            ended: false,
        })
    }

    /// What the layer says next; none at its end. The content of a file is read from the reader
    /// itself before that, or passed over.
    ///
    /// # Errors
    /// It is damaged, more than the limits allow, or holds what must not be there.
    pub fn next_entry(&mut self) -> Result<Option<LayerEntry>, ArchiveError> {
        let mut told = Told::default();
        loop {
            self.pass_over()?;
            let Some(block) = self.header_block()? else {
                let alone = told.records.is_some() || told.long_name.is_some();
                return if alone { Err(self.damaged("it is cut off")) } else { Ok(None) };
            };
            let header = tar::Header::from_byte_slice(&block);
            self.entries += 1;
            if self.entries > self.limits.entries {
                return Err(self.too_much(format!("{} entries", self.limits.entries)));
            }
            if self.extends(header, &mut told)? {
                continue;
            }
            if let Some(entry) = self.entry(header, &told)? {
                return Ok(Some(entry));
            }
            told = Told::default();
        }
    }

    /// Reads what is left, and tells the digest of all unpacked bytes (the `diff_id`) and how many
    /// they are.
    ///
    /// # Errors
    /// As for [`Self::next_entry`].
    pub fn finish(mut self) -> Result<(Sha256, u64), ArchiveError> {
        while self.next_entry()?.is_some() {}
        let (digest, bytes, _) = self.plain.finish();
        Ok((digest, bytes))
    }

    /// What a failure to read the content of a file means.
    #[must_use]
    pub fn failure(&self, error: io::Error) -> ArchiveError {
        match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
                self.damaged(&format!("it can't be unpacked: {error}"))
            }
            io::ErrorKind::UnexpectedEof => self.damaged("it is cut off"),
            _ => ArchiveError::Unreadable { archive: self.name.clone(), source: error },
        }
    }

    fn entry(
        &mut self,
        header: &tar::Header,
        told: &Told,
    ) -> Result<Option<LayerEntry>, ArchiveError> {
        let name = names::name(header, told).map_err(|why| self.damaged(&why))?;
        let refused = |why: &str| self.refused(&name, why);
        let text = std::str::from_utf8(&name).map_err(|_| refused("is no UTF-8"))?;
        if told.records.iter().flatten().any(|(key, _)| key.starts_with("GNU.sparse")) {
            return Err(refused("is a sparse file"));
        }
        let (path, last) = image_path(text).map_err(|why| refused(&why))?;
        let kind = names::kind(header.entry_type(), text).map_err(&refused)?;
        let size = names::size(header, told).map_err(|why| refused(&why))?;
        if kind != EntryType::Regular && size > 0 {
            return Err(refused("has content, but is no file"));
        }
        let marker = last.strip_prefix(".wh.").filter(|_| kind == EntryType::Regular);
        let entry = match (path, marker) {
            (Some(path), Some(".wh..opq")) => Some(LayerEntry::Opaque(path.parent())),
            // What the file system of old engines kept for itself.
            (Some(_), Some(own)) if own.starts_with(".wh.") => None,
            (Some(path), Some(gone)) => {
                let gone = names::sibling(&path, gone).map_err(|why| refused(&why))?;
                Some(LayerEntry::Whiteout(gone))
            }
            (Some(path), None) => {
                let node = match kind {
                    EntryType::Directory => Node::Directory,
                    EntryType::Symlink => {
                        Node::Symlink(symlink_target(header, told).map_err(|why| refused(&why))?)
                    }
                    EntryType::Link => {
                        Node::Hardlink(names::hard_link(header, told).map_err(|why| refused(&why))?)
                    }
                    _ => Node::File(size),
                };
                let found = names::header(path, header, told, node);
                Some(LayerEntry::Has(found.map_err(|why| refused(&why))?))
            }
            (None, _) if kind == EntryType::Directory => None,
            (None, _) => return Err(refused("is not the directory that the root is")),
        };
        self.once(&name, entry.as_ref())?;
        self.content(&name, size)?;
        Ok(entry)
    }

    fn once(&mut self, name: &[u8], entry: Option<&LayerEntry>) -> Result<(), ArchiveError> {
        let first = match entry {
            Some(LayerEntry::Has(header)) => self.seen.first(Mark::Entry, Some(&header.path)),
            Some(LayerEntry::Whiteout(path)) => self.seen.first(Mark::Whiteout, Some(path)),
            Some(LayerEntry::Opaque(path)) => self.seen.first(Mark::Opaque, path.as_ref()),
            None => true,
        };
        if first { Ok(()) } else { Err(self.refused(name, "is there twice")) }
    }

    /// Takes note of a header that tells of the next one; false if this is none.
    fn extends(&mut self, header: &tar::Header, told: &mut Told) -> Result<bool, ArchiveError> {
        let kind = header.entry_type();
        let known = kind.is_pax_local_extensions()
            || kind.is_pax_global_extensions()
            || kind.is_gnu_longname()
            || kind.is_gnu_longlink();
        if !known {
            return Ok(false);
        }
        let bytes = self.extension(header)?;
        let twice = if kind.is_gnu_longname() {
            told.long_name.replace(pax::long_name(&bytes)).is_some()
        } else if kind.is_gnu_longlink() {
            told.long_link.replace(pax::long_name(&bytes)).is_some()
        } else {
            let records = pax::records(&bytes).map_err(|why| self.damaged(&why))?;
            if kind.is_pax_local_extensions() {
                told.records.replace(records).is_some()
            } else {
                // Those that are common, such as Git's `comment`, say nothing of files.
                ["path", "linkpath", "size", "uid", "gid"]
                    .iter()
                    .any(|key| records.contains_key(*key))
            }
        };
        if twice {
            return Err(self.damaged("it tells an entry's name or size in two ways"));
        }
        Ok(true)
    }

    fn extension(&mut self, header: &tar::Header) -> Result<Vec<u8>, ArchiveError> {
        let size = names::octal_size(header).map_err(|why| self.damaged(&why))?;
        let most = pax::LONGEST.min(self.limits.metadata);
        if size > most {
            return Err(self.too_much(format!("{most} bytes in the name of an entry")));
        }
        self.content(b"", size)?;
        let mut bytes = Vec::new();
        let read = self.read_to_end(&mut bytes);
        read.map_err(|error| self.failure(error))?;
        Ok(bytes)
    }

    /// Begins the content of an entry, if there may be so much of it.
    fn content(&mut self, name: &[u8], size: u64) -> Result<(), ArchiveError> {
        self.bytes = self.bytes.saturating_add(size);
        if self.bytes > self.limits.bytes {
            return Err(self.too_much(format!("{} bytes of content", self.limits.bytes)));
        }
        if padded(size) < size {
            return Err(self.refused(name, "has a size that is none"));
        }
        (self.left, self.padding) = (size, padded(size) - size);
        Ok(())
    }

    fn pass_over(&mut self) -> Result<(), ArchiveError> {
        if self.left > 0 {
            io::copy(self, &mut io::sink()).map_err(|error| self.failure(error))?;
        }
        let mut padding = [0; BLOCK];
        let bytes = std::mem::take(&mut self.padding) as usize;
        let read = self.take(&mut padding[..bytes])?;
        if read < bytes { Err(self.damaged("it is cut off")) } else { Ok(()) }
    }

    /// The block of the next header; none at the end of the archive, which is two empty blocks or,
    /// as all readers have it, just the end.
    fn header_block(&mut self) -> Result<Option<[u8; BLOCK]>, ArchiveError> {
        if self.ended {
            return Ok(None);
        }
        let mut block = [0; BLOCK];
        let read = self.take(&mut block)?;
        if read == 0 || block == [0; BLOCK] && read == BLOCK {
            self.ended = true;
            self.nothing_more(read > 0)?;
            return Ok(None);
        }
        if read < BLOCK {
            return Err(self.damaged("it is cut off"));
        }
        let header = tar::Header::from_byte_slice(&block);
        // The checksum's own field counts as blanks.
        let bytes = block.iter().enumerate();
        let counted = bytes.map(|(at, byte)| if (148..156).contains(&at) { b' ' } else { *byte });
        let sum: u32 = counted.map(u32::from).sum();
        match header.cksum() {
            Ok(told) if told == sum => Ok(Some(block)),
            _ => Err(self.damaged("a header has a wrong checksum")),
        }
    }

    /// After the end there may be padding. What else is there nobody would see.
    fn nothing_more(&mut self, begun: bool) -> Result<(), ArchiveError> {
        let mut piece = [0; 16 * BLOCK];
        let mut blocks = if begun { BLOCK as u64 } else { 0 };
        loop {
            let read = self.take(&mut piece)?;
            if piece[..read].iter().any(|byte| *byte != 0) {
                return Err(self.damaged("there is something after its end"));
            }
            blocks += read as u64;
            self.bytes = self.bytes.saturating_add(read as u64);
            if self.bytes > self.limits.bytes {
                return Err(self.too_much(format!("{} bytes of content", self.limits.bytes)));
            }
            if read < piece.len() {
                let ends = blocks == 0 || blocks >= 2 * BLOCK as u64;
                return if ends { Ok(()) } else { Err(self.damaged("it is cut off")) };
            }
        }
    }

    /// Fills `piece` as far as there are bytes.
    fn take(&mut self, piece: &mut [u8]) -> Result<usize, ArchiveError> {
        let mut filled = 0;
        while filled < piece.len() {
            match self.raw(&mut piece[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) => return Err(self.failure(error)),
            }
        }
        Ok(filled)
    }

    fn raw(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.from.read(piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(read) => {
                    self.plain.write_all(&piece[..read])?;
                    return Ok(read);
                }
            }
        }
    }

    fn refused(&self, name: &[u8], why: &str) -> ArchiveError {
        let entry: String = String::from_utf8_lossy(name).chars().take(300).collect();
        let entry = entry.escape_debug().to_string();
        ArchiveError::Refused { archive: self.name.clone(), entry, why: why.to_owned() }
    }

    fn damaged(&self, why: &str) -> ArchiveError {
        ArchiveError::Damaged { archive: self.name.clone(), why: why.to_owned() }
    }

    fn too_much(&self, what: String) -> ArchiveError {
        ArchiveError::TooMuch { archive: self.name.clone(), what }
    }
}

/// The content of the entry that came last.
impl Read for LayerReader<'_> {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(piece.len());
        let read = self.raw(&mut piece[..most])?;
        if read == 0 && most > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        Ok(read)
    }
}

impl fmt::Debug for LayerReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, entries, bytes, .. } = self;
        f.debug_struct("LayerReader")
            .field("name", name)
            .field("entries", entries)
            .field("bytes", bytes)
            .finish_non_exhaustive()
    }
}
