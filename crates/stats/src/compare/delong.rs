//! Two ROC curves over the same rows: the difference of the areas under them.

use crate::normal;
use crate::proportion::Interval;

/// The areas under two curves and their difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Areas {
    /// The baseline's.
    pub baseline: f64,
    /// The challenger's.
    pub challenger: f64,
    /// Challenger minus baseline.
    pub difference: f64,
    /// The standard error of the difference.
    pub standard_error: f64,
    /// Where the true difference lies.
    pub interval: Interval,
    /// Of no difference, two-sided.
    pub p: f64,
}

/// Why two curves can't be compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NoComparison {
    /// There are not as many labels as scores of each model.
    Lengths,
    /// A score is not a number.
    NotANumber,
    /// Fewer than two rows of one class.
    OneClass {
        /// How many rows are positive.
        positives: usize,
        /// How many are negative.
        negatives: usize,
    },
    /// Both models separate the classes without an error. The rows are too easy to tell them
    /// apart, and show no variance by which to say how sure that is.
    Perfect,
    /// No row differs in its rank: the models order the classes alike.
    SameOrder {
        /// The area under both.
        area: f64,
    },
    /// The areas differ, and every row by the same: there is nothing to estimate an error from.
    NoVariance {
        /// Challenger minus baseline.
        difference: f64,
    },
}

/// Compares by the method of DeLong with an interval of two-sided `confidence`. Higher scores mean
/// positive; infinite ones are scores too. Time is that of sorting.
///
/// Where one of the models alone separates the classes its own part of the variance is zero, and
/// the other's remains.
///
/// Source: E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson, Biometrics 44 (1988) 837–845; in
/// O(n log n) by X. Sun and W. Xu, IEEE Signal Processing Letters 21 (2014) 1389–1393.
///
/// # Errors
/// The rows do not allow it: see [`NoComparison`].
///
/// # Panics
/// `confidence` is not between 0 and 1.
pub fn compare(
    positive: &[bool],
    baseline: &[f64],
    challenger: &[f64],
    confidence: f64,
) -> Result<Areas, NoComparison> {
    assert!(confidence > 0.0 && confidence < 1.0, "a confidence lies between 0 and 1");
    check(positive, baseline, challenger)?;
    let first = Placements::of(positive, baseline);
    let second = Placements::of(positive, challenger);
    let (baseline, challenger) = (first.area(), second.area());
    let variance = first.variance_to(&second);
    if variance == 0.0 {
        return Err(without_variance(baseline, challenger, &first, &second));
    }
    let (difference, standard_error) = (challenger - baseline, variance.sqrt());
    let reach = -normal::quantile((1.0 - confidence) / 2.0) * standard_error;
    let interval =
        Interval { low: (difference - reach).max(-1.0), high: (difference + reach).min(1.0) };
    let p = 2.0 * normal::tail((difference / standard_error).abs());
    Ok(Areas { baseline, challenger, difference, standard_error, interval, p })
}

fn check(positive: &[bool], baseline: &[f64], challenger: &[f64]) -> Result<(), NoComparison> {
    if positive.len() != baseline.len() || positive.len() != challenger.len() {
        return Err(NoComparison::Lengths);
    }
    if baseline.iter().chain(challenger).any(|score| score.is_nan()) {
        return Err(NoComparison::NotANumber);
    }
    let positives = positive.iter().filter(|positive| **positive).count();
    let negatives = positive.len() - positives;
    if positives < 2 || negatives < 2 {
        return Err(NoComparison::OneClass { positives, negatives });
    }
    Ok(())
}

fn without_variance(
    baseline: f64,
    challenger: f64,
    first: &Placements,
    second: &Placements,
) -> NoComparison {
    if baseline == 1.0 && challenger == 1.0 {
        NoComparison::Perfect
    } else if first == second {
        NoComparison::SameOrder { area: baseline }
    } else {
        NoComparison::NoVariance { difference: challenger - baseline }
    }
}

/// For each row twice the number of the other class that it is on the right side of, where a tie
/// counts a half: DeLong's structural components, times twice the size of the other class. Whole,
/// so that what is equal compares as equal.
#[derive(PartialEq)]
struct Placements {
    positives: Vec<u64>,
    negatives: Vec<u64>,
}

