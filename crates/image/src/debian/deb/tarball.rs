//! A tar archive as `dpkg-deb` writes it, read as a row of items. Source: `tar(5)`, POSIX.1-1988
//! with GNU's long names, which is all that `dpkg` itself takes.

use std::collections::BTreeMap;
use std::io::{self, Read};

use tar::{Archive, Entries, EntryType};

use super::damaged;
use crate::path::{ImagePath, ImagePathError};
use crate::{ArchiveError, Limits};

/// A name and the NUL after it.
const LONGEST_NAME: u64 = 4096 + 1;

/// One thing in an archive.
pub(super) enum Item<'r> {
    /// The root itself, whose mode is not the package's to set.
    Root,
    Directory {
        path: ImagePath,
        owner: Owner,
    },
    File {
        path: ImagePath,
        owner: Owner,
        size: u64,
        content: Box<dyn Read + 'r>,
    },
    Symlink {
        path: ImagePath,
        owner: Owner,
        target: String,
    },
    Hardlink {
        path: ImagePath,
        target: ImagePath,
    },
}

/// Permission bits, owner and group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) mode: u32,
    pub(super) uid: u32,
    pub(super) gid: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Directory,
    File,
    Symlink,
}

pub(super) struct Tarball<R: Read> {
    archive: Archive<R>,
    name: String,
    limits: Limits,
}

impl<R: Read> Tarball<R> {
    pub(super) fn new(reader: R, name: &str, limits: Limits) -> Self {
        Self { archive: Archive::new(reader), name: name.to_owned(), limits }
    }

    pub(super) fn items(&mut self) -> Result<Items<'_, R>, ArchiveError> {
        let entries = self.archive.entries().map_err(|error| unpacked(&self.name, &error))?;
        Ok(Items {
            // Long names are read here: the library takes whatever size they claim.
            entries: entries.raw(true),
            name: &self.name,
            limits: self.limits,
            left: self.limits.bytes,
            count: 0,
            seen: BTreeMap::new(),
            long: Long::default(),
        })
    }
}

#[derive(Default)]
struct Long {
    name: Option<String>,
    link: Option<String>,
}

pub(super) struct Items<'a, R: Read> {
    entries: Entries<'a, R>,
    name: &'a str,
    limits: Limits,
    left: u64,
    count: u64,
    seen: BTreeMap<ImagePath, Seen>,
    long: Long,
}

