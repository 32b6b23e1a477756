//! How much more often something happens in the candidate than in the baseline.

use super::block::{Block, Means};
use super::{Arm, Bets, Compared, MeanSequence, Standing};

/// Compares how often something happens (an error, a slow answer), or the mean of anything between
/// 0 and 1, at the same time in both arms.
#[derive(Clone, Debug, PartialEq)]
pub struct RateTest {
    alpha: f64,
    tolerance: f64,
    block: Block,
    worse: Bets,
    not_worse: Bets,
    better: Bets,
    difference: MeanSequence,
    compared: u64,
}

impl RateTest {
    /// At `alpha`, the greatest probability of a wrong `worse`, and of each other wrong verdict,
    /// over all looks. The candidate's mean may exceed the baseline's by `tolerance`.
    #[must_use]
    pub fn new(alpha: f64, tolerance: f64) -> Self {
        Self {
            alpha,
            tolerance,
            block: Block::new(1),
            worse: Bets::default(),
            not_worse: Bets::default(),
            better: Bets::default(),
            difference: MeanSequence::new(alpha),
            compared: 0,
        }
    }

    /// Takes in an observation between 0 and 1.
    pub fn take(&mut self, arm: Arm, observed: f64) {
        self.take_in_blocks(arm, observed, 1);
    }

    /// The same where `size` observations hang together.
    pub(super) fn take_in_blocks(&mut self, arm: Arm, observed: f64, size: u64) {
        if let Some(Means { baseline, candidate, candidates }) =
            self.block.take(arm, observed.clamp(0.0, 1.0), size)
        {
            let excess = candidate - baseline;
            let scale = 1.0 + self.tolerance.abs();
            self.worse.take((excess - self.tolerance) / scale);
            self.not_worse.take((self.tolerance - excess) / scale);
            self.better.take(-excess);
            self.difference.take(excess);
            self.compared += candidates;
        }
    }

    /// Whether a block has just been closed, so that what is observed may be defined anew.
    pub(super) fn between_blocks(&self) -> bool {
        self.block.is_empty()
    }

    /// What it says so far. `Worse` is told before anything else: it is what must not be missed.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let verdict = if self.worse.refuted(self.alpha) {
            Compared::Worse
        } else if self.better.refuted(self.alpha) {
            Compared::Better
        } else if self.not_worse.refuted(self.alpha) {
            Compared::NotWorse
        } else {
            Compared::Undecided
        };
        let undecided = verdict == Compared::Undecided;
        // What was refuted is not in it, by whichever of the two was sharper.
        let mut difference = self.difference.interval();
        match verdict {
            Compared::Worse => difference.low = difference.low.max(self.tolerance),
            Compared::NotWorse => difference.high = difference.high.min(self.tolerance),
            Compared::Better => difference.high = difference.high.min(0.0),
            Compared::Undecided => {}
        }
        Standing {
            verdict,
            difference,
            estimate: self.difference.mean(),
            compared: self.compared,
            needs: self.needs().filter(|_| undecided),
        }
    }

    fn needs(&self) -> Option<u64> {
        let bets = [&self.worse, &self.not_worse];
        let blocks = bets.iter().filter_map(|bets| bets.needs(self.alpha)).min()?;
        let each = self.compared as f64 / self.worse.taken().max(1) as f64;
        Some((blocks as f64 * each).ceil() as u64)
    }
}
