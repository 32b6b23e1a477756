//! Whether what a model predicts is distributed as what the other one predicts.

use std::collections::BTreeMap;

use super::block::{Block, Means};
use super::{Arm, Bets, Compared, MeanSequence, Standing, Window};

/// How many places a score is looked at.
const CUTS: usize = 19;
/// So many of the baseline's scores tell where these are.
const FIRST: usize = 100;
/// So many labels are told apart; the others count as one.
const LABELS: usize = 256;

/// Tests whether two samples that come side by side differ by more than `tolerance` in any of the
/// ways that are looked at. Which way is bet on next is what differed most so far, so the game is
/// fair whatever is chosen.
///
/// Source: S. Shekhar and A. Ramdas, "Nonparametric two-sample testing by betting", IEEE Transactions
/// on Information Theory 70 (2024) 1178–1203.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    alpha: f64,
    tolerance: f64,
    block: Block,
    moved: Bets,
    difference: MeanSequence,
    compared: u64,
}

impl Shift {
    fn new(alpha: f64, tolerance: f64) -> Self {
        Self {
            alpha,
            tolerance,
            block: Block::new(1),
            moved: Bets::default(),
            difference: MeanSequence::new(alpha),
            compared: 0,
        }
    }

    /// Takes in the witness of one observation, between 0 and 1, of which more in the candidate than
    /// in the baseline speaks for a shift.
    fn take(&mut self, arm: Arm, witness: f64) -> bool {
        let Some(Means { baseline, candidate, candidates }) = self.block.take(arm, witness, 1)
        else {
            return false;
        };
        let excess = candidate - baseline;
        self.moved.take((excess - self.tolerance) / (1.0 + self.tolerance));
        self.difference.take(excess);
        self.compared += candidates;
        true
    }

    fn standing(&self) -> Standing {
        let moved = self.moved.refuted(self.alpha);
        let mut difference = self.difference.interval();
        if moved {
            // What was refuted is not in it.
            difference.low = difference.low.max(self.tolerance);
        }
        Standing {
            verdict: if moved { Compared::Worse } else { Compared::Undecided },
            difference,
            estimate: self.difference.mean(),
            compared: self.compared,
            needs: self.moved.needs(self.alpha).filter(|_| !moved),
        }
    }
}

/// Compares scores: the tolerance is of the Kolmogorov–Smirnov distance, the greatest difference of
/// the two distribution functions.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreShift {
    shift: Shift,
    first: Window,
    cuts: Vec<f64>,
    above: [[f64; CUTS]; 2],
    seen: [f64; 2],
    bet: (usize, bool),
}

impl ScoreShift {
    /// At `alpha`, over all looks.
    #[must_use]
    pub fn new(alpha: f64, tolerance: f64) -> Self {
        Self {
            shift: Shift::new(alpha, tolerance),
            first: Window::new(FIRST),
            cuts: Vec::new(),
            above: [[0.0; CUTS]; 2],
            seen: [0.0; 2],
            bet: (CUTS / 2, true),
        }
    }

    /// Takes in a score; what is no number is left out.
    pub fn take(&mut self, arm: Arm, score: f64) {
        if score.is_nan() {
            return;
        }
        if self.cuts.is_empty() {
            self.learn(arm, score);
            return;
        }
        let (cut, up) = self.bet;
        let witness = f64::from(u8::from((score > self.cuts[cut]) == up));
        let closed = self.shift.take(arm, witness);
        self.seen[arm as usize] += 1.0;
        for (above, cut) in self.above[arm as usize].iter_mut().zip(&self.cuts) {
            *above += f64::from(u8::from(score > *cut));
        }
        if closed {
            self.choose();
        }
    }

    fn learn(&mut self, arm: Arm, score: f64) {
        if arm == Arm::Baseline {
            self.first.take(score);
        }
        if self.first.len() == FIRST {
            let part = |n: usize| (n + 1) as f64 / (CUTS + 1) as f64;
            self.cuts = (0..CUTS).filter_map(|n| self.first.quantile(part(n))).collect();
        }
    }

    fn choose(&mut self) {
        let share = |arm: Arm, cut: usize| self.above[arm as usize][cut] / self.seen[arm as usize];
        let gap = |cut: usize| share(Arm::Candidate, cut) - share(Arm::Baseline, cut);
        let widest = (0..CUTS).max_by(|a, b| gap(*a).abs().total_cmp(&gap(*b).abs()));
        if let Some(cut) = widest {
            self.bet = (cut, gap(cut) > 0.0);
        }
    }

    /// What it says so far: `Worse` where the scores have moved by more than was tolerated. The
    /// difference is that of the shares beyond the place that was bet on.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.shift.standing()
    }
}

/// Compares labels: the tolerance is of the total variation distance, half the sum of the
/// differences of their shares.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelShift {
    shift: Shift,
    counts: BTreeMap<String, [f64; 2]>,
    seen: [f64; 2],
    bet: BTreeMap<String, bool>,
}

impl LabelShift {
    /// At `alpha`, over all looks.
    #[must_use]
    pub fn new(alpha: f64, tolerance: f64) -> Self {
        let (counts, bet) = (BTreeMap::new(), BTreeMap::new());
        Self { shift: Shift::new(alpha, tolerance), counts, seen: [0.0; 2], bet }
    }

    /// Takes in a label.
    pub fn take(&mut self, arm: Arm, label: &str) {
        // A label that the baseline has not shown yet is one that the candidate may have more of.
        let bet = self.bet.get(label).copied().unwrap_or(!self.bet.is_empty());
        let closed = self.shift.take(arm, f64::from(u8::from(bet)));
        self.seen[arm as usize] += 1.0;
        let room = self.counts.len() < LABELS;
        if let Some(counts) = self.counts.get_mut(label) {
            counts[arm as usize] += 1.0;
        } else if room {
            let mut counts = [0.0; 2];
            counts[arm as usize] = 1.0;
            self.counts.insert(label.to_owned(), counts);
        }
        if closed {
            let more = |counts: &[f64; 2]| counts[1] / self.seen[1] > counts[0] / self.seen[0];
            self.bet = self.counts.iter().map(|(label, n)| (label.clone(), more(n))).collect();
        }
    }

    /// What it says so far: `Worse` where the labels have moved by more than was tolerated.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.shift.standing()
    }
}