impl<'a, R: Read> Items<'a, R> {
    /// The next one, whose content has to be read before the one after it is asked for.
    pub(super) fn next(&mut self) -> Result<Option<Item<'a>>, ArchiveError> {
        loop {
            let Some(entry) = self.entries.next() else { return Ok(None) };
            let mut entry = entry.map_err(|error| unpacked(self.name, &error))?;
            self.count(entry.header())?;
            match entry.header().entry_type() {
                EntryType::GNULongName => self.long.name = Some(self.long_text(&mut entry)?),
                EntryType::GNULongLink => self.long.link = Some(self.long_text(&mut entry)?),
                _ => return self.item(entry).map(Some),
            }
        }
    }

    // Sizes are believed before anything is unpacked, so a lie is an error and no flood.
    fn count(&mut self, header: &tar::Header) -> Result<(), ArchiveError> {
        let too_much = |what: String| ArchiveError::TooMuch { archive: self.name.to_owned(), what };
        if self.count >= self.limits.entries {
            return Err(too_much(format!("{} entries", self.limits.entries)));
        }
        self.count += 1;
        let size = header.entry_size().map_err(|error| unpacked(self.name, &error))?;
        let left = self.left.checked_sub(size);
        self.left = left.ok_or_else(|| too_much(format!("{} bytes", self.limits.bytes)))?;
        Ok(())
    }

    fn long_text(&self, entry: &mut impl Read) -> Result<String, ArchiveError> {
        let mut text = Vec::new();
        let read = entry.take(LONGEST_NAME + 1).read_to_end(&mut text);
        read.map_err(|error| unpacked(self.name, &error))?;
        if text.len() as u64 > LONGEST_NAME {
            return Err(damaged(self.name, "it has a name that is longer than a path can be"));
        }
        let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
        text.truncate(end);
        String::from_utf8(text).map_err(|_| damaged(self.name, "it has a name that is not UTF-8"))
    }

    fn item(&mut self, entry: tar::Entry<'a, R>) -> Result<Item<'a>, ArchiveError> {
        let header = entry.header();
        let long = std::mem::take(&mut self.long);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let written = long.name.unwrap_or_else(|| text(&entry.path_bytes()));
        let link = entry.link_name_bytes().map(|bytes| text(&bytes));
        let link = long.link.or(link).unwrap_or_default();
        if written.contains('\u{fffd}') || link.contains('\u{fffd}') {
            return Err(self.refused(&written, "has a name that is not UTF-8"));
        }
        let kind = header.entry_type();
        let path = match written.parse::<ImagePath>() {
            Ok(path) => path,
            Err(ImagePathError::Empty) if kind == EntryType::Directory => return Ok(Item::Root),
            Err(error) => {
                return Err(self.refused(&written, &format!("must not be there: {error}")));
            }
        };
        let owner = owner(header).map_err(|error| unpacked(self.name, &error))?;
        let size = header.entry_size().map_err(|error| unpacked(self.name, &error))?;
        if size > 0 && !matches!(kind, EntryType::Regular | EntryType::Continuous) {
            return Err(self.refused(&written, "has bytes, but is no file"));
        }
        match kind {
            EntryType::Regular | EntryType::Continuous => {
                self.see(&path, Seen::File)?;
                Ok(Item::File { path, owner, size, content: Box::new(entry) })
            }
            EntryType::Directory => {
                self.see(&path, Seen::Directory)?;
                Ok(Item::Directory { path, owner })
            }
            EntryType::Symlink => {
                self.see(&path, Seen::Symlink)?;
                self.symlink(path, owner, link)
            }
            EntryType::Link => {
                let target = self.linked(&written, &link)?;
                self.see(&path, Seen::File)?;
                Ok(Item::Hardlink { path, target })
            }
            _ => Err(self.refused(&written, "is neither a file, a directory nor a link")),
        }
    }

    // Each path once, below directories alone, so that no link made before it leads it elsewhere.
    fn see(&mut self, path: &ImagePath, seen: Seen) -> Result<(), ArchiveError> {
        let above = path
            .ancestors()
            .find(|above| self.seen.get(above).is_some_and(|seen| *seen != Seen::Directory));
        if let Some(above) = above {
            let why = format!("is below `{above}`, which is no directory");
            return Err(self.refused(path.as_str(), &why));
        }
        match self.seen.insert(path.clone(), seen) {
            None => Ok(()),
            Some(_) => Err(self.refused(path.as_str(), "is there twice")),
        }
    }

    // An absolute target is one within the image; what climbs over its root was never meant well.
    fn symlink(
        &self,
        path: ImagePath,
        owner: Owner,
        target: String,
    ) -> Result<Item<'a>, ArchiveError> {
        if target.is_empty() || target.len() > 4095 || target.chars().any(char::is_control) {
            return Err(self.refused(path.as_str(), "links to what can't be a path"));
        }
        let mut depth = match target.starts_with('/') {
            true => 0,
            false => path.ancestors().count(),
        };
        for part in target.split('/').filter(|part| !part.is_empty() && *part != ".") {
            let next = if part == ".." { depth.checked_sub(1) } else { Some(depth + 1) };
            let why = "links to what is outside of the image";
            depth = next.ok_or_else(|| self.refused(path.as_str(), why))?;
        }
        Ok(Item::Symlink { path, owner, target })
    }

    fn linked(&self, written: &str, target: &str) -> Result<ImagePath, ArchiveError> {
        let found = target.parse::<ImagePath>().ok();
        let found = found.filter(|target| self.seen.get(target) == Some(&Seen::File));
        let why = || format!("is another name for `{target}`, which is no file before it");
        found.ok_or_else(|| self.refused(written, &why()))
    }

    fn refused(&self, entry: &str, why: &str) -> ArchiveError {
        let (archive, entry) = (self.name.to_owned(), entry.to_owned());
        ArchiveError::Refused { archive, entry, why: why.to_owned() }
    }
}

fn owner(header: &tar::Header) -> io::Result<Owner> {
    let id = |id: u64| u32::try_from(id).map_err(|_| io::Error::other("an owner is no number"));
    Ok(Owner { mode: header.mode()? & 0o7777, uid: id(header.uid()?)?, gid: id(header.gid()?)? })
}

/// What an error of decoding means: the bytes are not what they should be, or stop too early.
pub(super) fn unpacked(archive: &str, error: &io::Error) -> ArchiveError {
    damaged(archive, &format!("it can't be unpacked: {error}"))
}
