//! Where a mean lies, at every time.

use crate::proportion::Interval;

/// A confidence sequence for the mean of observations between -1 and 1: with `1 - alpha` it holds
/// the mean at all times at once.
///
/// Source: I. Waudby-Smith and A. Ramdas (2024), theorem 2: the predictable plug-in empirical
/// Bernstein sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct MeanSequence {
    alpha: f64,
    taken: f64,
    // Of the observations brought to between 0 and 1.
    sum: f64,
    squares: f64,
    stakes: f64,
    staked: f64,
    spread: f64,
    best: Interval,
}

impl MeanSequence {
    /// Before anything was seen. `alpha` lies between 0 and 1.
    #[must_use]
    pub fn new(alpha: f64) -> Self {
        assert!(alpha > 0.0 && alpha < 1.0, "an error lies between 0 and 1");
        Self {
            alpha,
            taken: 0.0,
            sum: 0.0,
            squares: 0.0,
            stakes: 0.0,
            staked: 0.0,
            spread: 0.0,
            best: Interval { low: -1.0, high: 1.0 },
        }
    }

    /// Takes in one observation; what lies outside of -1 to 1 counts as the nearer end.
    pub fn take(&mut self, observed: f64) {
        let x = f64::midpoint(observed.clamp(-1.0, 1.0), 1.0);
        let before = (self.sum + 0.5) / (self.taken + 1.0);
        let variance = (self.squares + 0.25) / (self.taken + 1.0);
        let n = self.taken + 1.0;
        let stake =
            (2.0 * (2.0 / self.alpha).ln() / (variance * n * (1.0 + n).ln())).sqrt().min(0.5);
        self.stakes += stake;
        self.staked += stake * x;
        let surprise = 4.0 * (x - before).powi(2);
        self.spread += surprise * (-(-stake).ln_1p() - stake) / 4.0;
        self.taken = n;
        self.sum += x;
        let mean = (self.sum + 0.5) / (n + 1.0);
        self.squares += (x - mean).powi(2);
        let centre = self.staked / self.stakes;
        let width = ((2.0 / self.alpha).ln() + self.spread) / self.stakes;
        let low = (2.0 * (centre - width) - 1.0).max(self.best.low);
        let high = (2.0 * (centre + width) - 1.0).min(self.best.high);
        // They only cross where the sequence has erred, or the mean is not one.
        if low <= high {
            self.best = Interval { low, high };
        }
    }

    /// Where the mean lies.
    #[must_use]
    pub fn interval(&self) -> Interval {
        self.best
    }

    /// The mean of what was seen; none before anything was.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.taken > 0.0).then(|| 2.0 * self.sum / self.taken - 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_narrows_around_the_mean() {
        let mut sequence = MeanSequence::new(0.01);
        assert_eq!(sequence.interval(), Interval { low: -1.0, high: 1.0 });
        for n in 0..20_000 {
            sequence.take(if n % 10 == 0 { 1.0 } else { 0.0 });
        }
        let Interval { low, high } = sequence.interval();
        assert!(low < 0.1 && 0.1 < high && high - low < 0.04, "{low} {high}");
        assert!((sequence.mean().unwrap() - 0.1).abs() < 1e-9);
    }
}
