//! A `.deb` file. Source: `deb(5)`.
//!
//! It is an `ar` archive of three members: a version, the control files, and the files of the
//! package; the latter two are tar archives, packed or not.

mod ar;
mod content;
mod data;
mod tarball;
#[cfg(test)]
pub(super) mod tests;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Take};
use std::path::Path;

use self::ar::Member;
use self::content::ContentStore;
use self::tarball::{Item, Tarball};
use super::{Compression, Paragraph, Paragraphs, Unpacked};
use crate::{ArchiveError, Entry, Limits};

/// A `.deb` file whose outer form has been read.
#[derive(Debug)]
pub struct Deb {
    file: File,
    name: String,
    control: Member,
    data: Member,
    limits: Limits,
}

/// What a package says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Control {
    /// The fields of its `control` file.
    pub fields: Paragraph,
    /// Absolute paths of the files that are the administrator's to change.
    pub conffiles: Vec<String>,
    /// Lines of `MD5  path`, without a leading `/`; empty where it has none.
    pub md5sums: String,
    /// Its maintainer's scripts, which nobody runs here: `postinst` …
    pub scripts: Vec<String>,
}

/// What a package brings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// In the order of the archive, each path once, without the root.
    pub entries: Vec<Entry>,
}

impl Deb {
    /// Opens a file; errors call it `name`.
    ///
    /// # Errors
    /// It can't be read, or it is no Debian package of format 2.
    pub fn open(path: &Path, name: &str, limits: Limits) -> Result<Self, ArchiveError> {
        let unreadable = |source| ArchiveError::Unreadable { archive: name.to_owned(), source };
        Self::read(File::open(path).map_err(unreadable)?, name, limits)
    }

    /// Reads an open file; errors call it `name`.
    ///
    /// # Errors
    /// As for [`Deb::open`].
    pub fn read(mut file: File, name: &str, limits: Limits) -> Result<Self, ArchiveError> {
        let members = ar::members(&mut file, name)?;
        let damaged = |why: &str| damaged(name, why);
        let mut members = members.into_iter();
        let version = members.next().filter(|first| first.name == "debian-binary");
        let version = version.ok_or_else(|| damaged("it is no Debian package"))?;
        let mut text = String::new();
        let read = part(&file, &version).and_then(|p| p.take(64).read_to_string(&mut text));
        if read.is_err() || !text.starts_with("2.") {
            return Err(damaged("it is a Debian package of another format than 2"));
        }
        // Members that start with `_` are for others.
        let mut members = members.filter(|member| !member.name.starts_with('_'));
        let mut next = |start: &str| {
            let member = members.next().filter(|member| member.name.starts_with(start));
            member.ok_or_else(|| damaged(&format!("it has no `{start}` where it belongs")))
        };
        let (control, data) = (next("control.tar")?, next("data.tar")?);
        if members.next().is_some() {
            return Err(damaged("something comes after its `data.tar`"));
        }
        Ok(Self { file, name: name.to_owned(), control, data, limits })
    }

    /// What it says of itself.
    ///
    /// # Errors
    /// It can't be read, or it is more than the limits allow.
    pub fn control(&self) -> Result<Control, ArchiveError> {
        let mut control = Control::default();
        let mut found = false;
        let limits = Limits { bytes: self.limits.metadata, ..self.limits };
        let mut archive = Tarball::new(self.unpacked(&self.control)?, &self.name, limits);
        let mut walk = archive.items()?;
        while let Some(item) = walk.next()? {
            let Item::File { path, size, mut content, .. } = item else { continue };
            let mut text = Vec::with_capacity(usize::try_from(size).unwrap_or(0).min(1 << 16));
            let read = content.read_to_end(&mut text);
            read.map_err(|error| damaged(&self.name, &format!("`{path}`: {error}")))?;
            let text = String::from_utf8_lossy(&text).into_owned();
            match path.as_str() {
                "control" => (control.fields, found) = (self.fields(&text)?, true),
                "conffiles" => control.conffiles = text.lines().map(str::to_owned).collect(),
                "md5sums" => control.md5sums = text,
                "preinst" | "postinst" | "prerm" | "postrm" | "config" => {
                    control.scripts.push(path.into());
                }
                _ => {}
            }
        }
        control.scripts.sort();
        found.then_some(control).ok_or_else(|| damaged(&self.name, "it has no `control`"))
    }

    fn fields(&self, text: &str) -> Result<Paragraph, ArchiveError> {
        let wrong = |error: super::TextError| damaged(&self.name, &error.to_string());
        let nothing = || damaged(&self.name, "its `control` is empty");
        let fields = Paragraphs::new(text.as_bytes(), "control").next().ok_or_else(nothing)?;
        let fields = fields.map_err(wrong)?;
        for name in ["Package", "Version", "Architecture"] {
            fields.require(name, "control").map_err(wrong)?;
        }
        Ok(fields)
    }

    /// Its files. What is larger than some KiB is written to `into`, a directory that stays as long
    /// as the entries do; the name of each file there is the digest of its bytes.
    ///
    /// # Errors
    /// Something in it must not be there, or it is more than the limits allow.
    pub fn unpack(&self, into: &Path) -> Result<Contents, ArchiveError> {
        let store = ContentStore::new(into, self.limits.metadata);
        data::read(self.unpacked(&self.data)?, &self.name, self.limits, store)
    }

    fn unpacked(&self, member: &Member) -> Result<Unpacked<'_>, ArchiveError> {
        let packed = Compression::of(&member.name).ok_or_else(|| {
            damaged(&self.name, &format!("`{}` is packed in an unknown way", member.name))
        })?;
        let unreadable = |source| ArchiveError::Unreadable { archive: self.name.clone(), source };
        packed.unpack(part(&self.file, member).map_err(unreadable)?).map_err(unreadable)
    }
}

fn part<'f>(mut file: &'f File, member: &Member) -> std::io::Result<Take<&'f File>> {
    file.seek(SeekFrom::Start(member.start))?;
    Ok(file.take(member.size))
}

fn damaged(archive: &str, why: &str) -> ArchiveError {
    ArchiveError::Damaged { archive: archive.to_owned(), why: why.to_owned() }
}
