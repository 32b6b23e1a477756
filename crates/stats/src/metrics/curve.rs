//! Curves to draw: the exact points at thresholds, and no more of them than a picture needs.

use super::sum::Sum;
use super::{Binary, Undefined};

/// What is true of the rows whose score reaches a threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RocPoint {
    /// The threshold: rows of this score or a higher one are taken. The first point's is infinite.
    pub threshold: f64,
    /// The share of the negative rows that are taken, 0 to 1.
    pub false_positive_rate: f64,
    /// The share of the positive rows that are taken, 0 to 1.
    pub true_positive_rate: f64,
}

/// What is true of the rows whose score reaches a threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrecisionRecallPoint {
    /// The threshold: rows of this score or a higher one are taken. The first point's is infinite.
    pub threshold: f64,
    /// The share of the positive rows that are taken, 0 to 1.
    pub recall: f64,
    /// The share of the taken rows that are positive, 0 to 1; of none it is 1.
    pub precision: f64,
}

/// What is taken at a threshold, in weight.
#[derive(Clone, Copy)]
struct Taken {
    threshold: f64,
    positive: f64,
    negative: f64,
}

impl Binary {
    /// The ROC curve from (0, 0) to (1, 1), in falling order of thresholds: `roc_curve`.
    ///
    /// At most `limit` points (and never fewer than two). If there are more thresholds, those are
    /// kept that lie evenly along the curve; each kept point is exact.
    ///
    /// # Errors
    /// Only one class is present.
    pub fn roc(&self, limit: usize) -> Result<Vec<RocPoint>, Undefined> {
        let (positive, negative) = self.weights();
        if positive == 0.0 || negative == 0.0 {
            return Err(Undefined::OneClass);
        }
        let points = self.taken().map(|taken| RocPoint {
            threshold: taken.threshold,
            false_positive_rate: share(taken.negative, negative),
            true_positive_rate: share(taken.positive, positive),
        });
        let along = |point: &RocPoint| point.false_positive_rate.midpoint(point.true_positive_rate);
        Ok(thinned(points, limit, along))
    }

    /// The precision-recall curve from recall 0 to recall 1, in falling order of thresholds:
    /// `precision_recall_curve` the other way round.
    ///
    /// At most `limit` points (and never fewer than two). If there are more thresholds, those are
    /// kept that lie evenly in recall and in how many rows are taken; each kept point is exact.
    ///
    /// # Errors
    /// No row is positive.
    pub fn precision_recall(&self, limit: usize) -> Result<Vec<PrecisionRecallPoint>, Undefined> {
        let (positive, negative) = self.weights();
        if positive == 0.0 {
            return Err(Undefined::OneClass);
        }
        let points = self.taken().map(|taken| {
            let all = taken.positive + taken.negative;
            let precision = if all == 0.0 { 1.0 } else { taken.positive / all };
            let recall = share(taken.positive, positive);
            let point = PrecisionRecallPoint { threshold: taken.threshold, recall, precision };
            (point, recall.midpoint(share(all, positive + negative)))
        });
        let kept = thinned(points, limit, |(_, along)| *along);
        Ok(kept.into_iter().map(|(point, _)| point).collect())
    }

    /// Nothing, and then what is taken at each distinct score.
    fn taken(&self) -> impl Iterator<Item = Taken> {
        let nothing = Taken { threshold: f64::INFINITY, positive: 0.0, negative: 0.0 };
        let mut positive = Sum::default();
        let mut negative = Sum::default();
        let each = self.steps().iter().map(move |step| {
            positive.add(step.positive);
            negative.add(step.negative);
            Taken { threshold: step.score, positive: positive.value(), negative: negative.value() }
        });
        std::iter::once(nothing).chain(each)
    }
}

/// How much of `whole` is `part`, at most 1 whatever was rounded.
fn share(part: f64, whole: f64) -> f64 {
    (part / whole).min(1.0)
}

/// At most `limit` of the points: the first that reaches each of `limit − 1` stretches of the way,
/// which `along` measures from 0 to 1, and the last.
fn thinned<P>(points: impl Iterator<Item = P>, limit: usize, along: impl Fn(&P) -> f64) -> Vec<P> {
    let stretches = limit.max(2) - 1;
    let mut kept = Vec::new();
    let mut reached = None;
    let mut last = None;
    for point in points {
        let stretch = ((along(&point) * stretches as f64) as usize).min(stretches - 1);
        if reached.is_none_or(|reached| stretch > reached) {
            reached = Some(stretch);
            kept.push(point);
            last = None;
        } else {
            last = Some(point);
        }
    }
    kept.extend(last);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thousand() -> Binary {
        let labels: Vec<bool> = (0..1000).map(|row| row * 7919 % 1000 < 300).collect();
        let scores: Vec<f64> = (0..1000).map(|row| f64::from(row) / 1000.0).collect();
        Binary::new(&labels, &scores, None).unwrap()
    }

    #[test]
    fn curves_begin_with_nothing_and_end_with_all() {
        let binary = Binary::new(&[true, false, true], &[0.9, 0.5, 0.1], None).unwrap();
        let roc = binary.roc(100).unwrap();
        let rates: Vec<_> =
            roc.iter().map(|p| (p.false_positive_rate, p.true_positive_rate)).collect();
        assert_eq!(rates, [(0.0, 0.0), (0.0, 0.5), (1.0, 0.5), (1.0, 1.0)]);
        assert_eq!(roc[0].threshold, f64::INFINITY);
        let pr = binary.precision_recall(100).unwrap();
        let points: Vec<_> = pr.iter().map(|p| (p.recall, p.precision)).collect();
        assert_eq!(points, [(0.0, 1.0), (0.5, 1.0), (0.5, 0.5), (1.0, 2.0 / 3.0)]);
    }

    #[test]
    fn a_thinned_curve_is_part_of_the_whole_one() {
        let binary = thousand();
        let whole = binary.roc(usize::MAX).unwrap();
        assert_eq!(whole.len(), 1001);
        let whole_pr = binary.precision_recall(usize::MAX).unwrap();
        for limit in [0, 1, 2, 3, 10, 64, 999] {
            let roc = binary.roc(limit).unwrap();
            assert!(roc.len() <= limit.max(2) && roc.len() >= limit / 2, "{limit}: {}", roc.len());
            assert!(roc.iter().all(|point| whole.contains(point)));
            assert_eq!((roc[0], roc.last()), (whole[0], whole.last()));
            let pr = binary.precision_recall(limit).unwrap();
            assert!(pr.len() <= limit.max(2));
            assert!(pr.iter().all(|point| whole_pr.contains(point)));
            assert_eq!((pr[0], pr.last()), (whole_pr[0], whole_pr.last()));
        }
    }

    /// Beyond the first two rows nothing changes that a rate could show.
    #[test]
    fn points_at_the_very_end_count_towards_the_limit() {
        let weights = [1.0, 1.0, 1e-20, 1e-20];
        let labels = [true, false, true, false];
        let binary = Binary::new(&labels, &[0.9, 0.8, 0.7, 0.6], Some(&weights)).unwrap();
        assert_eq!(binary.roc(2).unwrap().len(), 2);
        assert_eq!(binary.precision_recall(2).unwrap().len(), 2);
    }

    #[test]
    fn one_class_has_no_curve() {
        let negative = Binary::new(&[false], &[0.5], None).unwrap();
        assert_eq!(negative.roc(10), Err(Undefined::OneClass));
        assert_eq!(negative.precision_recall(10), Err(Undefined::OneClass));
    }
}
