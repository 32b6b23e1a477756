//! Observations of both arms, put together into what one bet is made on.

use super::Arm;

/// What a bet is made on: the mean of each arm over the same time. Observations that hang together
/// (a slow second has many slow requests) must not count as so many, so a block is as long as
/// they do.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Block {
    size: u64,
    sums: [f64; 2],
    counts: [u64; 2],
}

/// The means of a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Means {
    pub(super) baseline: f64,
    pub(super) candidate: f64,
    /// How many of the candidate they are of.
    pub(super) candidates: u64,
}

impl Block {
    /// Of at least `size` of each arm, the smaller one.
    pub(super) fn new(size: u64) -> Self {
        Self { size: size.max(1), sums: [0.0; 2], counts: [0; 2] }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.counts == [0; 2]
    }

    /// Takes in an observation between 0 and 1, and gives the means once there are enough of both
    /// arms. How many that is depends on counts alone, so no outcome can choose its block.
    pub(super) fn take(&mut self, arm: Arm, observed: f64, size: u64) -> Option<Means> {
        if self.is_empty() {
            self.size = size.max(1);
        }
        self.sums[arm as usize] += observed;
        self.counts[arm as usize] += 1;
        if self.counts.iter().any(|count| *count < self.size) {
            return None;
        }
        let mean = |arm: Arm| self.sums[arm as usize] / self.counts[arm as usize] as f64;
        let means = Means {
            baseline: mean(Arm::Baseline),
            candidate: mean(Arm::Candidate),
            candidates: self.counts[Arm::Candidate as usize],
        };
        *self = Self::new(self.size);
        Some(means)
    }
}
