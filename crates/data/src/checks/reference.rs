//! Values to which others refer: exact, in memory, within a limit.

use std::collections::HashSet;
use std::sync::Arc;

use super::across::{Across, note};
use super::unique::{PER_KEY, Seeded, columns, key};
use super::{Budget, Tally};
use crate::batch::{Batch, ColumnBatch, State};

/// All values of some columns, and the memory that they take.
pub(crate) struct KeySet {
    slots: Vec<usize>,
    keys: Keys,
    /// Whether the memory was not enough.
    full: bool,
}

struct Keys {
    known: HashSet<u128, Seeded>,
    budget: Budget,
    taken: u64,
}

/// The values to which others refer.
#[derive(Clone)]
pub(crate) struct Known(Arc<Keys>);

impl KeySet {
    pub(crate) fn new(slots: Vec<usize>, budget: Budget) -> Self {
        let keys = Keys { known: HashSet::default(), budget, taken: 0 };
        Self { slots, keys, full: false }
    }

    pub(crate) fn slots(&self) -> &[usize] {
        &self.slots
    }

    /// Adds the rows without nulls.
    pub(crate) fn add(&mut self, batch: &Batch, keys: &[u128]) {
        let columns = columns(&self.slots, batch);
        for (at, key) in keys.iter().enumerate() {
            if self.full {
                return;
            }
            if columns.iter().all(|column| column.states[at] == State::Valid) {
                self.full = !self.keys.insert(*key);
            }
        }
    }

    /// All values; `None` if the memory was not enough.
    pub(crate) fn finish(self) -> Option<Known> {
        (!self.full).then(|| Known(Arc::new(self.keys)))
    }
}

impl Keys {
    /// Whether there was room.
    fn insert(&mut self, key: u128) -> bool {
        let known = &mut self.known;
        if known.len() == known.capacity() && !known.contains(&key) {
            // The table doubles, and the old one is freed only once the new one is filled.
            let more = known.capacity().max(512);
            let bytes = (known.capacity() + more) as u64 * PER_KEY;
            if !self.budget.take(bytes) || known.try_reserve(more).is_err() {
                return false;
            }
            self.budget.give_back(std::mem::replace(&mut self.taken, bytes));
        }
        self.known.insert(key);
        true
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.budget.give_back(self.taken);
    }
}

/// Rows must have values that are known. A row with a null among them, or with a text of another
/// type, refers to nothing.
pub(crate) struct Referring(pub(crate) Known);

impl Across for Referring {
    fn observe(&self, columns: &[&ColumnBatch], tally: &mut Tally) {
        let (known, mut scratch) = (&self.0.0.known, Vec::new());
        let rows = columns.first().map_or(0, |column| column.states.len());
        for at in 0..rows {
            let refers = columns.iter().all(|column| column.states[at] == State::Valid);
            if refers && !known.contains(&key(columns, at, &mut scratch)) {
                note(columns, at, tally);
            }
        }
    }
}
