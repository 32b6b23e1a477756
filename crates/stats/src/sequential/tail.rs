//! Slow answers: how a quantile of the candidate's latencies stands to the baseline's.

use super::pace::correlation_time;
use super::quantile::upper_bound;
use super::{Arm, Bets, Compared, RateTest, Standing, Window};

/// How many of the baseline's latencies are remembered.
const REMEMBERED: usize = 2_000;
/// Below this many there is no telling what the baseline's quantile is.
const LEAST: usize = 40;
/// After so many of the baseline it is looked at anew how long they hang together.
const LOOKED_AT: u64 = 500;

/// What is asked of a tail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Which quantile, such as 0.95.
    pub quantile: f64,
    /// How many times the baseline's the candidate's may be, such as 1.2.
    pub factor: f64,
}

/// Compares the share of requests of the candidate that take longer than `factor` times the
/// baseline's quantile with the share of the baseline that takes longer than the quantile itself.
///
/// Any value that is fixed before the requests come makes that fair, so the quantile is estimated
/// from the baseline's latest latencies, and no bound of it is needed: an error in it moves both
/// shares. It follows the hour, since both are looked at together.
#[derive(Clone, Debug, PartialEq)]
pub struct TailTest {
    asked: Tolerance,
    baseline: Window,
    slow: Option<f64>,
    against: RateTest,
    // Without a tolerance: whether the candidate is faster.
    ahead: RateTest,
    size: u64,
    since_looked: u64,
    history: Option<History>,
}

/// A baseline that no longer serves.
#[derive(Clone, Debug, PartialEq)]
struct History {
    slow: f64,
    worse: Bets,
    alpha: f64,
    block: (f64, u64),
}

impl TailTest {
    /// At `alpha`, which counts for each verdict over all looks.
    #[must_use]
    pub fn new(alpha: f64, asked: Tolerance) -> Self {
        Self {
            asked,
            baseline: Window::new(REMEMBERED),
            slow: None,
            against: RateTest::new(alpha, 0.0),
            ahead: RateTest::new(alpha, 0.0),
            size: 1,
            since_looked: 0,
            history: None,
        }
    }

    /// Lets the baseline's earlier latencies tell what is slow, before there is anything to compare.
    pub fn remember(&mut self, latency: f64) {
        self.baseline.take(latency);
        self.since_looked += 1;
    }

    /// Goes on against what the baseline was, with an upper bound of its quantile that errs with
    /// `alpha`: for the time after it has stopped to serve. Whether there is enough to do so.
    pub fn against_history(&mut self, alpha: f64) -> bool {
        let bound = upper_bound(self.baseline.sorted(), self.asked.quantile, alpha / 2.0);
        self.look();
        self.history = bound.map(|slow| History {
            slow: slow * self.asked.factor,
            worse: Bets::default(),
            alpha: alpha / 2.0,
            block: (0.0, 0),
        });
        self.history.is_some()
    }

    /// Takes in a latency, in any unit.
    pub fn take(&mut self, arm: Arm, latency: f64) {
        if let Some(history) = &mut self.history {
            if arm == Arm::Candidate {
                history.take(latency, 1.0 - self.asked.quantile, self.size);
            }
            return;
        }
        if self.against.between_blocks() {
            self.look();
        }
        if let Some(slow) = self.slow {
            let factor = if arm == Arm::Candidate { self.asked.factor } else { 1.0 };
            self.against.take_in_blocks(arm, share(latency > slow * factor), self.size);
            self.ahead.take_in_blocks(arm, share(latency > slow), self.size);
        }
        if arm == Arm::Baseline {
            self.remember(latency);
        }
    }

    /// Sets what is slow, and how many requests hang together, for the block to come.
    fn look(&mut self) {
        if self.baseline.len() < LEAST {
            return;
        }
        self.slow = self.baseline.quantile(self.asked.quantile);
        if self.since_looked >= LOOKED_AT || (self.size == 1 && self.since_looked >= LEAST as u64) {
            self.since_looked = 0;
            let slow = self.slow.unwrap_or(f64::INFINITY);
            let slows: Vec<f64> = self.baseline.latest().map(|x| share(x > slow)).collect();
            let time = correlation_time(&slows);
            self.size = if time < 1.5 { 1 } else { (3.0 * time).ceil() as u64 };
        }
    }

    /// What the baseline's quantile is taken for, in the unit of the latencies.
    #[must_use]
    pub fn slow(&self) -> Option<f64> {
        self.history.as_ref().map(|history| history.slow / self.asked.factor).or(self.slow)
    }

    /// What it says so far; the difference is that of the shares.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let mut standing = self.against.standing();
        // Fewer beyond 1.2 times the quantile than the baseline has beyond it: within the tolerance.
        if standing.verdict == Compared::Better {
            standing.verdict = Compared::NotWorse;
        }
        if self.ahead.standing().verdict == Compared::Better && standing.verdict != Compared::Worse
        {
            standing.verdict = Compared::Better;
        }
        if self.history.as_ref().is_some_and(|history| history.worse.refuted(history.alpha)) {
            standing.verdict = Compared::Worse;
        }
        if standing.verdict != Compared::Undecided {
            standing.needs = None;
        }
        standing
    }
}

impl History {
    fn take(&mut self, latency: f64, expected: f64, size: u64) {
        self.block.0 += share(latency > self.slow);
        self.block.1 += 1;
        if self.block.1 >= size {
            let mean = self.block.0 / self.block.1 as f64;
            self.worse.take((mean - expected) / expected);
            self.block = (0.0, 0);
        }
    }
}

fn share(is: bool) -> f64 {
    f64::from(u8::from(is))
}
