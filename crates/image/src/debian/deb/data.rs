//! The files of a package as entries of an image.

use std::io::Read;

use super::Contents;
use super::content::ContentStore;
use super::tarball::{Item, Owner, Tarball, unpacked};
use crate::path::ImagePath;
use crate::{ArchiveError, Entry, EntryKind, Limits};

pub(super) fn read(
    reader: impl Read,
    name: &str,
    limits: Limits,
    mut store: ContentStore,
) -> Result<Contents, ArchiveError> {
    let mut entries = Vec::new();
    let mut archive = Tarball::new(reader, name, limits);
    let mut items = archive.items()?;
    while let Some(item) = items.next()? {
        entries.push(match item {
            Item::Root => continue,
            Item::Directory { path, owner } => entry(path, owner, EntryKind::Directory),
            Item::Symlink { path, owner, target } => {
                entry(path, Owner { mode: 0o777, ..owner }, EntryKind::Symlink(target))
            }
            Item::Hardlink { path, target } => {
                // Its mode and owner are those of the file that it names.
                entry(path, Owner { mode: 0o644, uid: 0, gid: 0 }, EntryKind::Hardlink(target))
            }
            Item::File { path, owner, size, mut content } => {
                let content = store.take(&mut content, size);
                let content = content.map_err(|error| unpacked(name, &error))?;
                entry(path, owner, EntryKind::File(content))
            }
        });
    }
    Ok(Contents { entries })
}

fn entry(path: ImagePath, owner: Owner, kind: EntryKind) -> Entry {
    Entry { path, mode: owner.mode, uid: owner.uid, gid: owner.gid, kind }
}
