//! Advisories as they are exported (`all.zip`, or a directory of such or of JSON files) become a
//! database.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use tollgate_model::Timestamp;

use super::schema::Published;
use super::write::{ByPackage, write};
use super::{Coverage, Database, DatabaseError};
use crate::oci::Sha256;
use crate::zip::Archive;
use crate::{ArchiveError, Limits};

/// The longest advisory: those of the Linux kernel have some hundred kilobytes.
const LONGEST: u64 = 16 << 20;
/// Directories in directories, as the exports have them: one for each ecosystem.
const DEPTH: usize = 3;

/// What was imported.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Imported {
    /// What the database covers now, with what it covered before and was not replaced.
    pub coverage: Vec<Coverage>,
    /// How many advisories were read.
    pub read: u64,
    /// How many of them were withdrawn.
    pub withdrawn: u64,
    /// How many of them say nothing of packages that are known here.
    pub elsewhere: u64,
}

/// Why advisories can't be imported. The database stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// An archive is not what it should be.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A file can't be read.
    #[error("{} can't be read: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What lies beneath.
        source: std::io::Error,
    },
    /// A file is no advisory.
    #[error("{file} is no advisory in the OSV schema: {why}")]
    Malformed {
        /// Which: of an archive, or of a directory.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// There is none.
    #[error("{0} holds no advisory of packages of PyPI or Debian")]
    Nothing(String),
    /// The database that is there can't be added to.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Reads the advisories at `from` and writes them to `to`, with what `before` has of ecosystems
/// that are not among them. `now` is when; what an advisory says of a later time is not believed.
///
/// # Errors
/// Something can't be read or is no advisory; `to` may then have been written to in part.
pub fn import(
    from: &Path,
    before: Option<&Database>,
    now: Timestamp,
    to: &mut dyn Write,
) -> Result<Imported, ImportError> {
    let mut gathered = Gathered::new(now);
    gathered.at(from, DEPTH)?;
    if gathered.known.is_empty() {
        return Err(ImportError::Nothing(from.display().to_string()));
    }
    let source = gathered.source();
    let mut coverage: Vec<Coverage> = gathered
        .known
        .iter()
        .map(|(ecosystem, (names, newest))| Coverage {
            ecosystem: ecosystem.clone(),
            advisories: names.len() as u64,
            newest: *newest,
            imported: now,
            source: source.clone(),
        })
        .collect();
    let mut advisories = gathered.advisories;
    if let Some(before) = before {
        let replaced = |ecosystem: &str| gathered.known.contains_key(ecosystem);
        let kept = before.coverage().iter().filter(|one| !replaced(&one.ecosystem));
        coverage.extend(kept.cloned());
        advisories.extend(before.without(replaced)?);
    }
    for known in advisories.values_mut() {
        known.sort_by(|one, other| one.ids.cmp(&other.ids));
    }
    coverage.sort_by(|one, other| one.ecosystem.cmp(&other.ecosystem));
    let unwritable = |source| ImportError::Io { path: PathBuf::from("the database"), source };
    write(coverage.clone(), &advisories, to).map_err(unwritable)?;
    let Gathered { read, withdrawn, elsewhere, .. } = gathered;
    Ok(Imported { coverage, read, withdrawn, elsewhere })
}

/// What was read so far.
struct Gathered {
    now: Timestamp,
    advisories: ByPackage,
    /// By ecosystem: the advisories' names, and when the newest was changed.
    known: BTreeMap<String, (BTreeSet<String>, Timestamp)>,
    digests: Vec<Sha256>,
    read: u64,
    withdrawn: u64,
    elsewhere: u64,
}

impl Gathered {
    fn new(now: Timestamp) -> Self {
        Self {
            now,
            advisories: ByPackage::new(),
            known: BTreeMap::new(),
            digests: Vec::new(),
            read: 0,
            withdrawn: 0,
            elsewhere: 0,
        }
    }

    fn at(&mut self, path: &Path, depth: usize) -> Result<(), ImportError> {
        let io = |source| ImportError::Io { path: path.to_owned(), source };
        if !fs::metadata(path).map_err(io)?.is_dir() {
            return self.archive(path);
        }
        let listed: Result<Vec<_>, _> = fs::read_dir(path).map_err(io)?.collect();
        let mut paths: Vec<_> = listed.map_err(io)?.iter().map(fs::DirEntry::path).collect();
        paths.sort();
        for path in paths {
            let ends = |end: &str| path.extension().is_some_and(|found| found == end);
            if ends("json") {
                self.file(&path)?;
            } else if ends("zip") {
                self.archive(&path)?;
            } else if depth > 0 && path.is_dir() {
                self.at(&path, depth - 1)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path) -> Result<(), ImportError> {
        let io = |source| ImportError::Io { path: path.to_owned(), source };
        if fs::metadata(path).map_err(io)?.len() > LONGEST {
            let why = format!("it is longer than {LONGEST} bytes");
            return Err(ImportError::Malformed { file: path.display().to_string(), why });
        }
        let bytes = fs::read(path).map_err(io)?;
        self.digests.push(Sha256::of(&bytes));
        self.advisory(&path.display().to_string(), &bytes)
    }

    fn archive(&mut self, path: &Path) -> Result<(), ImportError> {
        let io = |source| ImportError::Io { path: path.to_owned(), source };
        let name = path.display().to_string();
        let archive = Archive::open(path, &name, &Limits::default())?;
        let mut hashed = crate::oci::Sha256Writer::new(std::io::sink());
        std::io::copy(&mut fs::File::open(path).map_err(io)?, &mut hashed).map_err(io)?;
        self.digests.push(hashed.finish().0);
        for member in archive.members() {
            if member.path.as_str().ends_with(".json") {
                let bytes = archive.read(member, LONGEST)?;
                self.advisory(&format!("{name}: {}", member.path), &bytes)?;
            }
        }
        Ok(())
    }

    fn advisory(&mut self, file: &str, bytes: &[u8]) -> Result<(), ImportError> {
        let malformed = |error: serde_json::Error| ImportError::Malformed {
            file: file.to_owned(),
            why: error.to_string(),
        };
        let published: Published = serde_json::from_slice(bytes).map_err(malformed)?;
        self.read += 1;
        if published.withdrawn.as_ref().is_some_and(|when| !when.is_null()) {
            self.withdrawn += 1;
            return Ok(());
        }
        let all = published.advisories();
        self.elsewhere += u64::from(all.is_empty());
        for (ecosystem, package, advisory) in all {
            let (names, newest) = self
                .known
                .entry(ecosystem.clone())
                .or_insert_with(|| (BTreeSet::new(), Timestamp::from_millis(0)));
            names.insert(published.id.clone());
            if let Some(modified) = published.modified().filter(|modified| *modified <= self.now) {
                *newest = modified.max(*newest);
            }
            self.advisories.entry((ecosystem, package)).or_default().push(advisory);
        }
        Ok(())
    }

    fn source(&self) -> String {
        match self.digests.as_slice() {
            [only] => only.to_string(),
            all => {
                let text: String = all.iter().map(|digest| format!("{digest}\n")).collect();
                Sha256::of(text.as_bytes()).to_string()
            }
        }
    }
}
