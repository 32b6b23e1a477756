//! Rows that repeat the values of an earlier row: exact, whatever their number.
//!
//! Numbers, dates, truth values and short texts are remembered as they are, longer texts and
//! several columns together by their BLAKE3, cut to 16 bytes. Once the memory is used up, keys that
//! are not among those remembered go to a temporary file (see `spill`). Where there is none, the
//! check gives up, and says so. A row with a null among its values repeats nothing, as in SQL.

use std::collections::HashSet;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::Tally;
use super::spill::{Disk, Spill};
use crate::Options;
use crate::batch::{Batch, ColumnBatch, State};
use crate::value::text_key;

/// What all uniqueness checks of a pass may still take.
#[derive(Clone)]
pub(crate) struct Budget(Arc<Room>);

struct Room {
    memory: AtomicU64,
    disk: Mutex<Disk>,
}

/// What there was not enough of.
#[derive(Debug)]
pub(crate) enum Short {
    Memory,
    /// And why.
    Disk(String),
}

impl Budget {
    pub(crate) fn new(options: &Options) -> Self {
        let disk = Mutex::new(Disk::new(options.spill_to.clone(), options.max_spill));
        Self(Arc::new(Room { memory: AtomicU64::new(options.max_memory), disk }))
    }

    pub(super) fn disk(&self) -> &Mutex<Disk> {
        &self.0.disk
    }

    /// Whether there was so much memory; then it is gone.
    pub(super) fn take(&self, bytes: u64) -> bool {
        let less = |left: u64| left.checked_sub(bytes);
        self.0.memory.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }

    pub(super) fn give_back(&self, bytes: u64) {
        self.0.memory.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// Finds rows whose values in some columns occurred before.
pub(crate) struct Uniqueness {
    /// Positions of the columns in each batch.
    slots: Vec<usize>,
    seen: Seen,
    beyond: Beyond,
    repeats: Tally,
}

/// What becomes of keys that don't fit into memory.
enum Beyond {
    /// There were none so far.
    Nothing,
    Spilled(Box<Spill>),
    Lost(Short),
}

impl Uniqueness {
    pub(crate) fn new(slots: Vec<usize>, budget: Budget, samples: usize) -> Self {
        let (seen, repeats) = (Seen::new(budget, false), Tally::new(samples));
        Self { slots, seen, beyond: Beyond::Nothing, repeats }
    }

    /// Positions of the columns in each batch.
    pub(crate) fn slots(&self) -> &[usize] {
        &self.slots
    }

    /// Adds the batch, whose rows follow all rows seen so far and are numbered as if there were
    /// none `before` them.
    pub(crate) fn add(&mut self, batch: &Batch, keys: &[u128], before: u64) {
        if matches!(self.beyond, Beyond::Lost(_)) {
            return;
        }
        let columns = columns(&self.slots, batch);
        for (at, key) in keys.iter().enumerate() {
            if columns.iter().any(|column| column.states[at] == State::Null) {
                continue;
            }
            match self.seen.insert(*key) {
                Insert::New => {}
                Insert::Repeats => {
                    self.repeats.add_shown(columns[0].row(at) + before, || show(&columns, at));
                }
                Insert::Full => {
                    let value = show(&columns, at).unwrap_or_default();
                    self.beyond.add(&mut self.seen, *key, columns[0].row(at) + before, &value);
                }
            }
        }
    }

    /// The rows that repeat an earlier one; else what there was not enough of to tell.
    pub(crate) fn finish(self) -> Result<Tally, Short> {
        let Self { seen, beyond, mut repeats, .. } = self;
        // Its memory is needed for what comes.
        drop(seen);
        match beyond {
            Beyond::Nothing => Ok(repeats),
            Beyond::Spilled(spill) => spill.finish(&mut repeats).map(|()| repeats),
            Beyond::Lost(short) => Err(short),
        }
    }
}

impl Beyond {
    fn add(&mut self, seen: &mut Seen, key: u128, row: u64, value: &str) {
        if let Self::Nothing = self {
            // What is remembered from now on would be missing in the file, and the reverse.
            seen.frozen = true;
            *self = Self::Spilled(Box::new(Spill::new(seen.budget.clone())));
        }
        if let Self::Spilled(spill) = self
            && let Err(short) = spill.add(key, row, value)
        {
            *self = Self::Lost(short);
            seen.forget();
        }
    }
}

/// The keys of the rows by the columns at `slots`; those of rows with a null mean nothing. This is
/// most of the work, and needs no other rows.
pub(crate) fn keys(slots: &[usize], batch: &Batch) -> Vec<u128> {
    let (columns, mut scratch) = (columns(slots, batch), Vec::new());
    (0..batch.rows).map(|at| key(&columns, at, &mut scratch)).collect()
}

pub(super) fn columns<'a>(slots: &[usize], batch: &'a Batch) -> Vec<&'a ColumnBatch> {
    slots.iter().map(|slot| &batch.columns[*slot]).collect()
}

