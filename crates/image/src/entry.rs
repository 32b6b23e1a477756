//! Files of an image, before they are a layer and after.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use crate::path::ImagePath;

/// One file, directory or link of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it is.
    pub path: ImagePath,
    /// Permission bits, with set-user-id, set-group-id and sticky.
    pub mode: u32,
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
    /// What it is.
    pub kind: EntryKind,
}

/// What an entry is. Devices, sockets and pipes have no place in an image that is built here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A directory.
    Directory,
    /// A file.
    File(Content),
    /// A link to what this text names, which need not exist.
    Symlink(String),
    /// Another name of a file.
    Hardlink(ImagePath),
}

/// The bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// In memory.
    Bytes(Vec<u8>),
    /// In a file of this machine that has this many bytes and stays as it is.
    Disk {
        /// Where.
        path: PathBuf,
        /// How many bytes.
        size: u64,
    },
}

impl Entry {
    /// A directory of root's that all may look into.
    #[must_use]
    pub fn directory(path: ImagePath) -> Self {
        Self { path, mode: 0o755, uid: 0, gid: 0, kind: EntryKind::Directory }
    }

    /// A file of root's that all may read, and run if it is `executable`.
    #[must_use]
    pub fn file(path: ImagePath, content: Content, executable: bool) -> Self {
        let mode = if executable { 0o755 } else { 0o644 };
        Self { path, mode, uid: 0, gid: 0, kind: EntryKind::File(content) }
    }

    /// A symbolic link to `target`.
    #[must_use]
    pub fn symlink(path: ImagePath, target: &str) -> Self {
        Self { path, mode: 0o777, uid: 0, gid: 0, kind: EntryKind::Symlink(target.to_owned()) }
    }

    /// Bytes of content.
    #[must_use]
    pub fn size(&self) -> u64 {
        match &self.kind {
            EntryKind::File(content) => content.size(),
            EntryKind::Directory | EntryKind::Symlink(_) | EntryKind::Hardlink(_) => 0,
        }
    }
}

impl Content {
    /// How many bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Disk { size, .. } => *size,
        }
    }

    /// A reader of the bytes.
    ///
    /// # Errors
    /// The file can't be opened.
    pub fn open(&self) -> io::Result<Box<dyn Read + Send + '_>> {
        Ok(match self {
            Self::Bytes(bytes) => Box::new(bytes.as_slice()),
            Self::Disk { path, .. } => Box::new(File::open(path)?),
        })
    }
}
