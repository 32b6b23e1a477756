//! Directories in the store.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tollgate_engine::{PortError, PortErrorKind, StoredObject};
use tollgate_model::{Digest, OutputKind, OutputRef, RelPath};

use super::blob::name;
use super::listing::{self, Entry, Node};
use super::take::{executable, walk};
use super::{DiskStore, SYSTEM, children, damaged, io as failed, read, remove_entry};

/// Up to so many files are looked at to say whether a tree is there: at most a millisecond.
const FEW: u64 = 500;

impl DiskStore {
    pub(super) fn tree_entries(&self, digest: &Digest) -> Result<Vec<Entry>, PortError> {
        let text = read(&self.list_path(digest), digest)?;
        if Digest::of(&text) != *digest {
            return Err(damaged(&format!("the listing of the tree {digest} was changed")));
        }
        listing::parse(&text)
            .map_err(|e| damaged(&format!("the listing of the tree {digest} is no listing: {e}")))
    }

    pub(super) fn read_in_tree(&self, tree: &Digest, file: &RelPath) -> Result<Vec<u8>, PortError> {
        let entries = self.tree_entries(tree)?;
        let entry = entries.iter().find(|entry| entry.path == file.as_str());
        let Some(Node::File(digest, _) | Node::Exec(digest, _)) = entry.map(|entry| &entry.node)
        else {
            return Err(failed(format!("{file} in {tree}"), std::io::ErrorKind::NotFound.into()));
        };
        let bytes = read(&self.tree_path(tree).join(file), tree)?;
        match Digest::of(&bytes) == *digest {
            true => Ok(bytes),
            false => Err(damaged(&format!("{file} in the tree {tree} has other bytes"))),
        }
    }

    pub(super) fn list_trees(&self) -> Result<Vec<StoredObject>, PortError> {
        let mut objects = Vec::new();
        for shelf in children(&self.root.join("trees"))? {
            for file in children(&shelf.path())? {
                let hex = format!("{}{}", name(&shelf), name(&file));
                let Some(Ok(digest)) = hex.strip_suffix(".list").map(str::parse) else { continue };
                // A damaged listing still takes its own size, and must still be listed.
                let entries = self.tree_entries(&digest).unwrap_or_default();
                let bytes = listing::reference(&entries, digest).bytes;
                objects.push(StoredObject { digest, bytes });
            }
        }
        Ok(objects)
    }

    pub(super) fn remove_tree(&self, digest: &Digest) -> Result<(), PortError> {
        let list = self.list_path(digest);
        // The listing first: without it the tree counts as not there, whatever happens next.
        self.point();
        remove_entry(&list)?;
        self.discard(&self.tree_path(digest))
    }

    /// Removes directories without a listing: what is left where an engine died while it kept or
    /// removed a tree. Call it under the lease.
    ///
    /// # Errors
    /// Something of it is there still.
    pub fn clear_unlisted(&self) -> Result<(), PortError> {
        for shelf in children(&self.root.join("trees"))? {
            for dir in children(&shelf.path())? {
                let listing = dir.path().with_extension("list");
                if !listing.exists() {
                    self.discard(&dir.path())?;
                }
            }
        }
        Ok(())
    }

