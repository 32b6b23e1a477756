//! A ZIP archive, such as a wheel. Everything that readers of ZIP files could disagree about is refused, so
//! that what is checked here is what any other tool would see.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::bufread::DeflateDecoder;
use rawzip::{
    CompressionMethod, FileReader, RECOMMENDED_BUFFER_SIZE, ZipArchive, ZipArchiveEntryWayfinder,
    ZipEntry, ZipFileHeaderRecord,
};

use crate::path::ImagePath;
use crate::{ArchiveError, Limits};

/// What the longest name and the extra fields of a local header take.
const LOCAL_HEADER: usize = 2 * 65_536;
/// DEFLATE can't shrink by more than this: a length of 258 bytes takes two bits.
const MOST_SHRUNK: u64 = 1032;
/// The bits of a Unix mode that tell what kind of file it is, and that of a regular one.
const KIND: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;

/// An archive whose directory has been checked.
pub(crate) struct Archive {
    name: String,
    zip: ZipArchive<FileReader>,
    members: Vec<Member>,
}

/// A file of an archive.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) path: ImagePath,
    pub(crate) executable: bool,
    pub(crate) size: u64,
    method: CompressionMethod,
    way: ZipArchiveEntryWayfinder,
}

// What the central directory says of an entry, which its local header must repeat.
struct Claim {
    name: Vec<u8>,
    flags: u16,
    crc: u32,
    sizes: (u64, u64),
    descriptor: bool,
    start: u64,
}

impl Archive {
    /// Opens `file`, which is called `name` in messages, and checks its directory.
    pub(crate) fn open(file: &Path, name: &str, limits: &Limits) -> Result<Self, ArchiveError> {
        let unreadable = |source| ArchiveError::Unreadable { archive: name.to_owned(), source };
        let opened = File::open(file).map_err(unreadable)?;
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let zip = ZipArchive::from_file(opened, &mut buffer).map_err(|e| damaged(name, &e))?;
        let mut archive = Self { name: name.to_owned(), zip, members: Vec::new() };
        archive.members = archive.listed(limits)?;
        Ok(archive)
    }

    /// The files, in the order of the archive.
    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    pub(crate) fn refused(&self, entry: &str, why: impl Into<String>) -> ArchiveError {
        let entry = entry.chars().take(300).collect();
        ArchiveError::Refused { archive: self.name.clone(), entry, why: why.into() }
    }

    pub(crate) fn damaged(&self, why: impl Into<String>) -> ArchiveError {
        ArchiveError::Damaged { archive: self.name.clone(), why: why.into() }
    }

    pub(crate) fn too_much(&self, what: String) -> ArchiveError {
        ArchiveError::TooMuch { archive: self.name.clone(), what }
    }

    /// Reads a file as a whole, at most `limit` bytes.
    pub(crate) fn read(&self, member: &Member, limit: u64) -> Result<Vec<u8>, ArchiveError> {
        if member.size > limit {
            return Err(self.too_much(format!("{limit} bytes in `{}`", member.path)));
        }
        let mut bytes = Vec::new();
        self.copy(member, &mut bytes)?;
        Ok(bytes)
    }

    /// Unpacks a file into `to`. Its size and checksum are those of the directory, or it fails.
    pub(crate) fn copy(&self, member: &Member, to: &mut dyn io::Write) -> Result<(), ArchiveError> {
        let entry = self.zip.get_entry(member.way).map_err(|e| damaged(&self.name, &e))?;
        let packed = BufReader::with_capacity(64 << 10, entry.reader());
        let unpacked: Box<dyn Read + '_> = match member.method {
            CompressionMethod::STORE => Box::new(packed),
            _ => Box::new(DeflateDecoder::new(packed)),
        };
        // One byte more than it says, so that a longer one is noticed, and not unpacked further.
        let mut checked = entry.verifying_reader(unpacked.take(member.size + 1));
        match io::copy(&mut checked, to) {
            Ok(bytes) if bytes == member.size => Ok(()),
            Ok(_) => {
                Err(self.refused(member.path.as_str(), "is not as long as the directory says"))
            }
            Err(e)
                if matches!(
                    e.kind(),
                    io::ErrorKind::InvalidData
                        | io::ErrorKind::InvalidInput
                        | io::ErrorKind::UnexpectedEof
                ) =>
            {
                Err(self.refused(member.path.as_str(), "is not what its size and checksum say"))
            }
            Err(source) => Err(ArchiveError::Unreadable { archive: self.name.clone(), source }),
        }
    }

    fn listed(&self, limits: &Limits) -> Result<Vec<Member>, ArchiveError> {
        let mut listing = Listing {
            archive: self,
            limits,
            members: Vec::new(),
            claims: Vec::new(),
            count: 0,
            bytes: 0,
        };
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let mut entries = self.zip.entries(&mut buffer);
        while let Some(entry) = entries.next_entry().map_err(|e| damaged(&self.name, &e))? {
            listing.take(&entry)?;
        }
        if listing.count != self.zip.entries_hint() {
            return Err(self.damaged("its directory has another number of entries than it says"));
        }
        let Listing { members, claims, .. } = listing;
        self.check_names(&members)?;
        self.check_local(&claims)?;
        Ok(members)
    }

    // Each name once, and none a directory of another.
    fn check_names(&self, members: &[Member]) -> Result<(), ArchiveError> {
        let mut names = HashSet::new();
        if let Some(twice) = members.iter().find(|member| !names.insert(&member.path)) {
            return Err(self.refused(twice.path.as_str(), "is there twice"));
        }
        let below = |member: &&Member| member.path.ancestors().any(|dir| names.contains(&dir));
        match members.iter().find(below) {
            Some(below) => Err(self.refused(below.path.as_str(), "lies below a file")),
            None => Ok(()),
        }
    }

    // What stands before each entry says the same as the directory, and no two share bytes.
    fn check_local(
        &self,
        claims: &[(Claim, ZipArchiveEntryWayfinder)],
    ) -> Result<(), ArchiveError> {
        let mut buffer = vec![0; LOCAL_HEADER];
        let mut ranges = Vec::with_capacity(claims.len());
        for (claim, way) in claims {
            let entry = self.zip.get_entry(*way).map_err(|e| damaged(&self.name, &e))?;
            let name = String::from_utf8_lossy(&claim.name);
            if !claim.is_repeated_by(&entry, &mut buffer).map_err(|e| damaged(&self.name, &e))? {
                return Err(self.refused(&name, "is described in two ways"));
            }
            ranges.push((claim.start, entry.compressed_data_range().1, name));
        }
        ranges.sort();
        let end = self.zip.directory_offset();
        let ends = ranges.iter().skip(1).map(|(start, ..)| *start).chain([end]);
        match ranges.iter().zip(ends).find(|((_, end, _), next)| end > next) {
            Some(((.., name), _)) => Err(self.refused(name, "shares its bytes with another entry")),
            None => Ok(()),
        }
    }
}

