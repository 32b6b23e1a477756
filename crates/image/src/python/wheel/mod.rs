//! Wheels: reading and installing them. Source: the specification "Binary distribution format"
//! (PEP 427 and its successors).
//!
//! A wheel is hostile until its directory, its record and every content have been checked. What is
//! installed is a function of its bytes and the scheme: pip's layout, without bytecode and with a
//! record that is always the same.

mod bytecode;
mod glibc;
mod headers;
mod install;
mod metadata;
mod record;
mod scripts;
mod unpack;

use std::path::Path;

pub use bytecode::{BytecodeError, bytecode};
pub use install::{Installed, LeaveOut, LeaveOutError, Scheme};
pub use metadata::Metadata;

use crate::zip::{Archive, Member, by_path};
use metadata::About;
use record::{Record, Recorded};

use super::{PackageName, Tag, WheelName};
use crate::{ArchiveError, Limits};

/// How long a record, metadata and other texts may be, in bytes. The record of a wheel with a
/// hundred thousand files has ten million.
const LONGEST_TEXT: u64 = 32 << 20;

/// A wheel whose directory and record agree; its contents are checked when they are unpacked.
pub struct Wheel {
    archive: Archive,
    record: Record,
    metadata: Metadata,
    about: About,
    /// `name-version`, as the wheel spells it, of which `.dist-info` and `.data` are.
    stem: String,
}

impl Wheel {
    /// Opens the wheel in `file`, whose name as a wheel is `name`.
    ///
    /// # Errors
    /// It can't be read, or something in it must not be there, is lacking, or is too much.
    pub fn open(file: &Path, name: &WheelName, limits: &Limits) -> Result<Self, ArchiveError> {
        let shown = format!("the wheel of {} {}", name.name, name.version);
        let archive = Archive::open(file, &shown, limits)?;
        let stem = stem(&archive, &name.name)?;
        let longest = LONGEST_TEXT.min(limits.metadata);
        let text = |file: &str| {
            let path = format!("{stem}.dist-info/{file}");
            let member = archive.members().iter().find(|member| member.path.as_str() == path);
            let member = member.ok_or_else(|| archive.damaged(format!("it has no `{path}`")))?;
            String::from_utf8(archive.read(member, longest)?)
                .map_err(|_| archive.refused(&path, "is not UTF-8"))
        };
        let refused =
            |file: &str, why: String| archive.refused(&format!("{stem}.dist-info/{file}"), why);
        let metadata =
            Metadata::read(&text("METADATA")?).map_err(|why| refused("METADATA", why))?;
        let about = About::read(&text("WHEEL")?).map_err(|why| refused("WHEEL", why))?;
        if metadata.name != name.name || metadata.version != name.version {
            let why = format!(
                "is of {} {}, not of what the file is named",
                metadata.name, metadata.version
            );
            return Err(refused("METADATA", why));
        }
        let record = record::read(&text("RECORD")?)
            .map_err(|line| refused("RECORD", format!("is no record at line {line}")))?;
        let wheel = Self { record, metadata, about, stem, archive };
        wheel.check_record()?;
        Ok(wheel)
    }

    /// What it says of itself.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The tags that it says it has, which should be those of its name.
    #[must_use]
    pub fn tags(&self) -> &[Tag] {
        &self.about.tags
    }

    // Every file is in the record with a digest, and everything in the record is there.
    fn check_record(&self) -> Result<(), ArchiveError> {
        let members = by_path(self.archive.members());
        for path in members.keys().filter(|path| !self.is_signature(path)) {
            let said = self.record.get(*path);
            let why = match said {
                Some(Recorded::Sha256(..)) => continue,
                _ if **path == self.dist_info("RECORD") => continue,
                Some(Recorded::Nothing) => "has no digest in RECORD".to_owned(),
                Some(Recorded::Other(kind)) => {
                    format!("has a digest in RECORD that is no sha256 but `{kind}`")
                }
                None => "is not in RECORD".to_owned(),
            };
            return Err(self.archive.refused(path, why));
        }
        let lacking = self.record.keys().find(|path| !members.contains_key(path.as_str()));
        // Signatures may be named before they are made.
        match lacking.filter(|path| !self.is_signature(path)) {
            Some(path) => Err(self.archive.refused(path, "is in RECORD, but not in the wheel")),
            None => Ok(()),
        }
    }

    fn dist_info(&self, file: &str) -> String {
        format!("{}.dist-info/{file}", self.stem)
    }

    fn is_signature(&self, path: &str) -> bool {
        path == self.dist_info("RECORD.jws") || path == self.dist_info("RECORD.p7s")
    }
}

// The one directory of metadata, which must be the package's own.
fn stem(archive: &Archive, name: &PackageName) -> Result<String, ArchiveError> {
    let mut stems: Vec<&str> = archive.members().iter().filter_map(stem_of).collect();
    stems.sort_unstable();
    stems.dedup();
    let [stem] = stems.as_slice() else {
        let why = format!("it has {} directories of metadata (`.dist-info`)", stems.len());
        return Err(archive.damaged(why));
    };
    let own = stem.rsplit_once('-').and_then(|(own, _)| own.parse::<PackageName>().ok());
    match own.is_some_and(|own| own == *name) {
        true => Ok((*stem).to_owned()),
        false => Err(archive.refused(&format!("{stem}.dist-info"), format!("is not of `{name}`"))),
    }
}

fn stem_of(member: &Member) -> Option<&str> {
    member.path.as_str().split_once('/')?.0.strip_suffix(".dist-info")
}

#[cfg(test)]
mod tests;
