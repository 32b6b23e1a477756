//! Taking what a step left behind into the store, by moving it.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};
use tollgate_engine::{PortError, PortErrorKind};
use tollgate_model::{Digest, OutputKind, OutputRef};

use super::listing::{self, Entry, Node};
use super::{DiskStore, SYSTEM, blob, io as failed};

/// The one modification time of everything in the store and in a workspace: 1980-01-01, the
/// first that a ZIP archive can hold. Times are no part of a key, so no step may see real ones.
const EPOCH: i64 = 315_532_800;

impl DiskStore {
    /// Moves the file at `path` into the store.
    ///
    /// # Errors
    /// It is no file, or could not be read or moved.
    pub fn take_file(&self, path: &Path) -> Result<OutputRef, PortError> {
        let doing = || format!("can't take {} into the store", path.display());
        let meta = fs::symlink_metadata(path).map_err(|e| failed(doing(), e))?;
        if !meta.is_file() {
            let why = format!("{}: it is not a regular file", doing());
            return Err(PortError::new(SYSTEM, PortErrorKind::Permanent, why));
        }
        let digest = digest_of_file(path, &mut buffer()).map_err(|e| failed(doing(), e))?;
        // The same blob stands for a file and an executable; a mounted one shows its mode.
        let settled = set_mode(path, 0o644).and_then(|()| set_times(path));
        settled.map_err(|e| failed(doing(), e))?;
        self.adopt_blob(path, &digest)?;
        let kind = if executable(&meta) { OutputKind::Executable } else { OutputKind::File };
        Ok(OutputRef { kind, digest, bytes: meta.len(), files: 1 })
    }

    /// Moves the directory at `path` into the store.
    ///
    /// # Errors
    /// It holds something other than files, directories and symbolic links, or a name that is not
    /// UTF-8; or it could not be read or moved.
    pub fn take_tree(&self, path: &Path) -> Result<OutputRef, PortError> {
        let doing = |e: io::Error| {
            let message = format!("can't take {} into the store", path.display());
            match e.kind() {
                // Who left it is to blame, not the store.
                io::ErrorKind::InvalidData => {
                    PortError::new(SYSTEM, PortErrorKind::Denied, message).because(e)
                }
                _ => failed(message, e),
            }
        };
        let mut found = Vec::new();
        walk(path, "", &mut found).map_err(doing)?;
        let mut entries = in_parallel(path, found).map_err(doing)?;
        set_mode(path, 0o755).and_then(|()| set_times(path)).map_err(doing)?;
        entries.sort();
        let text = listing::write(&entries);
        let digest = Digest::of(&text);
        self.adopt_tree(path, &digest, &text)?;
        Ok(listing::reference(&entries, digest))
    }
}

/// Everything below `root`, by its path from there.
pub(super) fn walk(
    root: &Path,
    inside: &str,
    found: &mut Vec<(String, Metadata)>,
) -> io::Result<()> {
    for entry in fs::read_dir(root.join(inside))? {
        let entry = entry?;
        let name = entry
            .file_name()
            .into_string()
            .map_err(|name| no_content(&format!("the name {} is not UTF-8", name.display())))?;
        let path = if inside.is_empty() { name } else { format!("{inside}/{name}") };
        let meta = entry.metadata()?;
        let directory = meta.is_dir();
        found.push((path.clone(), meta));
        if directory {
            walk(root, &path, found)?;
        }
    }
    Ok(())
}

fn in_parallel(root: &Path, found: Vec<(String, Metadata)>) -> io::Result<Vec<Entry>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = found.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let shares = found.chunks(share);
        let workers: Vec<_> = shares.map(|part| scope.spawn(|| entries(root, part))).collect();
        let mut all = Vec::with_capacity(found.len());
        for worker in workers {
            all.extend(worker.join().unwrap_or_else(|p| std::panic::resume_unwind(p))?);
        }
        Ok(all)
    })
}

fn entries(root: &Path, part: &[(String, Metadata)]) -> io::Result<Vec<Entry>> {
    let mut buffer = buffer();
    let entry = |(path, meta): &(String, Metadata)| {
        let node = settle(&root.join(path), meta, &mut buffer)
            .map_err(|e| io::Error::new(e.kind(), format!("{path}: {e}")))?;
        Ok(Entry { path: path.clone(), node })
    };
    part.iter().map(entry).collect()
}

// Reads one node and gives it the mode and time that its listing stands for.
fn settle(path: &Path, meta: &Metadata, buffer: &mut [u8]) -> io::Result<Node> {
    let kind = meta.file_type();
    if kind.is_symlink() {
        let target = fs::read_link(path)?.into_os_string().into_string();
        set_times(path)?;
        let not_text = |_| no_content("the link's target is not UTF-8");
        return target.map(Node::Link).map_err(not_text);
    }
    if !kind.is_dir() && !kind.is_file() {
        return Err(no_content("neither a file, a directory nor a symbolic link"));
    }
    let mode = if kind.is_dir() || executable(meta) { 0o755 } else { 0o644 };
    if meta.permissions().mode() & 0o7777 != mode {
        set_mode(path, mode)?;
    }
    if kind.is_dir() {
        set_times(path)?;
        return Ok(Node::Dir);
    }
    let digest = digest_of_file(path, buffer)?;
    set_times(path)?;
    Ok(match executable(meta) {
        true => Node::Exec(digest, meta.len()),
        false => Node::File(digest, meta.len()),
    })
}

// What can't stand in a listing.
fn no_content(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

fn buffer() -> Vec<u8> {
    vec![0; 1 << 17]
}

fn digest_of_file(path: &Path, buffer: &mut [u8]) -> io::Result<Digest> {
    blob::digest_of(File::open(path)?, buffer)
}

pub(crate) fn executable(meta: &Metadata) -> bool {
    meta.permissions().mode() & 0o111 != 0
}

fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// Gives what is at `path`, be it a link, the one time that steps see.
///
/// # Errors
/// It is not there, or someone else's.
pub(crate) fn set_times(path: &Path) -> io::Result<()> {
    let epoch = Timespec { tv_sec: EPOCH, tv_nsec: 0 };
    let times = Timestamps { last_access: epoch, last_modification: epoch };
    Ok(utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)?)
}

impl DiskStore {
    fn adopt_tree(&self, path: &Path, digest: &Digest, text: &[u8]) -> Result<(), PortError> {
        let place = self.tree_path(digest);
        if self.list_path(digest).exists() {
            // Reading the one that is there costs what reading the new one did. One that is sound
            // stays, for steps may have it mounted; a damaged one makes room.
            if self.verify_tree(digest)?.is_none() {
                return self.discard(path);
            }
            self.remove_tree(digest)?;
        }
        let doing = |e| failed(format!("can't keep the tree {digest}"), e);
        // A directory without a listing is what a crash left between the two renames below.
        self.discard(&place)?;
        let listing: PathBuf = self.tmp_path();
        self.point();
        fs::write(&listing, text).map_err(doing)?;
        blob::make_parent(&place).map_err(doing)?;
        self.point();
        fs::rename(path, &place).map_err(doing)?;
        self.point();
        fs::rename(&listing, self.list_path(digest)).map_err(doing)
    }
}
