//! Has a distribution moved, and by how much?
//!
//! Each measure compares current data with a reference and tells an *effect*, whose size means the
//! same for a thousand rows and for a billion, with an interval. Judging is by the interval
//! against a limit: with many rows every p-value is small, and a drift that matters is not one
//! that merely exists.

pub mod bins;
pub mod category;
pub mod divergence;
pub mod kolmogorov;
pub mod sample;
pub mod wasserstein;

use crate::proportion::Interval;

/// From where on an effect is usually worth a look.
pub mod limits {
    /// The population stability index; 0.25 is usually taken for a large shift.
    ///
    /// Source: N. Siddiqi, "Credit Risk Scorecards" (2006), whose bands are 0.1 and 0.25.
    pub const PSI: f64 = 0.2;
    /// The Jensen-Shannon distance. As a normal variable's shift it is about a quarter of its
    /// standard deviation.
    pub const JENSEN_SHANNON: f64 = 0.1;
    /// The Kolmogorov-Smirnov distance: a normal variable's shift by a quarter of its standard
    /// deviation.
    pub const KOLMOGOROV_SMIRNOV: f64 = 0.1;
    /// The Wasserstein distance over the standard deviation. It is a shift in that unit.
    pub const WASSERSTEIN: f64 = 0.25;
    /// Cramér's V: J. Cohen's small effect ("Statistical Power Analysis", 2nd edition (1988),
    /// §7.2).
    pub const CRAMER: f64 = 0.1;
}

/// How far a distribution is from its reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// What was computed. Some grow with the rows.
    pub statistic: f64,
    /// The size of the difference. It does not grow with the rows.
    pub effect: f64,
    /// Where the true effect lies.
    pub interval: Interval,
    /// Of no difference at all, where there is such a test.
    pub p: Option<f64>,
}

/// What an interval says of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// All of it lies above.
    Drifted,
    /// All of it lies at or below.
    Steady,
    /// The limit lies within: more rows would tell.
    Undecided,
}

/// Why there is nothing to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoDrift {
    /// Fewer than two rows on a side.
    TooFew,
    /// The two have not as many bins, or values and weights are not as many.
    Lengths,
    /// A value or weight is not finite, or a weight is negative.
    NotFinite,
    /// Values are not in rising order.
    Unsorted,
    /// The reference is constant, so that there is no unit by which to measure a distance.
    NoScale,
}

impl Drift {
    /// What the interval says of `limit`. An end that is not a number says nothing.
    #[must_use]
    pub fn judge(&self, limit: f64) -> Judgement {
        if self.interval.low > limit {
            Judgement::Drifted
        } else if self.interval.high <= limit {
            Judgement::Steady
        } else {
            Judgement::Undecided
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_judged_and_not_p() {
        let drift = |low, high| Drift {
            statistic: 1e6,
            effect: 0.15,
            interval: Interval { low, high },
            p: Some(0.0),
        };
        assert_eq!(drift(0.11, 0.2).judge(0.1), Judgement::Drifted);
        assert_eq!(drift(0.09, 0.2).judge(0.1), Judgement::Undecided);
        assert_eq!(drift(0.01, 0.1).judge(0.1), Judgement::Steady);
        assert_eq!(drift(f64::NAN, f64::NAN).judge(0.1), Judgement::Undecided);
    }
}
