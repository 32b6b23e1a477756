//! Writing a database: the same advisories are the same bytes.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::database::{Block, HEADER, Header, Line, MAGIC};
use super::{Advisory, Coverage};
use crate::oci::Sha256;

/// Advisories by ecosystem and package.
pub(super) type ByPackage = BTreeMap<(String, String), Vec<Advisory>>;

/// Writes a database. It is put together in memory, as its header tells where its index is.
pub(super) fn write(
    mut coverage: Vec<Coverage>,
    advisories: &ByPackage,
    to: &mut dyn Write,
) -> io::Result<()> {
    coverage.sort_by(|one, other| one.ecosystem.cmp(&other.ecosystem));
    // Places are counted from behind the header, whose length depends on them: all are written as
    // if the header were as long as it can get.
    let mut blocks = Vec::new();
    let mut lines = Vec::new();
    for ((ecosystem, package), known) in advisories {
        let block = append(&mut blocks, known)?;
        lines.push(Line { ecosystem: ecosystem.clone(), package: package.clone(), block });
    }
    let room = room(&coverage)?;
    lines.iter_mut().for_each(|line| line.block.at += HEADER + room);
    let mut index = append(&mut blocks, &lines)?;
    index.at += HEADER + room;
    let mut header = serde_json::to_vec(&Header { coverage, index })?;
    header.resize(usize::try_from(room).unwrap_or(header.len()).max(header.len()), b' ');
    to.write_all(MAGIC)?;
    to.write_all(&(header.len() as u64).to_le_bytes())?;
    to.write_all(Sha256::of(&header).as_bytes())?;
    to.write_all(&header)?;
    to.write_all(&blocks)
}

fn append(to: &mut Vec<u8>, what: &impl serde::Serialize) -> io::Result<Block> {
    let at = to.len() as u64;
    let bytes = serde_json::to_vec(what)?;
    to.extend_from_slice(&bytes);
    Ok(Block { at, length: bytes.len() as u64, sha256: Sha256::of(&bytes) })
}

/// As many bytes as the header takes with the largest numbers.
fn room(coverage: &[Coverage]) -> io::Result<u64> {
    let index = Block { at: u64::MAX, length: u64::MAX, sha256: Sha256::of(b"") };
    let header = Header { coverage: coverage.to_vec(), index };
    Ok(serde_json::to_vec(&header)?.len() as u64)
}