impl Placements {
    fn of(positive: &[bool], scores: &[f64]) -> Self {
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_unstable_by(|a, b| scores[*a].total_cmp(&scores[*b]));
        let total = positive.iter().filter(|positive| **positive).count() as u64;
        let mut placed = vec![0; scores.len()];
        let (mut positives_below, mut negatives_below) = (0, 0);
        // −0 and 0 are one score, and neighbours in the order.
        for tie in order.chunk_by(|a, b| scores[*a] == scores[*b]) {
            let positives = tie.iter().filter(|row| positive[**row]).count() as u64;
            let negatives = tie.len() as u64 - positives;
            for row in tie {
                placed[*row] = if positive[*row] {
                    2 * negatives_below + negatives
                } else {
                    2 * (total - positives_below) - positives
                };
            }
            positives_below += positives;
            negatives_below += negatives;
        }
        Self::split(positive, &placed)
    }

    fn split(positive: &[bool], placed: &[u64]) -> Self {
        let class = |wanted| {
            let rows = positive.iter().zip(placed).filter(move |(is, _)| **is == wanted);
            rows.map(|(_, placed)| *placed).collect()
        };
        Self { positives: class(true), negatives: class(false) }
    }

    fn pairs(&self) -> f64 {
        2.0 * self.positives.len() as f64 * self.negatives.len() as f64
    }

    fn area(&self) -> f64 {
        let sum: u128 = self.positives.iter().map(|placed| u128::from(*placed)).sum();
        sum as f64 / self.pairs()
    }

    /// The variance of the difference of the areas.
    fn variance_to(&self, other: &Self) -> f64 {
        let (positives, negatives) = (self.positives.len() as f64, self.negatives.len() as f64);
        variance_of_difference(&self.positives, &other.positives)
            / (4.0 * negatives * negatives * positives)
            + variance_of_difference(&self.negatives, &other.negatives)
                / (4.0 * positives * positives * negatives)
    }
}

/// The sample's variance of the differences of two lists of whole numbers. Exactly zero where they
/// are all the same.
fn variance_of_difference(a: &[u64], b: &[u64]) -> f64 {
    let difference = |(a, b): (&u64, &u64)| *b as f64 - *a as f64;
    let differences = || a.iter().zip(b).map(difference);
    let first = differences().next().unwrap_or(0.0);
    let count = a.len() as f64;
    let mean = differences().map(|each| each - first).sum::<f64>() / count;
    differences().map(|each| (each - first - mean).powi(2)).sum::<f64>() / (count - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASSES: [bool; 4] = [false, false, true, true];

    fn refused(positive: &[bool], baseline: &[f64], challenger: &[f64]) -> NoComparison {
        compare(positive, baseline, challenger, 0.95).unwrap_err()
    }

    #[test]
    fn what_can_not_be_compared_is_told_by_its_reason() {
        let scores = [0.1, 0.4, 0.35, 0.8];
        let perfect = [0.1, 0.2, 0.3, 0.4];
        let wrong = [0.4, 0.3, 0.2, 0.1];
        let rises = scores.map(|score| score * 2.0);
        assert_eq!(refused(&CLASSES[..3], &scores, &scores), NoComparison::Lengths);
        let hole = [0.1, f64::NAN, 0.3, 0.4];
        assert_eq!(refused(&CLASSES, &scores, &hole), NoComparison::NotANumber);
        assert_eq!(
            refused(&[true; 4], &scores, &perfect),
            NoComparison::OneClass { positives: 4, negatives: 0 }
        );
        assert_eq!(refused(&CLASSES, &perfect, &perfect.map(f64::exp)), NoComparison::Perfect);
        assert_eq!(refused(&CLASSES, &scores, &rises), NoComparison::SameOrder { area: 0.75 });
        assert_eq!(
            refused(&CLASSES, &wrong, &perfect),
            NoComparison::NoVariance { difference: 1.0 }
        );
        assert_eq!(refused(&[], &[], &[]), NoComparison::OneClass { positives: 0, negatives: 0 });
    }

    #[test]
    fn one_perfect_model_leaves_the_variance_of_the_other() {
        let areas = compare(&CLASSES, &[0.1, 0.4, 0.35, 0.8], &[0.1, 0.2, 0.3, 0.4], 0.95).unwrap();
        assert_eq!((areas.baseline, areas.challenger), (0.75, 1.0));
        assert!(areas.standard_error > 0.0);
    }

    #[test]
    fn infinite_scores_and_both_zeros_are_ordered() {
        let areas = compare(
            &CLASSES,
            &[f64::NEG_INFINITY, 0.0, -0.0, f64::INFINITY],
            &[1.0, 2.0, 3.0, 0.0],
            0.95,
        );
        assert_eq!(areas.unwrap().baseline, 0.875);
    }
}
