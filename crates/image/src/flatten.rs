//! The files of an image as a directory of this machine.
//!
//! No name of the image is ever followed through a link. First there are directories alone, each
//! made in one that was made before it; then files, into those directories; symbolic links come
//! when nothing is written any more. So there is no link on any path while it is used, whatever the
//! layers say. What must not change meanwhile is the directory itself: it is new, or empty, and
//! nobody else's.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use crate::archive::{ArchiveError, Limits};
use crate::layer::{Header, LayerEntry, LayerReader, Node};
use crate::path::ImagePath;
use crate::tree::{Kind, LayerSource, Placed, Tree};

/// Who owns the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// Whoever writes them; set-user-id and set-group-id are left out, as they would mean another.
    Mine,
    /// The image's users, which only root can give them to.
    Images,
}

/// Why the files of an image can't be written out.
#[derive(Debug, thiserror::Error)]
pub enum FlattenError {
    /// A layer can't be read.
    #[error(transparent)]
    Layer(#[from] ArchiveError),
    /// There is something where the image should go.
    #[error("{} is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// The disk fails.
    #[error("{}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What lies beneath.
        source: io::Error,
    },
}

/// Writes the files of an image into `root`, which is new or empty, and tells what they are.
///
/// # Errors
/// A layer can't be read, `root` is not empty, or the disk fails. What was written then stays.
pub fn flatten(
    layers: &[LayerSource],
    limits: &Limits,
    ownership: Ownership,
    root: &Path,
) -> Result<Tree, FlattenError> {
    let tree = Tree::of(layers, limits)?;
    fs::create_dir_all(root).map_err(at(root))?;
    if fs::read_dir(root).map_err(at(root))?.next().is_some() {
        return Err(FlattenError::NotEmpty(root.to_owned()));
    }
    let out = Out { root, ownership, tree: &tree };
    out.directories()?;
    let contents = out.contents();
    for (index, layer) in layers.iter().enumerate() {
        out.files(layer, limits, index, &contents)?;
    }
    out.links(&contents)?;
    out.finish_directories()?;
    Ok(tree)
}

/// For each content the paths that have it; the first is written, the others are its hard links.
type Contents<'a> = HashMap<(usize, &'a ImagePath), Vec<&'a ImagePath>>;

struct Out<'a> {
    root: &'a Path,
    ownership: Ownership,
    tree: &'a Tree,
}

impl<'a> Out<'a> {
    fn of_kind(
        &self,
        is: impl Fn(&Kind) -> bool + 'a,
    ) -> impl DoubleEndedIterator<Item = (&'a ImagePath, &'a Placed)> {
        self.tree.iter().filter(move |(_, placed)| is(&placed.kind))
    }

    fn directories(&self) -> Result<(), FlattenError> {
        for (path, _) in self.of_kind(|kind| *kind == Kind::Directory) {
            let place = self.root.join(path.as_str());
            // Its own mode may not let us write into it.
            fs::DirBuilder::new().mode(0o700).create(&place).map_err(at(&place))?;
        }
        Ok(())
    }

    fn contents(&self) -> Contents<'a> {
        let mut contents = Contents::new();
        for (path, placed) in self.tree.iter() {
            if let Kind::File(stored) = &placed.kind {
                contents.entry((stored.layer, &stored.path)).or_default().push(path);
            }
        }
        contents
    }

    fn files(
        &self,
        layer: &LayerSource,
        limits: &Limits,
        index: usize,
        contents: &Contents<'a>,
    ) -> Result<(), FlattenError> {
        let mut reader = layer.reader(limits)?;
        while let Some(entry) = reader.next_entry()? {
            let LayerEntry::Has(Header { path, node: Node::File(_), .. }) = entry else { continue };
            let first = contents.get(&(index, &path)).and_then(|paths| paths.first());
            if let Some(placed) = first.and_then(|path| self.tree.get(path))
                && let Some(first) = first
            {
                self.file(&mut reader, first, placed)?;
            }
        }
        Ok(())
    }

    fn file(
        &self,
        from: &mut LayerReader<'_>,
        path: &ImagePath,
        placed: &Placed,
    ) -> Result<(), FlattenError> {
        let place = self.root.join(path.as_str());
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(&place);
        let mut file = file.map_err(at(&place))?;
        let mut piece = vec![0; 1 << 16];
        loop {
            let read = io::Read::read(from, &mut piece).map_err(|error| from.failure(error))?;
            if read == 0 {
                break;
            }
            io::Write::write_all(&mut file, &piece[..read]).map_err(at(&place))?;
        }
        self.own(&place, placed)?;
        file.set_permissions(self.mode(placed)).map_err(at(&place))?;
        set_time(&file, placed.time).map_err(at(&place))
    }

    fn links(&self, contents: &Contents<'a>) -> Result<(), FlattenError> {
        for paths in contents.values() {
            let Some((first, others)) = paths.split_first() else { continue };
            for other in others {
                let place = self.root.join(other.as_str());
                fs::hard_link(self.root.join(first.as_str()), &place).map_err(at(&place))?;
            }
        }
        for (path, placed) in self.of_kind(|kind| matches!(kind, Kind::Symlink(_))) {
            let Kind::Symlink(target) = &placed.kind else { continue };
            let place = self.root.join(path.as_str());
            std::os::unix::fs::symlink(target, &place).map_err(at(&place))?;
            self.own(&place, placed)?;
        }
        Ok(())
    }

    /// Modes of directories come last and from below, as they may shut us out. No link is on the
    /// way to them: what is above a directory is a directory.
    fn finish_directories(&self) -> Result<(), FlattenError> {
        for (path, placed) in self.of_kind(|kind| *kind == Kind::Directory).rev() {
            let place = self.root.join(path.as_str());
            self.own(&place, placed)?;
            fs::set_permissions(&place, self.mode(placed)).map_err(at(&place))?;
        }
        Ok(())
    }

    fn own(&self, place: &Path, placed: &Placed) -> Result<(), FlattenError> {
        match self.ownership {
            Ownership::Mine => Ok(()),
            Ownership::Images => {
                std::os::unix::fs::lchown(place, Some(placed.uid), Some(placed.gid))
                    .map_err(at(place))
            }
        }
    }

    fn mode(&self, placed: &Placed) -> Permissions {
        let kept = match self.ownership {
            Ownership::Mine => 0o1777,
            Ownership::Images => 0o7777,
        };
        Permissions::from_mode(placed.mode & kept)
    }
}

/// Python compares a module's time with the one that its bytecode names.
fn set_time(file: &File, seconds: u64) -> io::Result<()> {
    match UNIX_EPOCH.checked_add(Duration::from_secs(seconds)) {
        Some(time) => file.set_modified(time),
        None => Ok(()),
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> FlattenError + '_ {
    |source| FlattenError::Io { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests;
