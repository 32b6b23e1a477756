//! Whether probabilities mean what they say: of the rows that were given 0.8, are 80 % positive?

use std::num::NonZeroU16;

use super::binary::Step;
use super::sum::{Sum, finite, sum};
use super::{Binary, Undefined};

/// How rows are put into bins by their probability.
///
/// A bin count is a `u16`, so that nobody's configuration can ask for more memory than there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bins {
    /// So many of the same width: bin *i* of *n* holds the probabilities in ((*i* − 1)/*n*,
    /// *i*/*n*], and the first one 0 as well.
    EqualWidth(NonZeroU16),
    /// So many of the same weight: the rows in rising order of probability, cut into parts that
    /// are exactly equal. Rows of the same probability can't be told apart; where a cut falls among
    /// them, each part gets its share of all of them, as do single rows if their number is no
    /// multiple of the bins'.
    EqualCount(NonZeroU16),
}

/// What became of the rows of one bin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CalibrationPoint {
    /// The mean of the probabilities that were given.
    pub predicted: f64,
    /// The share of rows that were positive.
    pub observed: f64,
    /// How much of all the weight is in this bin, 0 to 1.
    pub share: f64,
}

#[derive(Clone, Copy, Default)]
struct Bin {
    positive: Sum,
    all: Sum,
    scores: Sum,
}

impl Binary {
    /// The calibration curve: one point for each bin that is not empty, in rising order.
    ///
    /// Source: `calibration_curve`, whose "uniform" bins are the ones of equal width.
    ///
    /// # Errors
    /// A score is no probability.
    pub fn calibration(&self, bins: Bins) -> Result<Vec<CalibrationPoint>, Undefined> {
        let steps = self.probabilities()?;
        let all = sum(steps.iter().map(Step::weight));
        let binned = match bins {
            Bins::EqualWidth(count) => of_equal_width(steps, count.get().into()),
            Bins::EqualCount(count) => of_equal_count(steps, count.get().into(), all),
        };
        Ok(binned.into_iter().filter_map(|bin| bin.point(all)).collect())
    }

    /// The expected calibration error: the mean over bins, by their weight, of how far the share
    /// of positive rows is from the mean probability. 0 is best.
    ///
    /// It is the error of the probability of the positive class, as in Naeini's definition; Guo's
    /// is the same for the probability of the predicted class.
    ///
    /// Source: M. P. Naeini, G. F. Cooper and M. Hauskrecht, "Obtaining Well Calibrated
    /// Probabilities Using Bayesian Binning", AAAI 2015, 2901–2907; C. Guo, G. Pleiss, Y. Sun and
    /// K. Q. Weinberger, "On Calibration of Modern Neural Networks", ICML 2017, 1321–1330 (whose
    /// bins are closed above, as here).
    ///
    /// # Errors
    /// A score is no probability.
    pub fn expected_calibration_error(&self, bins: Bins) -> Result<f64, Undefined> {
        let points = self.calibration(bins)?;
        let gap = |point: &CalibrationPoint| point.share * (point.observed - point.predicted).abs();
        finite(sum(points.iter().map(gap)))
    }
}

impl Bin {
    /// Takes `part` of a step, between 0 and 1.
    fn take(&mut self, step: &Step, part: f64) {
        self.positive.add(part * step.positive);
        self.all.add(part * step.positive);
        self.all.add(part * step.negative);
        self.scores.add(part * step.weight() * step.score);
    }

    fn point(self, whole: f64) -> Option<CalibrationPoint> {
        let all = self.all.value();
        // Rounding must not lead out of where a share and a mean of probabilities lie.
        let share = |of: f64| (of / all).clamp(0.0, 1.0);
        (all > 0.0).then(|| CalibrationPoint {
            predicted: share(self.scores.value()),
            observed: share(self.positive.value()),
            share: all / whole,
        })
    }
}

fn of_equal_width(steps: &[Step], count: usize) -> Vec<Bin> {
    let mut bins = vec![Bin::default(); count];
    let mut at = 0;
    for step in steps.iter().rev() {
        while at + 1 < count && step.score > (at + 1) as f64 / count as f64 {
            at += 1;
        }
        bins[at].take(step, 1.0);
    }
    bins
}

fn of_equal_count(steps: &[Step], count: usize, all: f64) -> Vec<Bin> {
    let mut bins = vec![Bin::default(); count];
    let mut below = Sum::default();
    let mut at = 0;
    for step in steps.iter().rev() {
        let from = below.value();
        below.add(step.weight());
        let to = below.value();
        // The part of the step that lies below the upper end of the bin goes there.
        let mut reached = from;
        while at + 1 < count && to > end(at, count, all) {
            let cut = end(at, count, all).max(reached);
            bins[at].take(step, (cut - reached) / (to - from));
            reached = cut;
            at += 1;
        }
        if to > reached {
            bins[at].take(step, (to - reached) / (to - from));
        }
    }
    bins
}

/// The weight of all rows up to the upper end of a bin.
fn end(bin: usize, count: usize, all: f64) -> f64 {
    all * ((bin + 1) as f64 / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bins(count: u16) -> NonZeroU16 {
        NonZeroU16::new(count).unwrap()
    }

    #[test]
    fn what_happens_as_often_as_it_is_said_has_no_error() {
        let labels = [true, false, false, false, true, true, true, false];
        let scores = [0.25, 0.25, 0.25, 0.25, 0.75, 0.75, 0.75, 0.75];
        let binary = Binary::new(&labels, &scores, None).unwrap();
        for bins in [Bins::EqualWidth(bins(10)), Bins::EqualCount(bins(2))] {
            assert_eq!(binary.expected_calibration_error(bins), Ok(0.0), "{bins:?}");
        }
    }

    #[test]
    fn bins_of_equal_width_are_closed_above() {
        let scores = [0.0, 0.3, 0.300_000_1, 1.0];
        let binary = Binary::new(&[true; 4], &scores, None).unwrap();
        let points = binary.calibration(Bins::EqualWidth(bins(10))).unwrap();
        let predicted: Vec<f64> = points.iter().map(|point| point.predicted).collect();
        assert_eq!(predicted, scores);
    }

    #[test]
    fn a_cut_among_equals_shares_them() {
        let labels = [true, false, true];
        let binary = Binary::new(&labels, &[0.5, 0.5, 1.0], None).unwrap();
        let points = binary.calibration(Bins::EqualCount(bins(2))).unwrap();
        assert_eq!(points[0], CalibrationPoint { predicted: 0.5, observed: 0.5, share: 0.5 });
        let upper = points[1];
        assert!((upper.predicted - 2.5 / 3.0).abs() < 1e-15, "{upper:?}");
        assert!((upper.observed - 2.5 / 3.0).abs() < 1e-15, "{upper:?}");
    }
}
