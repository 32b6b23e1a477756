//! Two classes and a score: how well the score tells them apart.

use super::Undefined;
use super::columns::{Weights, all_finite, same_length};
use super::sum::{Sum, finite, sum};

/// Labels, scores and weights, sorted once by score for all metrics that need it.
///
/// Rows of the same score count as one, and rows that weigh nothing are absent: so a weight of
/// three is the same as a row three times, and the order of rows changes nothing, not even the
/// last bit. Takes O(n log n) time and 24 bytes a row.
#[derive(Clone, Debug)]
pub struct Binary {
    /// In falling order of score.
    steps: Vec<Step>,
    positive: f64,
    negative: f64,
    /// The first row that weighs something and whose score is no probability.
    improbable: Option<(usize, f64)>,
}

/// All rows of one score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) score: f64,
    /// What the rows with label `true` weigh.
    pub(super) positive: f64,
    /// What the rows with label `false` weigh.
    pub(super) negative: f64,
}

impl Step {
    pub(super) fn weight(&self) -> f64 {
        self.positive + self.negative
    }
}

impl Binary {
    /// `labels` say which rows are positive; a higher score speaks for that. Without `weights`
    /// each row weighs one.
    ///
    /// # Errors
    /// No rows, differing lengths, a score that is NaN or infinite, a weight that is no number or
    /// below zero, or no weight at all.
    pub fn new(
        labels: &[bool],
        scores: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<Self, Undefined> {
        same_length("scores", labels.len(), scores.len())?;
        all_finite("score", scores)?;
        let weights = Weights::new(weights, labels.len())?;
        let rows: Vec<Step> = (0..labels.len())
            .map(|row| step(labels[row], scores[row], weights.of(row)))
            .filter(|step| step.weight() > 0.0)
            .collect();
        let outside = |&row: &usize| weights.of(row) > 0.0 && !(0.0..=1.0).contains(&scores[row]);
        let improbable = (0..labels.len()).find(outside).map(|row| (row, scores[row]));
        let steps = joined(rows);
        let positive = sum(steps.iter().map(|step| step.positive));
        let negative = sum(steps.iter().map(|step| step.negative));
        Ok(Self { steps, positive, negative, improbable })
    }

    /// The area under the ROC curve: how probable it is that a positive row has a higher score
    /// than a negative one, where the same score counts as half.
    ///
    /// Source: J. A. Hanley and B. J. McNeil, "The Meaning and Use of the Area under a Receiver
    /// Operating Characteristic (ROC) Curve", Radiology 143 (1982) 29–36; `roc_auc_score`.
    ///
    /// # Errors
    /// Only one class is present.
    pub fn roc_auc(&self) -> Result<f64, Undefined> {
        if self.positive == 0.0 || self.negative == 0.0 {
            return Err(Undefined::OneClass);
        }
        // Shares of the positive rows, since a product of two weights could overflow or vanish.
        let mut above = Sum::default();
        let mut area = Sum::default();
        for step in &self.steps {
            area.add(step.negative * ((above.value() + step.positive / 2.0) / self.positive));
            above.add(step.positive);
        }
        finite((area.value() / self.negative).min(1.0))
    }

    /// Average precision, the area under the steps of the precision-recall curve ("PR AUC").
    ///
    /// Source: `average_precision_score`, Σ (Rₙ − Rₙ₋₁) Pₙ over distinct scores, without
    /// interpolation, which would be too optimistic.
    ///
    /// # Errors
    /// No row is positive: zero by convention.
    pub fn average_precision(&self) -> Result<f64, Undefined> {
        if self.positive == 0.0 {
            return Err(Undefined::ZeroDivision { why: "no row is positive", value: 0.0 });
        }
        let mut hits = Sum::default();
        let mut all = Sum::default();
        let mut area = Sum::default();
        for step in &self.steps {
            hits.add(step.positive);
            all.add(step.positive);
            all.add(step.negative);
            area.add(step.positive * (hits.value() / all.value()));
        }
        finite((area.value() / self.positive).min(1.0))
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What the positive rows weigh, and the negative ones.
    pub(super) fn weights(&self) -> (f64, f64) {
        (self.positive, self.negative)
    }

    /// The steps, if all scores are between 0 and 1.
    pub(super) fn probabilities(&self) -> Result<&[Step], Undefined> {
        match self.improbable {
            Some((row, score)) => Err(Undefined::NotAProbability { row, score }),
            None => Ok(&self.steps),
        }
    }
}

fn step(label: bool, score: f64, weight: f64) -> Step {
    let (positive, negative) = if label { (weight, 0.0) } else { (0.0, weight) };
    Step { score, positive, negative }
}

/// Rows in falling order of score, those of the same score as one. Weights are sorted too, so that
/// they are always summed in the same order.
fn joined(mut rows: Vec<Step>) -> Vec<Step> {
    // Who asks again and again, as the bootstrap does, hands in rows that are in order already.
    if !rows.is_sorted_by(|a, b| a.score >= b.score) {
        rows.sort_unstable_by(|a, b| b.score.total_cmp(&a.score));
    }
    for same in rows.chunk_by_mut(|a, b| a.score == b.score).filter(|same| same.len() > 1) {
        same.sort_unstable_by(|a, b| {
            a.positive.total_cmp(&b.positive).then(a.negative.total_cmp(&b.negative))
        });
    }
    rows.chunk_by(|a, b| a.score == b.score)
        .map(|same| Step {
            score: same[0].score,
            positive: sum(same.iter().map(|row| row.positive)),
            negative: sum(same.iter().map(|row| row.negative)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_score_has_all_the_area_and_a_constant_one_half() {
        let labels = [true, false, true, false];
        let perfect = Binary::new(&labels, &[0.9, 0.1, 0.8, 0.2], None).unwrap();
        assert_eq!(perfect.roc_auc(), Ok(1.0));
        assert_eq!(perfect.average_precision(), Ok(1.0));
        let constant = Binary::new(&labels, &[0.5; 4], None).unwrap();
        assert_eq!(constant.roc_auc(), Ok(0.5));
        assert_eq!(constant.average_precision(), Ok(0.5));
    }

    #[test]
    fn one_class_has_no_area() {
        let positive = Binary::new(&[true, true], &[0.1, 0.2], None).unwrap();
        assert_eq!(positive.roc_auc(), Err(Undefined::OneClass));
        let negative = Binary::new(&[false, true], &[0.1, 0.2], Some(&[1.0, 0.0])).unwrap();
        assert_eq!(negative.roc_auc(), Err(Undefined::OneClass));
        assert_eq!(negative.average_precision().unwrap_err().convention(), Some(0.0));
    }

    #[test]
    fn both_zeros_are_the_same_score() {
        let zeros = Binary::new(&[true, false], &[0.0, -0.0], None).unwrap();
        assert_eq!(zeros.steps().len(), 1);
    }

    #[test]
    fn the_first_bad_row_is_named() {
        let nan = Binary::new(&[true, false], &[0.5, f64::NAN], None).unwrap_err();
        assert!(matches!(nan, Undefined::NotFinite { what: "score", row: 1, .. }));
        let score = Binary::new(&[true, false, true], &[0.5, 1.5, 2.0], None).unwrap();
        let refused = Undefined::NotAProbability { row: 1, score: 1.5 };
        assert_eq!(score.probabilities(), Err(refused));
        assert_eq!(score.roc_auc(), Ok(0.5));
    }
}
