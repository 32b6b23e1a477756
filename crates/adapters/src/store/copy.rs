//! Copies out of the store: by reflink where the file system shares blocks, else byte by byte.
//!
//! Never by hard link: who writes to the copy would write to the store. Where a tree is only to
//! be read, the sandbox mounts it under an overlay, which costs nothing at all.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::Path;

use tollgate_engine::PortError;
use tollgate_model::{Digest, OutputKind, OutputRef};

use super::listing::{Entry, Node};
use super::take::set_times;
use super::{DiskStore, blob, io as failed};

impl DiskStore {
    /// Puts a copy of `output` at `to`, which must not be there yet, with modes and links as they
    /// were.
    ///
    /// # Errors
    /// The object is not there or damaged, or the copy can't be written. Part of a tree may be
    /// there then. What is damaged is no longer there for `has`.
    pub fn restore(&self, output: &OutputRef, to: &Path) -> Result<(), PortError> {
        let doing = |e| failed(format!("can't restore {}", to.display()), e);
        blob::make_parent(to).map_err(doing)?;
        match output.kind {
            OutputKind::Tree => self.restore_tree(output, to),
            OutputKind::File => self.restore_blob(output, to, 0o644),
            OutputKind::Executable => self.restore_blob(output, to, 0o755),
        }
    }

    fn restore_blob(&self, output: &OutputRef, to: &Path, mode: u32) -> Result<(), PortError> {
        let digest = &output.digest;
        match copy_proven(&self.blob_path(digest), to, mode, digest) {
            Ok(()) => Ok(()),
            Err(e) if e.kind() == io::ErrorKind::InvalidData => {
                let what = format!("the object {digest} has other bytes than it should");
                Err(self.forget(&output.kind, digest, &what))
            }
            Err(e) => Err(failed(format!("can't restore {}", to.display()), e)),
        }
    }

    fn restore_tree(&self, output: &OutputRef, to: &Path) -> Result<(), PortError> {
        let doing = |e| failed(format!("can't restore {}", to.display()), e);
        let entries = self.tree_entries(&output.digest)?;
        let root = self.tree_path(&output.digest);
        make_dir(to).map_err(doing)?;
        // Sorted by path, a directory comes before what is in it; files can then go side by side.
        let (dirs, rest): (Vec<_>, Vec<_>) =
            entries.iter().partition(|entry| entry.node == Node::Dir);
        for dir in &dirs {
            make_dir(&to.join(&dir.path)).map_err(doing)?;
        }
        in_parallel(&rest, |entry| place(&root, to, entry)).map_err(|e| match e.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::NotFound => {
                let what = format!("{e}, in the tree {}", output.digest);
                self.forget(&output.kind, &output.digest, &what)
            }
            _ => doing(e),
        })?;
        // What is made in a directory changes its time: the inner ones first, when all is there.
        let dirs = dirs.iter().rev().map(|dir| to.join(&dir.path)).chain([to.to_owned()]);
        dirs.into_iter().try_for_each(|dir| set_times(&dir)).map_err(doing)
    }
}

// Whatever the caller's umask is.
fn make_dir(path: &Path) -> io::Result<()> {
    fs::create_dir(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

fn in_parallel(
    entries: &[&Entry],
    each: impl Fn(&Entry) -> io::Result<()> + Sync,
) -> io::Result<()> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = entries.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let work = |part: &[&Entry]| part.iter().try_for_each(|entry| each(entry));
        let parts = entries.chunks(share);
        let workers: Vec<_> = parts.map(|part| scope.spawn(move || work(part))).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|p| std::panic::resume_unwind(p)))
    })
}

fn place(root: &Path, to: &Path, entry: &Entry) -> io::Result<()> {
    let target = to.join(&entry.path);
    match &entry.node {
        Node::Dir => Ok(()),
        Node::Link(link) => symlink(link, &target).and_then(|()| set_times(&target)),
        Node::File(digest, _) => copy_proven(&root.join(&entry.path), &target, 0o644, digest),
        Node::Exec(digest, _) => copy_proven(&root.join(&entry.path), &target, 0o755, digest),
    }
    .map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", entry.path)))
}

// Reads the copy, not the source: what was proven is then what is used.
fn copy_proven(from: &Path, to: &Path, mode: u32, digest: &Digest) -> io::Result<()> {
    copy_file(from, to, mode)?;
    let copied = blob::digest_of(File::open(to)?, &mut vec![0; 1 << 16])?;
    match copied == *digest {
        true => Ok(()),
        false => Err(io::Error::new(io::ErrorKind::InvalidData, "it has other bytes")),
    }
}

/// Copies a file to a new one with that mode and the fixed modification time; shares its blocks
/// where the file system can.
///
/// # Errors
/// The source can't be read, or the target is there already or can't be written.
pub(crate) fn copy_file(from: &Path, to: &Path, mode: u32) -> io::Result<()> {
    let mut source = File::open(from)?;
    let mut target = OpenOptions::new().write(true).create_new(true).mode(mode).open(to)?;
    // Whatever the caller's umask is.
    target.set_permissions(fs::Permissions::from_mode(mode))?;
    if rustix::fs::ioctl_ficlone(&target, &source).is_err() {
        io::copy(&mut source, &mut target)?;
    }
    set_times(to)
}
