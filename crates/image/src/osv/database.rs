//! The database: one file that is opened in a moment, as only what is asked for is read.
//!
//! ```text
//! magic                 8 bytes
//! length of the header  8 bytes, little-endian
//! SHA-256 of the header
//! header                JSON: what is covered, and the index' place, length and SHA-256
//! blocks                one for each package: its advisories as JSON
//! index                 for each block its package, place, length and SHA-256, sorted by package
//! ```
//!
//! Everything is under a digest that is compared before it is used: a damaged database is an error,
//! and never an answer.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Advisory, Coverage};
use crate::Ecosystem;
use crate::oci::Sha256;

pub(super) const MAGIC: &[u8; 8] = b"TGADV\0\x001";
/// Where the header begins: behind the magic, its length and its digest.
pub(super) const HEADER: u64 = 8 + 8 + 32;
/// A header lists ecosystems, an index packages; a block holds what is known of one package.
const LONGEST_HEADER: u64 = 1 << 20;
const LONGEST_INDEX: u64 = 256 << 20;
const LONGEST_BLOCK: u64 = 64 << 20;

/// Advisories by package.
#[derive(Debug)]
pub struct Database {
    file: File,
    coverage: Vec<Coverage>,
    index: BTreeMap<(String, String), Block>,
}

/// Why a database can't be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// It can't be read.
    #[error("the database of advisories can't be read: {0}")]
    Io(#[from] io::Error),
    /// It is not what was written.
    #[error("the database of advisories is damaged: {0}")]
    Damaged(String),
}

/// What a header says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) coverage: Vec<Coverage>,
    pub(super) index: Block,
}

/// A part of the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Block {
    pub(super) at: u64,
    pub(super) length: u64,
    pub(super) sha256: Sha256,
}

/// A line of the index.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) ecosystem: String,
    pub(super) package: String,
    #[serde(flatten)]
    pub(super) block: Block,
}

impl Database {
    /// The database in a file. Its index is read, and no advisory.
    ///
    /// # Errors
    /// It can't be read, or is damaged.
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        let file = File::open(path)?;
        let mut head = [0; HEADER as usize];
        read_at(&file, 0, &mut head)?;
        let (magic, rest) = head.split_at(8);
        let (length, digest) = rest.split_at(8);
        if magic != MAGIC {
            return Err(damaged("it is no database, or one of another version: import it again"));
        }
        let length = u64::from_le_bytes(length.try_into().unwrap_or_default());
        let sha256 = Sha256::from_bytes(digest.try_into().unwrap_or_default());
        let header = Block { at: HEADER, length, sha256 };
        let header: Header = parsed(&file, &header, LONGEST_HEADER, "its header")?;
        let lines: Vec<Line> = parsed(&file, &header.index, LONGEST_INDEX, "its index")?;
        let index = lines.into_iter().map(|line| ((line.ecosystem, line.package), line.block));
        Ok(Self { file, coverage: header.coverage, index: index.collect() })
    }

    /// What it covers, by ecosystem.
    #[must_use]
    pub fn coverage(&self) -> &[Coverage] {
        &self.coverage
    }

    /// What it covers of an ecosystem; none where it says nothing of its packages.
    #[must_use]
    pub fn covers(&self, ecosystem: &Ecosystem) -> Option<&Coverage> {
        let name = ecosystem.to_string();
        self.coverage.iter().find(|coverage| coverage.ecosystem == name)
    }

    /// All advisories of a package, for whatever versions they are.
    ///
    /// # Errors
    /// They can't be read, or are damaged.
    pub fn of(&self, ecosystem: &Ecosystem, name: &str) -> Result<Vec<Advisory>, DatabaseError> {
        let key = (ecosystem.to_string(), name.to_owned());
        match self.index.get(&key) {
            Some(block) => parsed(&self.file, block, LONGEST_BLOCK, name),
            None => Ok(Vec::new()),
        }
    }

    /// All of it but these ecosystems, by ecosystem and package.
    pub(super) fn without(
        &self,
        replaced: impl Fn(&str) -> bool,
    ) -> Result<BTreeMap<(String, String), Vec<Advisory>>, DatabaseError> {
        let kept = self.index.iter().filter(|((ecosystem, _), _)| !replaced(ecosystem));
        let read = kept.map(|(key, block)| {
            Ok((key.clone(), parsed(&self.file, block, LONGEST_BLOCK, &key.1)?))
        });
        read.collect()
    }
}

fn parsed<T: for<'de> Deserialize<'de>>(
    file: &File,
    block: &Block,
    most: u64,
    what: &str,
) -> Result<T, DatabaseError> {
    if block.length > most {
        return Err(damaged(&format!("{what} is too long")));
    }
    let mut bytes = vec![0; usize::try_from(block.length).unwrap_or(0)];
    read_at(file, block.at, &mut bytes)?;
    if Sha256::of(&bytes) != block.sha256 {
        return Err(damaged(&format!("{what} is not what was written")));
    }
    serde_json::from_slice(&bytes).map_err(|error| damaged(&format!("{what}: {error}")))
}

fn read_at(file: &File, at: u64, bytes: &mut [u8]) -> Result<(), DatabaseError> {
    use std::os::unix::fs::FileExt as _;
    file.read_exact_at(bytes, at).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => damaged("it is cut off"),
        _ => DatabaseError::Io(error),
    })
}

fn damaged(why: &str) -> DatabaseError {
    DatabaseError::Damaged(why.to_owned())
}
