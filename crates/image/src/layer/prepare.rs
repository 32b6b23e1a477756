//! The segments of a layer: taken from the cache, or packed, several at once.

use std::cmp::Reverse;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::cache::Cache;
use super::compression::Packing;
use super::error::LayerError;
use super::key::SegmentKey;
use super::segment::Segment;
use crate::entry::Entry;

/// Tells the files and links that an owner brings. Called only where they are not packed yet.
pub type MakeEntries<'a> =
    dyn Fn() -> Result<Vec<Entry>, Box<dyn std::error::Error + Send + Sync>> + Send + Sync + 'a;

/// Where a segment comes from.
pub struct Source<'a> {
    /// Who brings it: `numpy 2.4.1`.
    pub owner: String,
    /// All that decides about its entries: a wheel's digest, where it is put.
    pub from: Vec<String>,
    /// About how many bytes it comes to. What is large is packed first, so that nothing large is left
    /// at the end for one thread alone; nothing else depends on it.
    pub weight: u64,
    /// What is in it.
    pub entries: Box<MakeEntries<'a>>,
}

impl Source<'_> {
    pub(super) fn key(&self, packing: &Packing) -> SegmentKey {
        let from: Vec<&str> = self.from.iter().map(String::as_str).collect();
        SegmentKey::of(&self.owner, &from, packing)
    }

    fn segment(&self, cache: &Cache, packing: &Packing) -> Result<Segment, LayerError> {
        let key = self.key(packing);
        if let Some(segment) = cache.segment(&key) {
            return Ok(segment);
        }
        let entries = (self.entries)()
            .map_err(|source| LayerError::Source { owner: self.owner.clone(), source })?;
        cache.pack(&key, &self.owner, &entries, packing)
    }
}

impl fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { owner, from, .. } = self;
        f.debug_struct("Source").field("owner", owner).field("from", from).finish_non_exhaustive()
    }
}

/// The segments of `sources`, in their order. At most `threads` are packed at once, each holding a
/// piece of one file and what its entries hold.
pub(super) fn prepare(
    cache: &Cache,
    sources: &[Source<'_>],
    packing: &Packing,
    threads: usize,
) -> Result<Vec<Segment>, LayerError> {
    let mut order: Vec<usize> = (0..sources.len()).collect();
    order.sort_by_key(|at| Reverse(sources[*at].weight));
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let done = Mutex::new(Vec::with_capacity(sources.len()));
    thread::scope(|scope| {
        for _ in 0..threads.clamp(1, sources.len().max(1)) {
            scope.spawn(|| {
                while !failed.load(Ordering::Relaxed) {
                    let turn = next.fetch_add(1, Ordering::Relaxed);
                    let Some(at) = order.get(turn).copied() else { break };
                    let segment = sources[at].segment(cache, packing);
                    failed.fetch_or(segment.is_err(), Ordering::Relaxed);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((at, segment));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    // The first error by place, not by time.
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, segment)| segment).collect()
}
