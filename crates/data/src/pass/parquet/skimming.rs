//! A column of a row group whose cells are judged, and counted where there is a profile to be taken.

use std::sync::atomic::{AtomicBool, Ordering};

use super::Found;
use crate::batch::ColumnBatch;
use crate::checks::{Eye, Sight};
use crate::reader::Onlooker;

/// What is seen of it so far.
pub(super) struct Skimming<'a> {
    slot: usize,
    rules: Vec<&'a Eye>,
    pub(super) found: Found,
    stop: &'a AtomicBool,
}

impl<'a> Skimming<'a> {
    /// Nothing is `found` yet, and no rule of the `eyes` proven.
    pub(super) fn new(
        slot: usize,
        eyes: impl Iterator<Item = &'a Eye>,
        found: Found,
        stop: &'a AtomicBool,
    ) -> Self {
        let rules = eyes.filter(|eye| !matches!(eye, Eye::Profile { .. })).collect();
        Self { slot, rules, found, stop }
    }
}

impl Onlooker for Skimming<'_> {
    fn are_good(&self, cells: &ColumnBatch) -> bool {
        !self.stop.load(Ordering::Relaxed)
            && self.rules.iter().all(|eye| eye.is_kept_by(self.slot, cells))
    }

    fn counts(&self) -> bool {
        self.found.sights.iter().any(|(_, sight)| matches!(sight, Sight::Profile(_)))
    }

    fn add(&mut self, cells: &ColumnBatch, times: Option<&[u64]>) {
        for (_, sight) in &mut self.found.sights {
            match (sight, times) {
                (Sight::Profile(seen), Some(times)) => seen.observe_times(cells, times),
                (Sight::Profile(seen), None) => seen.observe(cells),
                _ => {}
            }
        }
    }
}
