//! The project's files: which there are, and the digest of each.

mod ignored;
mod look;
mod stat_cache;
mod stop;
mod walk;

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use tollgate_engine::{PortError, PortErrorKind, Scan, ScanEntry, ScanKind};
use tollgate_model::{Digest, InputPattern, RelPath};

use crate::git::Tracked;
use crate::store::{digest_of, executable};
use stat_cache::{Stamp, Stat, StatCache};
use stop::Stop;

const SYSTEM: &str = "project";

/// A project's directory.
#[derive(Debug)]
pub struct ProjectFiles {
    root: PathBuf,
    cache: PathBuf,
}

/// A file that was seen, not yet read.
#[derive(Debug)]
struct Seen {
    path: String,
    kind: ScanKind,
    stat: Stat,
    only: Option<RelPath>,
}

impl Seen {
    fn new(path: String, meta: &Metadata, only: Option<RelPath>) -> Self {
        let kind = match meta {
            meta if meta.is_symlink() => ScanKind::Symlink,
            meta if executable(meta) => ScanKind::Executable,
            _ => ScanKind::File,
        };
        Self { path, kind, stat: Stat::of(meta), only }
    }
}

impl ProjectFiles {
    /// The project at `root`, whose digests are remembered in the file `cache`.
    #[must_use]
    pub fn new(root: &Path, cache: &Path) -> Self {
        Self { root: root.to_owned(), cache: cache.to_owned() }
    }

