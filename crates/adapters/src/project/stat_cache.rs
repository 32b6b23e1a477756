//! Digests remembered by what `stat` says, in the manner of Git's index.
//!
//! An entry counts while size, modification time, change time, inode and mode are the same, and
//! the file was last changed clearly before its digest was taken: a file changed in the same tick
//! of the clock could look unchanged ("racily clean"), so it is read again.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::FileType;
use tollgate_model::Digest;

use super::Seen;

const MAGIC: &[u8; 8] = b"tgstat1\n";

/// The kernel stamps files with a clock that may lag by a scheduler tick (at most 10 ms).
const RACY: i64 = 50_000_000;

/// Bytes of an entry beside its path.
const FIXED: usize = 2 + 5 * 8 + 4 + 32;

/// Nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp(i64);

/// What of a file's metadata tells whether it changed: a quarter of all of it, for there is one
/// for each file of the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) size: u64,
    modified: i64,
    changed: i64,
    inode: u64,
    mode: u32,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    stat: Stat,
    read_at: i64,
    digest: Digest,
}

/// The remembered digests by path.
#[derive(Debug, Default)]
pub(super) struct StatCache {
    // Sorted by path.
    known: Vec<(String, Known)>,
    fresh: BTreeMap<String, Known>,
}

impl Stamp {
    pub(super) fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
    }
}

impl Stat {
    pub(super) fn of(meta: &Metadata) -> Self {
        let nanos = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000) + rest;
        Self {
            size: meta.size(),
            modified: nanos(meta.mtime(), meta.mtime_nsec()),
            changed: nanos(meta.ctime(), meta.ctime_nsec()),
            inode: meta.ino(),
            mode: meta.mode(),
        }
    }

    pub(super) fn is_file(self) -> bool {
        FileType::from_raw_mode(self.mode) == FileType::RegularFile
    }
}

impl StatCache {
    /// What the file holds; nothing where it is missing, damaged or of another version.
    pub(super) fn load(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap_or_default();
        Self { known: parse(&bytes).unwrap_or_default(), fresh: BTreeMap::new() }
    }

    /// The digests of those files that have not changed. `seen` is sorted by path.
    pub(super) fn look_up(&self, seen: &[Seen]) -> Vec<Option<Digest>> {
        let mut rest = self.known.as_slice();
        let mut digests = Vec::with_capacity(seen.len());
        for seen in seen {
            // Both are sorted, so one walk over each finds all.
            while rest.first().is_some_and(|(path, _)| *path < seen.path) {
                rest = &rest[1..];
            }
            let known = rest.first().filter(|(path, _)| *path == seen.path);
            digests.push(known.and_then(|(_, known)| known.if_unchanged(&seen.stat)));
        }
        digests
    }

    /// Remembers digests that were taken just now.
    pub(super) fn learn<'a>(&mut self, read: impl Iterator<Item = (&'a Seen, (Stamp, Digest))>) {
        self.fresh.extend(read.map(|(seen, (at, digest))| {
            let known = Known { stat: seen.stat, read_at: at.0, digest };
            (seen.path.clone(), known)
        }));
    }

    /// Writes the cache, if anything in it is new.
    pub(super) fn save(self, path: &Path) -> io::Result<()> {
        if self.fresh.is_empty() {
            return Ok(());
        }
        let mut all: BTreeMap<String, Known> = self.known.into_iter().collect();
        all.extend(self.fresh);
        let mut bytes = MAGIC.to_vec();
        all.iter().for_each(|(path, known)| known.write(path, &mut bytes));
        let sum = blake3::hash(&bytes);
        bytes.extend(sum.as_bytes());
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        let tmp = path.with_extension("tmp");
        fs::write(&tmp, bytes)?;
        fs::rename(tmp, path)
    }
}

impl Known {
    fn if_unchanged(&self, stat: &Stat) -> Option<Digest> {
        let last_change = stat.modified.max(stat.changed);
        let settled = last_change.saturating_add(RACY) < self.read_at;
        (settled && *stat == self.stat).then_some(self.digest)
    }

    fn write(&self, path: &str, out: &mut Vec<u8>) {
        // Linux allows at most 4096 bytes in a path.
        out.extend((path.len() as u16).to_le_bytes());
        out.extend(path.as_bytes());
        out.extend(self.stat.size.to_le_bytes());
        out.extend(self.stat.modified.to_le_bytes());
        out.extend(self.stat.changed.to_le_bytes());
        out.extend(self.stat.inode.to_le_bytes());
        out.extend(self.read_at.to_le_bytes());
        out.extend(self.stat.mode.to_le_bytes());
        out.extend(self.digest.as_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (words, rest) = bytes.split_at_checked(40)?;
        let word = |n: usize| words[n * 8..][..8].try_into().map(i64::from_le_bytes).ok();
        let (mode, rest) = rest.split_at_checked(4)?;
        let mode = mode.try_into().map(u32::from_le_bytes).ok()?;
        let digest = Digest::from_bytes(rest.get(..32)?.try_into().ok()?);
        let stat = Stat {
            size: word(0)?.cast_unsigned(),
            modified: word(1)?,
            changed: word(2)?,
            inode: word(3)?.cast_unsigned(),
            mode,
        };
        Some(Self { stat, read_at: word(4)?, digest })
    }
}

fn parse(bytes: &[u8]) -> Option<Vec<(String, Known)>> {
    let (content, sum) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
    if blake3::hash(content).as_bytes() != sum {
        return None;
    }
    let mut rest = content.strip_prefix(MAGIC.as_slice())?;
    let mut known = Vec::with_capacity(rest.len() / (FIXED + 24));
    while !rest.is_empty() {
        let (length, after) = rest.split_at_checked(2)?;
        let length = usize::from(u16::from_le_bytes(length.try_into().ok()?));
        let (path, after) = after.split_at_checked(length)?;
        let (fixed, after) = after.split_at_checked(FIXED - 2)?;
        known.push((std::str::from_utf8(path).ok()?.to_owned(), Known::read(fixed)?));
        rest = after;
    }
    Some(known)
}
