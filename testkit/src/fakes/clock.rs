use std::sync::atomic::{AtomicI64, Ordering};

use tollgate_engine::Clock;
use tollgate_model::Timestamp;

/// A clock that goes on by one millisecond whenever it is asked, so that order shows in times
/// and two runs of the same test tell the same ones.
#[derive(Debug)]
pub struct SimClock(AtomicI64);

impl SimClock {
    /// A clock that stands at `millis` milliseconds after 1970-01-01.
    #[must_use]
    pub fn at(millis: i64) -> Self {
        Self(AtomicI64::new(millis))
    }

    /// Turns the clock forward.
    pub fn advance(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::Relaxed);
    }
}

impl Default for SimClock {
    fn default() -> Self {
        Self::at(1_700_000_000_000)
    }
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.fetch_add(1, Ordering::Relaxed))
    }
}