impl Claim {
    fn is_repeated_by(
        &self,
        entry: &ZipEntry<'_, FileReader>,
        buffer: &mut [u8],
    ) -> Result<bool, rawzip::Error> {
        let local = entry.local_header(buffer)?;
        let sizes = (local.compressed_size_hint(), local.uncompressed_size_hint());
        // With a descriptor the sizes stand behind the data; then the header may leave them out.
        let left_out = self.descriptor && (local.crc32(), sizes) == (0, (0, 0));
        Ok(local.file_path().as_bytes() == self.name
            && local.flags().bits() == self.flags
            && (left_out || (local.crc32(), sizes) == (self.crc, self.sizes)))
    }
}

struct Listing<'a> {
    archive: &'a Archive,
    limits: &'a Limits,
    members: Vec<Member>,
    claims: Vec<(Claim, ZipArchiveEntryWayfinder)>,
    count: u64,
    bytes: u64,
}

impl Listing<'_> {
    fn take(&mut self, entry: &ZipFileHeaderRecord<'_>) -> Result<(), ArchiveError> {
        self.count += 1;
        if self.count > self.limits.entries {
            return Err(self.archive.too_much(format!("{} entries", self.limits.entries)));
        }
        let raw = entry.file_path().as_bytes().to_vec();
        let lossy = String::from_utf8_lossy(&raw).into_owned();
        let refused = |why: &str| self.archive.refused(&lossy, why);
        let name = std::str::from_utf8(&raw).map_err(|_| refused("is not named in UTF-8"))?;
        if entry.flags().is_encrypted()
            || entry.flags().has_strong_encryption()
            || entry.flags().is_masked()
        {
            return Err(refused("is encrypted"));
        }
        let method = entry.compression_method();
        if method != CompressionMethod::STORE && method != CompressionMethod::DEFLATE {
            return Err(refused("is neither stored nor packed with DEFLATE"));
        }
        let sizes = (entry.compressed_size_hint(), entry.uncompressed_size_hint());
        self.claims.push((Claim::of(entry, raw.clone(), sizes), entry.wayfinder()));
        let bare = name.strip_suffix('/').unwrap_or(name);
        let path = path_of(bare).map_err(|why| refused(&why))?;
        if entry.is_dir() {
            return if sizes.1 == 0 { Ok(()) } else { Err(refused("is a directory with content")) };
        }
        // Systems without modes say nothing here.
        let kind = entry.mode().value() & KIND;
        if kind != 0 && kind != REGULAR {
            return Err(refused("is neither a file nor a directory"));
        }
        let most = if method == CompressionMethod::STORE {
            Some(sizes.0)
        } else {
            sizes.0.checked_mul(MOST_SHRUNK)
        };
        if most.is_some_and(|most| sizes.1 > most)
            || (method == CompressionMethod::STORE && sizes.0 != sizes.1)
        {
            return Err(refused("has a size that its content can't have"));
        }
        self.bytes = self.bytes.saturating_add(sizes.1);
        if self.bytes > self.limits.bytes {
            return Err(self.archive.too_much(format!("{} bytes", self.limits.bytes)));
        }
        let executable = entry.mode().value() & 0o111 != 0;
        self.members.push(Member {
            path,
            executable,
            size: sizes.1,
            method,
            way: entry.wayfinder(),
        });
        Ok(())
    }
}

impl Claim {
    fn of(entry: &ZipFileHeaderRecord<'_>, name: Vec<u8>, sizes: (u64, u64)) -> Self {
        Self {
            name,
            flags: entry.flags().bits(),
            crc: entry.crc32(),
            sizes,
            descriptor: entry.flags().has_data_descriptor(),
            start: entry.local_header_offset(),
        }
    }
}

// Only the normal spelling: `a//b` and `a/./b` would be two names for one file.
fn path_of(name: &str) -> Result<ImagePath, String> {
    if name.contains('\\') {
        return Err("has a `\\` in its name, which is a separator to some".to_owned());
    }
    let path: ImagePath = name.parse().map_err(|error| format!("is no path here: {error}"))?;
    match path.as_str() == name {
        true => Ok(path),
        false => Err(format!("is not spelled as `{path}`")),
    }
}

fn damaged(archive: &str, error: &rawzip::Error) -> ArchiveError {
    ArchiveError::Damaged {
        archive: archive.to_owned(),
        why: format!("it is no whole ZIP archive: {error}"),
    }
}

/// The members by their paths.
pub(crate) fn by_path(members: &[Member]) -> HashMap<&str, &Member> {
    members.iter().map(|member| (member.path.as_str(), member)).collect()
}