/// The keys so far, and the memory that they take.
pub(super) struct Seen {
    keys: HashSet<u128, Seeded>,
    budget: Budget,
    taken: u64,
    /// Whether a few keys are held although there is no memory for them.
    at_least: bool,
    /// Nothing is added any more.
    frozen: bool,
}

pub(super) enum Insert {
    New,
    Repeats,
    Full,
}

/// Bytes of a key in a full table: 16, one of control, and the eighth that stays free.
pub(super) const PER_KEY: u64 = 20;
/// Keys of the smallest table.
const LEAST: usize = 512;

impl Seen {
    pub(super) fn new(budget: Budget, at_least: bool) -> Self {
        Self { keys: HashSet::default(), budget, taken: 0, at_least, frozen: false }
    }

    pub(super) fn insert(&mut self, key: u128) -> Insert {
        if self.keys.len() == self.keys.capacity() || self.frozen {
            if self.keys.contains(&key) {
                return Insert::Repeats;
            }
            if self.frozen || !self.grow() {
                return Insert::Full;
            }
        }
        if self.keys.insert(key) { Insert::New } else { Insert::Repeats }
    }

    /// Doubles the table. The old one is freed only once the new one is filled.
    fn grow(&mut self) -> bool {
        let more = self.keys.capacity().max(LEAST);
        let bytes = (self.keys.capacity() + more) as u64 * PER_KEY;
        let granted = self.budget.take(bytes);
        let least = self.at_least && self.keys.capacity() == 0;
        if !(granted || least) || self.keys.try_reserve(more).is_err() {
            return false;
        }
        let taken = if granted { bytes } else { 0 };
        self.budget.give_back(std::mem::replace(&mut self.taken, taken));
        true
    }

    fn forget(&mut self) {
        self.keys = HashSet::default();
        self.budget.give_back(std::mem::take(&mut self.taken));
    }
}

impl Drop for Seen {
    fn drop(&mut self) {
        self.budget.give_back(self.taken);
    }
}

pub(super) fn key(columns: &[&ColumnBatch], at: usize, scratch: &mut Vec<u8>) -> u128 {
    if let [only] = columns {
        return only.key(at);
    }
    scratch.clear();
    for column in columns {
        scratch.extend_from_slice(&column.key(at).to_le_bytes());
    }
    text_key(scratch)
}

fn show(columns: &[&ColumnBatch], at: usize) -> Option<String> {
    let shown: Vec<_> = columns.iter().filter_map(|column| column.show(at)).collect();
    Some(shown.join(", "))
}

/// One multiplication for each key. The seed is random, so that no file can be written whose keys
/// all fall together; results don't depend on it.
#[derive(Clone)]
pub(super) struct Seeded(u64);

impl Default for Seeded {
    fn default() -> Self {
        Self(RandomState::new().build_hasher().finish())
    }
}

impl BuildHasher for Seeded {
    type Hasher = Fold;

    fn build_hasher(&self) -> Fold {
        Fold(self.0)
    }
}

pub(super) struct Fold(u64);

impl Hasher for Fold {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(16) {
            let key = chunk.iter().fold(0, |key, byte| (key << 8) | u128::from(*byte));
            self.write_u128(key);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
    fn write_u128(&mut self, key: u128) {
        // 2⁶⁴ / φ, an odd number without pattern.
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        let (low, high) = (key as u64 ^ self.0, (key >> 64) as u64 ^ self.0.rotate_left(32) ^ ODD);
        let product = u128::from(low) * u128::from(high | 1);
        let folded = (product as u64) ^ ((product >> 64) as u64);
        self.0 = folded.wrapping_mul(ODD) ^ (folded >> 29);
    }
}