    /// The files that any of the patterns covers. A file that has not changed since its digest
    /// was taken, by size, times and inode, is not read again.
    ///
    /// # Errors
    /// A file or directory can't be read, or `stop` said so.
    pub fn scan(
        &self,
        patterns: &[InputPattern],
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Scan, PortError> {
        let failed = |e| PortError::io(SYSTEM, "can't read the project's files", e);
        let seen = look::beside_git(&self.root, patterns, Stop(stop)).map_err(failed)?;
        let mut cache = StatCache::load(&self.cache);
        let digests = self.digests(&seen, &mut cache, Stop(stop)).map_err(failed)?;
        // A cache that can't be written makes the next run slower, not wrong.
        let _ = cache.save(&self.cache);
        let entries =
            seen.into_iter().zip(digests).filter_map(|(seen, digest)| entry(seen, digest));
        Ok(Scan::new(entries.collect()))
    }

    /// Whether any file of the project at `root` is covered by `pattern`.
    #[must_use]
    pub fn any_match(root: &Path, pattern: &InputPattern) -> bool {
        let covers = |tracked: &Tracked| {
            let patterns = std::slice::from_ref(pattern);
            let seen = look::look(root, patterns, Stop(&|| false), || tracked.clone());
            // Which file it is doesn't matter, so its digest doesn't either.
            let entry = |seen| entry(seen, Digest::of(b""));
            let entries = seen.unwrap_or_default().into_iter().filter_map(entry);
            Scan::new(entries.collect()).covers(pattern)
        };
        // Git is asked only where it could change the answer.
        covers(&Tracked::default()) || covers(&Tracked::look_up(root, &|| false))
    }

    /// The bytes of a scanned file.
    ///
    /// # Errors
    /// `Conflict` where the file is no longer what was scanned.
    pub fn read(&self, entry: &ScanEntry) -> Result<Vec<u8>, PortError> {
        let doing = || format!("can't read {}", entry.path);
        let bytes = fs::read(self.root.join(&entry.path));
        let bytes = bytes.map_err(|e| PortError::io(SYSTEM, doing(), e))?;
        match Digest::of(&bytes) == entry.digest {
            true => Ok(bytes),
            false => Err(changed(&entry.path)),
        }
    }

    /// Copies a scanned file into a workspace.
    ///
    /// # Errors
    /// `Conflict` where the file is no longer what was scanned: what a step reads must be what its
    /// key says.
    pub fn copy(&self, entry: &ScanEntry, to: &Path) -> Result<(), PortError> {
        let source = self.root.join(&entry.path);
        let doing = |e| PortError::io(SYSTEM, format!("can't copy {}", entry.path), e);
        let mode = match entry.kind {
            ScanKind::Symlink => {
                let target = fs::read_link(&source).map_err(doing)?;
                if digest_of_link(&target) != entry.digest {
                    return Err(changed(&entry.path));
                }
                return std::os::unix::fs::symlink(target, to).map_err(doing);
            }
            ScanKind::Executable => 0o755,
            ScanKind::File => 0o644,
        };
        crate::store::copy_file(&source, to, mode).map_err(doing)?;
        let copied = File::open(to).and_then(|file| digest_of(file, &mut vec![0; 1 << 16]));
        match copied.map_err(doing)? == entry.digest {
            true => Ok(()),
            false => Err(changed(&entry.path)),
        }
    }

    fn digests(
        &self,
        seen: &[Seen],
        cache: &mut StatCache,
        stop: Stop<'_>,
    ) -> io::Result<Vec<Digest>> {
        let known: Vec<Option<Digest>> = cache.look_up(seen);
        let unknown: Vec<&Seen> =
            seen.iter().zip(&known).filter(|(_, d)| d.is_none()).map(|(seen, _)| seen).collect();
        let fresh = self.read_all(&unknown, stop)?;
        cache.learn(unknown.into_iter().zip(fresh.iter().copied()));
        let mut fresh = fresh.into_iter().map(|(_, digest)| digest);
        let filled = known.into_iter().map(|known| known.or_else(|| fresh.next()));
        Ok(filled.flatten().collect())
    }

    fn read_all(&self, files: &[&Seen], stop: Stop<'_>) -> io::Result<Vec<(Stamp, Digest)>> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let share = files.len().div_ceil(threads).max(1);
        std::thread::scope(|scope| {
            let parts = files.chunks(share);
            let read = |part| scope.spawn(move || self.read_part(part, stop));
            let workers: Vec<_> = parts.map(read).collect();
            let mut all = Vec::with_capacity(files.len());
            for worker in workers {
                all.extend(worker.join().unwrap_or_else(|p| std::panic::resume_unwind(p))?);
            }
            Ok(all)
        })
    }

    fn read_part(&self, files: &[&Seen], stop: Stop<'_>) -> io::Result<Vec<(Stamp, Digest)>> {
        let mut buffer = vec![0; 1 << 17];
        let mut read = |seen: &&Seen| {
            stop.check()?;
            let path = self.root.join(&seen.path);
            let at = Stamp::now();
            let digest = match seen.kind == ScanKind::Symlink {
                true => fs::read_link(&path).map(|target| digest_of_link(&target)),
                false => File::open(&path)
                    .and_then(|file| hash(stop.around(file), seen.stat, &mut buffer)),
            };
            let named = |e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", seen.path));
            Ok((at, digest.map_err(named)?))
        };
        files.iter().map(&mut read).collect()
    }
}

fn hash(file: impl Read, stat: Stat, buffer: &mut [u8]) -> io::Result<Digest> {
    if stat.is_file() {
        return digest_of(file, buffer);
    }
    Err(io::Error::other("neither a file, a directory nor a symbolic link"))
}

fn digest_of_link(target: &Path) -> Digest {
    Digest::of(target.as_os_str().as_encoded_bytes())
}

fn changed(path: &RelPath) -> PortError {
    let message = format!("{path} was changed while the run was going on; run it again");
    PortError::new(SYSTEM, PortErrorKind::Conflict, message)
}

// A name with a line break or the like can't be declared, so no step can read it.
fn entry(seen: Seen, digest: Digest) -> Option<ScanEntry> {
    let path = RelPath::try_from(seen.path).ok()?;
    Some(ScanEntry { path, kind: seen.kind, digest, bytes: seen.stat.size, only: seen.only })
}
