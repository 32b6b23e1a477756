//! Keys that don't fit into memory: written to a temporary file in parts by their hash, and
//! compared part by part in the end. Nothing is approximated.

use std::fs::File;
use std::hash::BuildHasher;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::PoisonError;

use tollgate_model::Sample;

use super::Tally;
use super::unique::{Budget, Insert, Seeded, Seen, Short};

/// Parts that keys are shared out to, and again where one of them is too large: 2 to the power of
/// that.
const BITS: u32 = 5;
const PARTS: usize = 1 << BITS;
/// How often; the hash has no more bits.
const LEVELS: u32 = 64 / BITS;
/// Bytes that are written at a time, at first and at most. They grow with what is written, so
/// that many checks with little to write take little.
const BLOCK: usize = 4 << 10;
const LARGEST: usize = 64 << 10;
/// Blocks of a part after which they are doubled.
const DOUBLED: usize = 64;
/// Letters of a value that are kept. A finding shows fewer.
const KEPT: usize = 100;
/// Bytes of a key, a row number and a length.
const HEAD: usize = 16 + 8 + 2;

/// The temporary file of all checks of a pass. It has no name, so that it is gone with the process
/// whatever becomes of it.
pub(super) struct Disk {
    folder: Option<PathBuf>,
    file: Option<File>,
    end: u64,
    most: u64,
}

impl Disk {
    pub(super) fn new(folder: Option<PathBuf>, most: u64) -> Self {
        Self { folder, file: None, end: 0, most }
    }

    /// Writes the bytes, and tells where.
    fn append(&mut self, bytes: &[u8]) -> Result<u64, Short> {
        let Some(folder) = &self.folder else {
            return Err(Short::Memory);
        };
        let start = self.end;
        if start + bytes.len() as u64 > self.most {
            return Err(Short::Disk(format!("more than {} bytes would be needed", self.most)));
        }
        if self.file.is_none() {
            self.file = Some(tempfile::tempfile_in(folder)?);
        }
        let file = self.file.as_mut().ok_or(Short::Memory)?;
        file.seek(SeekFrom::Start(start))?;
        file.write_all(bytes)?;
        self.end += bytes.len() as u64;
        Ok(start)
    }

    fn read(&mut self, start: u64, len: usize, into: &mut Vec<u8>) -> Result<(), Short> {
        let file = self.file.as_mut().ok_or(Short::Memory)?;
        into.resize(len, 0);
        file.seek(SeekFrom::Start(start))?;
        Ok(file.read_exact(into)?)
    }
}

impl From<io::Error> for Short {
    fn from(error: io::Error) -> Self {
        Self::Disk(error.to_string())
    }
}

/// Keys with their rows, in the order of these.
pub(super) struct Spill {
    budget: Budget,
    seed: Seeded,
    /// How many times keys were shared out before they came here.
    level: u32,
    parts: Vec<Kept>,
}

/// What is kept of one part.
#[derive(Default)]
struct Kept {
    buffer: Vec<u8>,
    blocks: Vec<(u64, usize)>,
}

/// One key.
struct Record<'a> {
    key: u128,
    row: u64,
    value: &'a [u8],
}

/// Rows that repeat an earlier one.
struct Repeats {
    count: u64,
    /// Of each part the first; then the first of all.
    samples: Vec<Sample>,
    keep: usize,
}

impl Spill {
    pub(super) fn new(budget: Budget) -> Self {
        Self::at(budget, Seeded::default(), 0)
    }

    fn at(budget: Budget, seed: Seeded, level: u32) -> Self {
        Self { budget, seed, level, parts: (0..PARTS).map(|_| Kept::default()).collect() }
    }

    /// Adds a row, which follows all that were added.
    pub(super) fn add(&mut self, key: u128, row: u64, value: &str) -> Result<(), Short> {
        let end = value.char_indices().nth(KEPT).map_or(value.len(), |(end, _)| end);
        self.push(&Record { key, row, value: &value.as_bytes()[..end] })
    }

