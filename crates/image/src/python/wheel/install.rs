//! Where each file of a wheel goes. Source: the specification "Binary distribution format", section
//! "Installing a wheel", and what pip makes of it.

use std::collections::BTreeMap;
use std::path::Path;

use regex::{RegexSet, RegexSetBuilder};

use super::Wheel;
use super::record::{Record, Recorded, written};
use super::scripts::{commands, with_interpreter};
use super::unpack::Unpacker;
use crate::oci::Sha256;
use crate::path::ImagePath;
use crate::zip::Member;
use crate::{ArchiveError, Content, Entry};

/// What is written into `INSTALLER`, where pip writes `pip`.
const INSTALLER: &[u8] = b"tollgate\n";
/// How long a script may be whose first line is rewritten, and an `entry_points.txt`.
const LONGEST_SCRIPT: u64 = 32 << 20;

/// The directories of an installation, and its interpreter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// For modules, pure or not: `usr/lib/python3.11/site-packages`.
    pub site_packages: ImagePath,
    /// For commands: `usr/bin`.
    pub scripts: ImagePath,
    /// For other files, by their own paths: `usr`.
    pub data: ImagePath,
    /// For C headers, in a directory for each package: `usr/include/python3.11`.
    pub headers: ImagePath,
    /// The interpreter that commands start: `/usr/bin/python3.11`.
    pub python: String,
}

/// Files that an image does without, by patterns on their paths in the wheel: `*` stands for any
/// text within a name, `**` for any text. Metadata always stays.
#[derive(Clone, Debug)]
pub struct LeaveOut(RegexSet);

/// A pattern that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the patterns of files to leave out are too long or too many: {0}")]
pub struct LeaveOutError(String);

/// An installed wheel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// Its files, sorted by path, each once; directories are left to who puts packages together.
    pub entries: Vec<Entry>,
    /// Bytes of all of them.
    pub size: u64,
}

impl LeaveOut {
    /// These patterns.
    ///
    /// # Errors
    /// They are too long or too many.
    pub fn of<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, LeaveOutError> {
        let any_text = |pattern: &str| {
            let escaped = regex::escape(pattern);
            format!("^{}$", escaped.replace(r"\*\*", ".*").replace(r"\*", "[^/]*"))
        };
        let set = RegexSetBuilder::new(patterns.into_iter().map(any_text)).build();
        set.map(Self).map_err(|error| LeaveOutError(error.to_string()))
    }

    /// Nothing is left out.
    #[must_use]
    pub fn nothing() -> Self {
        Self(RegexSet::empty())
    }
}

impl Wheel {
    /// Installs it by `scheme`. Large files are unpacked into `directory`, under names of their own,
    /// and have to stay there until the entries have been read.
    ///
    /// # Errors
    /// A content is not what the record says, or a file has no place.
    pub fn install(
        &self,
        scheme: &Scheme,
        leave_out: &LeaveOut,
        directory: &Path,
    ) -> Result<Installed, ArchiveError> {
        let mut installation = Installation {
            wheel: self,
            scheme,
            unpacker: Unpacker::new(self, directory),
            files: BTreeMap::new(),
        };
        installation.commands()?;
        for member in self.archive.members() {
            if self.is_installed(member, leave_out) {
                installation.member(member)?;
            }
        }
        installation.metadata()?;
        let entries: Vec<Entry> =
            installation.files.into_values().map(|(entry, _)| entry).collect();
        let size = entries.iter().map(Entry::size).sum();
        Ok(Installed { entries, size })
    }

    // The record is written anew; signatures are of the old one; the two marks are an installer's.
    fn is_installed(&self, member: &Member, leave_out: &LeaveOut) -> bool {
        let path = member.path.as_str();
        let metadata = path.strip_prefix(&self.dist_info(""));
        match metadata {
            Some("RECORD" | "INSTALLER" | "REQUESTED") => false,
            Some(_) => !self.is_signature(path),
            None => !leave_out.0.is_match(path),
        }
    }
}

struct Installation<'a> {
    wheel: &'a Wheel,
    scheme: &'a Scheme,
    unpacker: Unpacker<'a>,
    files: BTreeMap<ImagePath, (Entry, Sha256)>,
}

enum Place {
    Script(ImagePath),
    Other(ImagePath),
}

