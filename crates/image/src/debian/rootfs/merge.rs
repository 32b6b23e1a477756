//! The tree that all packages share.

use std::collections::BTreeMap;

use super::layout::{place, stays_away};
use super::{LeaveOut, RootfsError, UnpackedDeb};
use crate::debian::Relations;
use crate::path::ImagePath;
use crate::version::DebianVersion;
use crate::{Content, Entry, EntryKind};

/// Entries by path, each with the package that brought it.
#[derive(Default)]
pub(super) struct Tree<'p> {
    found: BTreeMap<ImagePath, (Entry, Option<&'p UnpackedDeb>)>,
}

impl<'p> Tree<'p> {
    /// Adds what a package brings, but for what stays away.
    pub(super) fn add(
        &mut self,
        package: &'p UnpackedDeb,
        leave_out: LeaveOut,
    ) -> Result<(), RootfsError> {
        for entry in &package.contents.entries {
            let mut entry = Entry { path: place(&entry.path)?, ..entry.clone() };
            if let EntryKind::Hardlink(target) = &mut entry.kind {
                *target = place(target)?;
            }
            // A directory of documentation may be a link to another package's.
            let linked = matches!(entry.kind, EntryKind::Symlink(_))
                && entry.path.parent().is_some_and(|parent| parent.as_str() == "usr/share/doc");
            if linked || !stays_away(&entry.path, leave_out) {
                self.put(entry, package)?;
            }
        }
        Ok(())
    }

    fn put(&mut self, entry: Entry, package: &'p UnpackedDeb) -> Result<(), RootfsError> {
        let Some((known, Some(owner))) = self.found.get(&entry.path) else {
            self.found.insert(entry.path.clone(), (entry, Some(package)));
            return Ok(());
        };
        let directories = [&known.kind, &entry.kind].map(|kind| *kind == EntryKind::Directory);
        if directories == [true, true] || replaces(owner, package) {
            return Ok(());
        }
        if replaces(package, owner) {
            self.found.insert(entry.path.clone(), (entry, Some(package)));
            return Ok(());
        }
        if same(known, owner, &entry, package)? {
            return Ok(());
        }
        let (one, other) = (owner.name().to_owned(), package.name().to_owned());
        Err(RootfsError::Clash { path: entry.path, one, other })
    }

    /// Adds what no package brought; says whether there was nothing there before.
    pub(super) fn make(&mut self, entry: Entry) -> bool {
        let there = self.found.contains_key(&entry.path);
        if !there {
            self.found.insert(entry.path.clone(), (entry, None));
        }
        !there
    }

    /// What is at `path`.
    pub(super) fn get(&self, path: &str) -> Option<(&Entry, Option<&'p UnpackedDeb>)> {
        let path = ImagePath::from_root(path).ok()?;
        self.found.get(&path).map(|(entry, owner)| (entry, *owner))
    }

    /// What is below `directory`, which ends with `/`, in the order of paths.
    pub(super) fn below<'t>(
        &'t self,
        directory: &'t str,
    ) -> impl Iterator<Item = (&'t Entry, Option<&'p UnpackedDeb>)> {
        let all = self.found.values().map(|(entry, owner)| (entry, *owner));
        all.filter(move |(entry, _)| entry.path.as_str().starts_with(directory))
    }

    /// Bytes of a package's files.
    pub(super) fn size_of(&self, package: &str) -> u64 {
        let own = self
            .found
            .values()
            .filter(|(_, owner)| owner.is_some_and(|owner| owner.name() == package));
        own.map(|(entry, _)| entry.size()).sum()
    }

    /// All entries, with the directories that nobody brought, and the owners of what is no directory.
    pub(super) fn finish(
        mut self,
    ) -> Result<(Vec<Entry>, BTreeMap<ImagePath, String>), RootfsError> {
        let paths: Vec<ImagePath> = self.found.keys().cloned().collect();
        for path in paths {
            for above in path.ancestors() {
                match self.found.get(&above) {
                    Some((entry, _)) if entry.kind == EntryKind::Directory => {}
                    Some(_) => return Err(RootfsError::Below { path: path.clone(), above }),
                    None => {
                        self.found.insert(above.clone(), (Entry::directory(above), None));
                    }
                }
            }
        }
        let owners = self.found.iter().filter_map(|(path, (entry, owner))| {
            let owner = owner.filter(|_| entry.kind != EntryKind::Directory)?;
            Some((path.clone(), owner.name().to_owned()))
        });
        let owners = owners.collect();
        Ok((self.found.into_values().map(|(entry, _)| entry).collect(), owners))
    }
}

// `Replaces: other (<< 2)`: its files stand in place of the other's.
fn replaces(one: &UnpackedDeb, other: &UnpackedDeb) -> bool {
    let said = one.control.fields.get("Replaces").unwrap_or_default();
    let version = other.control.fields.get("Version").unwrap_or_default();
    let Ok(version) = version.parse::<DebianVersion>() else { return false };
    let said = Relations::parse(said).unwrap_or_default();
    said.iter().any(|meant| meant.name == other.name() && meant.accepts(&version))
}

fn same(
    known: &Entry,
    owner: &UnpackedDeb,
    entry: &Entry,
    package: &UnpackedDeb,
) -> Result<bool, RootfsError> {
    match (&known.kind, &entry.kind) {
        (EntryKind::File(one), EntryKind::File(other)) => {
            let modes = (known.mode, known.uid, known.gid) == (entry.mode, entry.uid, entry.gid);
            Ok(modes && one.size() == other.size() && equal(one, owner, other, package)?)
        }
        (one, other) => Ok(one == other),
    }
}

fn equal(
    one: &Content,
    owner: &UnpackedDeb,
    other: &Content,
    package: &UnpackedDeb,
) -> Result<bool, RootfsError> {
    // On disk contents are named by their digest.
    match (one, other) {
        (Content::Disk { path: one, .. }, Content::Disk { path: other, .. }) if one == other => {
            Ok(true)
        }
        _ => Ok(owner.bytes(one)? == package.bytes(other)?),
    }
}