    fn push(&mut self, record: &Record<'_>) -> Result<(), Short> {
        let shift = BITS * self.level;
        let part = (self.seed.hash_one(record.key) >> shift) % PARTS as u64;
        let kept = &mut self.parts[usize::try_from(part).unwrap_or(0)];
        kept.buffer.extend_from_slice(&record.key.to_le_bytes());
        kept.buffer.extend_from_slice(&record.row.to_le_bytes());
        let len = u16::try_from(record.value.len()).unwrap_or(u16::MAX);
        kept.buffer.extend_from_slice(&len.to_le_bytes());
        kept.buffer.extend_from_slice(&record.value[..usize::from(len)]);
        let full = BLOCK << (kept.blocks.len() / DOUBLED).min(8);
        if kept.buffer.len() >= full.min(LARGEST) {
            kept.flush(&self.budget)?;
        }
        Ok(())
    }

    /// Adds the rows that repeat an earlier one.
    pub(super) fn finish(self, tally: &mut Tally) -> Result<(), Short> {
        let mut repeats = Repeats { count: 0, samples: Vec::new(), keep: tally.keep() };
        self.compare(&mut repeats)?;
        tally.mix(repeats.count, repeats.samples);
        Ok(())
    }

    fn compare(self, repeats: &mut Repeats) -> Result<(), Short> {
        for part in self.parts {
            if part.repeats(&self.budget, repeats)? {
                continue;
            }
            if self.level + 1 == LEVELS {
                return Err(Short::Memory);
            }
            let mut finer = Self::at(self.budget.clone(), self.seed.clone(), self.level + 1);
            part.each(&self.budget, |record| finer.push(&record).map(|()| true))?;
            drop(part);
            finer.compare(repeats)?;
        }
        Ok(())
    }
}

impl Kept {
    fn flush(&mut self, budget: &Budget) -> Result<(), Short> {
        let start =
            budget.disk().lock().unwrap_or_else(PoisonError::into_inner).append(&self.buffer)?;
        self.blocks.push((start, self.buffer.len()));
        self.buffer.clear();
        Ok(())
    }

    /// Notes the rows that repeat an earlier one; false if there are too many keys for the memory.
    fn repeats(&self, budget: &Budget, all: &mut Repeats) -> Result<bool, Short> {
        let mut seen = Seen::new(budget.clone(), true);
        let mut own = Repeats { count: 0, samples: Vec::new(), keep: all.keep };
        let whole = self.each(budget, |record| {
            match seen.insert(record.key) {
                Insert::New => {}
                Insert::Repeats => own.add(&record),
                Insert::Full => return Ok(false),
            }
            Ok(true)
        })?;
        if whole {
            all.merge(own);
        }
        Ok(whole)
    }

    /// Goes through the rows in their order, as long as that is wanted; whether it was to the end.
    fn each(
        &self,
        budget: &Budget,
        mut take: impl FnMut(Record<'_>) -> Result<bool, Short>,
    ) -> Result<bool, Short> {
        let mut block = Vec::new();
        for (start, len) in &self.blocks {
            budget
                .disk()
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .read(*start, *len, &mut block)?;
            if !records(&block, &mut take)? {
                return Ok(false);
            }
        }
        records(&self.buffer, &mut take)
    }
}

fn records(
    mut rest: &[u8],
    take: &mut impl FnMut(Record<'_>) -> Result<bool, Short>,
) -> Result<bool, Short> {
    let cut = || Short::Disk("the temporary file was changed".to_owned());
    while let Some((head, further)) = rest.split_first_chunk::<HEAD>() {
        let (key, row) = head.split_first_chunk().ok_or_else(cut)?;
        let (row, len) = row.split_first_chunk().ok_or_else(cut)?;
        let len = u16::from_le_bytes(*len.first_chunk().ok_or_else(cut)?);
        let (value, further) = further.split_at_checked(usize::from(len)).ok_or_else(cut)?;
        let (key, row) = (u128::from_le_bytes(*key), u64::from_le_bytes(*row));
        if !take(Record { key, row, value })? {
            return Ok(false);
        }
        rest = further;
    }
    Ok(true)
}

impl Repeats {
    fn add(&mut self, record: &Record<'_>) {
        self.count += 1;
        if self.samples.len() < self.keep {
            let value = Some(String::from_utf8_lossy(record.value).into_owned());
            self.samples.push(Sample { part: None, row: record.row, value });
        }
    }

    fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.samples.extend(other.samples);
        self.samples.sort_by_key(|sample| sample.row);
        self.samples.truncate(self.keep);
    }
}