impl Installation<'_> {
    // Commands come first: a script of the same name gives way to them, as with pip.
    fn commands(&mut self) -> Result<(), ArchiveError> {
        let path = self.wheel.dist_info("entry_points.txt");
        let archive = &self.wheel.archive;
        let Some(member) = archive.members().iter().find(|m| m.path.as_str() == path) else {
            return Ok(());
        };
        let text = String::from_utf8(archive.read(member, LONGEST_SCRIPT)?)
            .map_err(|_| archive.refused(&path, "is not UTF-8"))?;
        let commands = commands(&text).map_err(|line| {
            archive.refused(&path, format!("has a command that is none: `{line}`"))
        })?;
        for command in commands {
            let to = self.joined(&self.scheme.scripts, &command.name, &path)?;
            let script = command.script(&self.scheme.python).into_bytes();
            let digest = Sha256::of(&script);
            let entry = Entry::file(to.clone(), Content::Bytes(script), true);
            self.files.insert(to, (entry, digest));
        }
        Ok(())
    }

    fn member(&mut self, member: &Member) -> Result<(), ArchiveError> {
        let (content, digest) = self.unpacker.content(member)?;
        match self.place(member)? {
            Place::Script(to) => {
                if self.files.contains_key(&to) {
                    return Ok(());
                }
                let (content, digest) = self.script(member, content, digest)?;
                self.add(Entry::file(to, content, true), digest)
            }
            Place::Other(to) => self.add(Entry::file(to, content, member.executable), digest),
        }
    }

    fn place(&self, member: &Member) -> Result<Place, ArchiveError> {
        let path = member.path.as_str();
        let scheme = self.scheme;
        let data = path.strip_prefix(&format!("{}.data/", self.wheel.stem));
        let Some((kind, rest)) = data.map(|data| data.split_once('/').unwrap_or((data, ""))) else {
            return self.joined(&scheme.site_packages, path, path).map(Place::Other);
        };
        let below = |base: &ImagePath| self.joined(base, rest, path);
        Ok(match kind {
            "purelib" | "platlib" => Place::Other(below(&scheme.site_packages)?),
            "data" => Place::Other(below(&scheme.data)?),
            "scripts" => Place::Script(below(&scheme.scripts)?),
            "headers" => {
                let name = self.wheel.metadata.name.as_str();
                Place::Other(below(&self.joined(&scheme.headers, name, path)?)?)
            }
            _ => return Err(self.wheel.archive.refused(path, "is in no category that is known")),
        })
    }

    fn joined(&self, base: &ImagePath, below: &str, of: &str) -> Result<ImagePath, ArchiveError> {
        base.join(below)
            .map_err(|error| self.wheel.archive.refused(of, format!("has no place: {error}")))
    }

    fn script(
        &self,
        member: &Member,
        content: Content,
        digest: Sha256,
    ) -> Result<(Content, Sha256), ArchiveError> {
        if member.size > LONGEST_SCRIPT {
            // A program that was compiled; no text is that long.
            return Ok((content, digest));
        }
        let unreadable = |path: &Path| {
            let archive = path.display().to_string();
            move |source| ArchiveError::Unreadable { archive, source }
        };
        match content {
            Content::Bytes(bytes) => {
                let script = with_interpreter(bytes, &self.scheme.python);
                let digest = Sha256::of(&script);
                Ok((Content::Bytes(script), digest))
            }
            // What was too much for the memory goes back to where it was.
            Content::Disk { path, .. } => {
                let script = std::fs::read(&path).map_err(unreadable(&path))?;
                let script = with_interpreter(script, &self.scheme.python);
                std::fs::write(&path, &script).map_err(unreadable(&path))?;
                let size = script.len() as u64;
                Ok((Content::Disk { path, size }, Sha256::of(&script)))
            }
        }
    }

    fn add(&mut self, entry: Entry, digest: Sha256) -> Result<(), ArchiveError> {
        let to = entry.path.clone();
        if self.files.contains_key(&to) {
            return Err(self.wheel.archive.refused(to.as_str(), "would be installed twice"));
        }
        self.files.insert(to, (entry, digest));
        Ok(())
    }

    fn metadata(&mut self) -> Result<(), ArchiveError> {
        let installer = self.wheel.dist_info("INSTALLER");
        let to = self.joined(&self.scheme.site_packages, &installer, &installer)?;
        let content = Content::Bytes(INSTALLER.to_vec());
        self.add(Entry::file(to, content, false), Sha256::of(INSTALLER))?;
        let own = self.wheel.dist_info("RECORD");
        let to = self.joined(&self.scheme.site_packages, &own, &own)?;
        let mut record: Record = self
            .files
            .values()
            .map(|(entry, digest)| {
                let path = relative(&self.scheme.site_packages, &entry.path);
                (path, Recorded::Sha256(*digest, Some(entry.size())))
            })
            .collect();
        record.insert(own, Recorded::Nothing);
        let text = written(&record).into_bytes();
        let digest = Sha256::of(&text);
        self.add(Entry::file(to, Content::Bytes(text), false), digest)
    }
}

// The path of `to` as seen from the directory `from`: `../../../bin/x`.
fn relative(from: &ImagePath, to: &ImagePath) -> String {
    let from: Vec<&str> = from.as_str().split('/').collect();
    let to: Vec<&str> = to.as_str().split('/').collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", from.len() - common);
    up.chain(to[common..].iter().copied()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_a_record_start_at_the_modules() {
        let path = |text: &str| text.parse::<ImagePath>().unwrap();
        let site = path("usr/lib/python3.11/site-packages");
        assert_eq!(relative(&site, &path("usr/bin/x")), "../../../bin/x");
        assert_eq!(relative(&site, &path("usr/lib/python3.11/site-packages/a/b.py")), "a/b.py");
    }

    #[test]
    fn patterns_leave_out_what_they_name() {
        let set = LeaveOut::of(["**/tests/**", "a/*.pyi"]).unwrap().0;
        assert!(set.is_match("a/b/tests/c/d.py") && set.is_match("a/x.pyi"));
        assert!(!set.is_match("a/b/x.pyi") && !set.is_match("a/testing.py"));
        assert!(!LeaveOut::nothing().0.is_match("a"));
    }
}
