//! Two classifiers' correctness over the same rows: McNemar's test, and how far apart they are.

use crate::normal;
use crate::proportion::Interval;
use crate::special::{binomial, root::bisect};

/// On how many rows which of the models was right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paired {
    /// Both.
    pub both: u64,
    /// The baseline alone.
    pub baseline_only: u64,
    /// The challenger alone.
    pub challenger_only: u64,
    /// Neither.
    pub neither: u64,
}

/// How the accuracies compare.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Accuracies {
    /// The baseline's accuracy.
    pub baseline: f64,
    /// The challenger's.
    pub challenger: f64,
    /// Challenger minus baseline.
    pub difference: f64,
    /// Where the true difference lies.
    pub interval: Interval,
    /// Of no difference, two-sided, exact: never more often below a level than stated. With few
    /// rows on which the models differ (below 25) it is much below it.
    pub exact: f64,
    /// The same, with half of the probability of what was seen. It keeps its level in nearly every
    /// case and wastes less of it.
    pub mid: f64,
}

impl Paired {
    /// Counts rows, of which each tells whether the baseline and whether the challenger was right.
    pub fn count(rows: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let mut counts = Self::default();
        for row in rows {
            *match row {
                (true, true) => &mut counts.both,
                (true, false) => &mut counts.baseline_only,
                (false, true) => &mut counts.challenger_only,
                (false, false) => &mut counts.neither,
            } += 1;
        }
        counts
    }

    /// How many rows; more than 2⁶⁴ count as that.
    #[must_use]
    pub fn rows(&self) -> u64 {
        let counts = [self.both, self.baseline_only, self.challenger_only, self.neither];
        counts.into_iter().fold(0, u64::saturating_add)
    }

    /// Compares the accuracies, with an interval of two-sided `confidence`. No rows tell nothing:
    /// there is no answer.
    ///
    /// The interval is Tango's and not Newcombe's square-and-add (1998, method 10). Both keep
    /// their confidence where the textbook one does not, but Tango's is the inversion of the score
    /// test, so that "the interval lies above −margin" is a test of non-inferiority at its level,
    /// and it agrees with McNemar's test at a margin of 0. It needs no correction for no
    /// disagreement at all.
    ///
    /// Sources: Q. McNemar, Psychometrika 12 (1947) 153–157; M. W. Fagerland, S. Lydersen and
    /// P. Laake, "The McNemar test for binary matched-pairs data: mid-p and asymptotic are better
    /// than exact conditional", BMC Medical Research Methodology 13 (2013) 91; T. Tango,
    /// "Equivalence test and confidence interval for the difference in proportions for the
    /// paired-sample design", Statistics in Medicine 17 (1998) 891–908.
    ///
    /// # Panics
    /// `confidence` is not between 0 and 1.
    #[must_use]
    pub fn compare(&self, confidence: f64) -> Option<Accuracies> {
        assert!(confidence > 0.0 && confidence < 1.0, "a confidence lies between 0 and 1");
        let rows = self.rows();
        if rows == 0 {
            return None;
        }
        let share = |count: u64| count as f64 / rows as f64;
        let (gained, lost) = (self.challenger_only, self.baseline_only);
        let (exact, mid) = two_sided(gained, lost);
        Some(Accuracies {
            baseline: share(self.both) + share(lost),
            challenger: share(self.both) + share(gained),
            difference: share(gained) - share(lost),
            interval: tango(gained as f64, lost as f64, rows as f64, confidence),
            exact,
            mid,
        })
    }
}

/// The exact p and the mid-p of as many gained as lost.
fn two_sided(gained: u64, lost: u64) -> (f64, f64) {
    let (fewer, all) = (gained.min(lost), gained.saturating_add(lost));
    let below = 2.0 * binomial::at_most(fewer, all, 0.5);
    let seen = binomial::exactly(fewer, all, 0.5);
    // With as many gained as lost both tails hold what was seen.
    let mid = if gained == lost { 1.0 - 0.5 * seen } else { below - seen };
    (below.min(1.0), mid.min(1.0))
}

fn tango(gained: f64, lost: f64, rows: f64, confidence: f64) -> Interval {
    let z = -normal::quantile((1.0 - confidence) / 2.0);
    let end = |z: f64| bisect(-1.0, 1.0, |difference| score(gained, lost, rows, difference) > z);
    Interval { low: end(z), high: end(-z) }
}

/// How many standard errors what was seen lies above a true `difference`; the error is that of
/// the likeliest rates which differ by it. It falls as the difference rises.
fn score(gained: f64, lost: f64, rows: f64, difference: f64) -> f64 {
    let a = 2.0 * rows;
    let b = (2.0 * rows - gained + lost) * difference - gained - lost;
    let c = -lost * difference * (1.0 - difference);
    let rate_lost = ((b * b - 4.0 * a * c).max(0.0).sqrt() - b) / (2.0 * a);
    let variance = rows * (2.0 * rate_lost + difference * (1.0 - difference));
    let above = gained - lost - rows * difference;
    // At the ends of the range, and at 0 without any disagreement, nothing can vary.
    if variance > 0.0 {
        above / variance.sqrt()
    } else if above == 0.0 {
        0.0
    } else {
        above * f64::INFINITY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_by_who_was_right() {
        let rows = [(true, true), (true, false), (false, true), (false, true), (false, false)];
        let counts = Paired::count(rows);
        let wanted = Paired { both: 1, baseline_only: 1, challenger_only: 2, neither: 1 };
        assert_eq!((counts, counts.rows()), (wanted, 5));
    }

    #[test]
    fn nothing_seen_is_nothing_known() {
        assert_eq!(Paired::default().compare(0.95), None);
    }

    #[test]
    fn no_disagreement_leaves_room_for_some() {
        let same = Paired { both: 90, neither: 10, ..Paired::default() }.compare(0.95).unwrap();
        let z2 = 1.959_963_984_540_054_f64.powi(2);
        assert!((same.interval.high - z2 / (100.0 + z2)).abs() < 1e-12, "{same:?}");
        assert!((same.interval.low + z2 / (100.0 + z2)).abs() < 1e-12, "{same:?}");
        assert_eq!((same.exact, same.mid), (1.0, 0.5));
    }

    #[test]
    fn the_extremes_stay_within_their_range() {
        let all = Paired { challenger_only: 7, ..Paired::default() }.compare(0.95).unwrap();
        assert!(all.interval.low > 0.0 && all.interval.high <= 1.0, "{all:?}");
        let most = Paired { both: u64::MAX, baseline_only: 9, ..Paired::default() };
        assert!(most.compare(0.95).unwrap().interval.low <= 0.0);
    }
}
