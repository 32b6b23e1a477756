//! Copies out of the store: by reflink where the file system shares blocks, else byte by byte.
//!
//! Never by hard link: who writes to the copy would write to the store. Where a tree is only to
//! be read, the sandbox mounts it under an overlay, which costs nothing at all.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::Path;

use tollgate_engine::PortError;
use tollgate_model::{OutputKind, OutputRef};

use super::listing::{Entry, Node};
use super::take::set_times;
use super::{DiskStore, blob, io as failed};

impl DiskStore {
    /// Puts a copy of `output` at `to`, which must not be there yet, with modes and links as they
    /// were.
    ///
    /// # Errors
    /// The object is not there or the copy can't be written. Part of a tree may be there then.
    pub fn restore(&self, output: &OutputRef, to: &Path) -> Result<(), PortError> {
        let doing = |e| failed(format!("can't restore {}", to.display()), e);
        blob::make_parent(to).map_err(doing)?;
        match output.kind {
            OutputKind::Tree => self.restore_tree(output, to),
            OutputKind::File => {
                copy_file(&self.blob_path(&output.digest), to, 0o644).map_err(doing)
            }
            OutputKind::Executable => {
                copy_file(&self.blob_path(&output.digest), to, 0o755).map_err(doing)
            }
        }
    }

    fn restore_tree(&self, output: &OutputRef, to: &Path) -> Result<(), PortError> {
        let doing = |e| failed(format!("can't restore {}", to.display()), e);
        let entries = self.tree_entries(&output.digest)?;
        let root = self.tree_path(&output.digest);
        fs::create_dir(to).map_err(doing)?;
        // Sorted by path, a directory comes before what is in it; files can then go side by side.
        let (dirs, rest): (Vec<_>, Vec<_>) =
            entries.iter().partition(|entry| entry.node == Node::Dir);
        for dir in dirs {
            fs::create_dir(to.join(&dir.path)).map_err(doing)?;
        }
        in_parallel(&rest, |entry| place(&root, to, entry)).map_err(doing)
    }
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
        Node::Link(link) => symlink(link, target),
        Node::File(..) => copy_file(&root.join(&entry.path), &target, 0o644),
        Node::Exec(..) => copy_file(&root.join(&entry.path), &target, 0o755),
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
    if rustix::fs::ioctl_ficlone(&target, &source).is_err() {
        io::copy(&mut source, &mut target)?;
    }
    set_times(to)
}