    /// Takes a directory away at once by renaming it, then removes what was in it.
    pub(super) fn discard(&self, dir: &Path) -> Result<(), PortError> {
        let tmp = self.tmp_path();
        self.point();
        match fs::rename(dir, &tmp) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(e) => Err(failed(format!("can't remove {}", dir.display()), e)),
            Ok(()) => {
                self.point();
                remove_entry(&tmp)
            }
        }
    }

    /// Looks at the size of each file only where there are few: 20 000 looks take 30 ms, which a
    /// run in which nothing runs has not. A greater tree is looked at before it is used.
    pub(super) fn has_tree(&self, output: &OutputRef) -> bool {
        let there =
            self.list_path(&output.digest).is_file() && self.tree_path(&output.digest).is_dir();
        there && (output.files > FEW || self.misshapen(&output.digest).is_none())
    }

    /// Where a tree can be mounted, once the kind and size of all that it lists were looked at.
    /// The bytes of its files are not read.
    ///
    /// # Errors
    /// It is not there, or damaged; then it is no longer there for `has`.
    pub fn sound_tree(&self, digest: &Digest) -> Result<PathBuf, PortError> {
        if let Some(what) = self.misshapen(digest) {
            return Err(self.forget(&OutputKind::Tree, digest, &what));
        }
        Ok(self.tree_path(digest))
    }

    fn misshapen(&self, digest: &Digest) -> Option<String> {
        let entries = match self.tree_entries(digest) {
            Ok(entries) => entries,
            Err(error) => return Some(error.message),
        };
        let root = self.tree_path(digest);
        entries.iter().find_map(|entry| {
            let is_so = |meta: fs::Metadata| match entry.node {
                Node::Dir => meta.is_dir(),
                Node::Link(_) => meta.is_symlink(),
                Node::File(_, bytes) | Node::Exec(_, bytes) => {
                    meta.is_file() && meta.len() == bytes
                }
            };
            let sound = fs::symlink_metadata(root.join(&entry.path)).is_ok_and(is_so);
            (!sound).then(|| format!("{} is not as it is listed, in the tree {digest}", entry.path))
        })
    }

    /// Lets a damaged object count as not there, so that its step runs again. The directory of a
    /// tree stays for those who have it mounted, until it is made anew or collected.
    pub(super) fn forget(&self, kind: &OutputKind, digest: &Digest, what: &str) -> PortError {
        let gone = match kind {
            OutputKind::Tree => remove_entry(&self.list_path(digest)),
            OutputKind::File | OutputKind::Executable => remove_entry(&self.blob_path(digest)),
        };
        match gone {
            Ok(()) => {
                let message = format!("{what}; it is known no more: run again, and its step runs");
                PortError::new(SYSTEM, PortErrorKind::Permanent, message)
            }
            Err(_) => damaged(what),
        }
    }

    pub(super) fn verify_tree(&self, digest: &Digest) -> Result<Option<String>, PortError> {
        let entries = match self.tree_entries(digest) {
            Ok(entries) => entries,
            Err(error) => return Ok(Some(error.message)),
        };
        let root = self.tree_path(digest);
        let wrong = entries.iter().find_map(|entry| wrong_with(&root, entry));
        let wrong = wrong.or_else(|| unlisted(&root, &entries));
        Ok(wrong.map(|what| format!("{what}, in the tree {digest}")))
    }
}

// A tree is mounted whole: what is in it beside its listing would be seen by steps.
fn unlisted(root: &Path, entries: &[Entry]) -> Option<String> {
    let mut found = Vec::new();
    if let Err(e) = walk(root, "", &mut found) {
        return Some(format!("the directory can't be listed ({e})"));
    }
    let listed: BTreeSet<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
    let more = found.into_iter().find(|(path, _)| !listed.contains(path.as_str()));
    more.map(|(path, _)| format!("{path} is not in the listing"))
}

fn wrong_with(root: &Path, entry: &Entry) -> Option<String> {
    let path = root.join(&entry.path);
    let shown = &entry.path;
    let meta = match fs::symlink_metadata(&path) {
        Ok(meta) => meta,
        Err(e) => return Some(format!("{shown} can't be read ({e})")),
    };
    match &entry.node {
        Node::Dir => (!meta.is_dir()).then(|| format!("{shown} is no directory")),
        Node::Link(target) => {
            let there = fs::read_link(&path).ok();
            (there.as_deref() != Some(Path::new(target)))
                .then(|| format!("the link {shown} does not lead to {target}"))
        }
        Node::File(..) | Node::Exec(..) if !meta.is_file() => {
            Some(format!("{shown} is no regular file"))
        }
        Node::File(digest, _) | Node::Exec(digest, _) => match fs::read(&path) {
            Err(e) => Some(format!("the file {shown} can't be read ({e})")),
            Ok(bytes) if Digest::of(&bytes) != *digest => {
                Some(format!("the file {shown} has other bytes"))
            }
            Ok(_) => (executable(&meta) != matches!(entry.node, Node::Exec(..)))
                .then(|| format!("the file {shown} has another mode")),
        },
    }
}
