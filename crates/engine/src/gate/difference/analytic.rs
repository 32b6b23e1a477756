//! Differences whose scatter is known without a draw.

use tollgate_stats::compare::delong::{self, NoComparison};
use tollgate_stats::compare::mcnemar::Paired;

use super::{Asked, Found, exactly};

impl Asked<'_> {
    /// Of areas under the ROC curve.
    pub(super) fn areas(&self) -> Result<Found, String> {
        let labels = self.challenger.positives(&self.pairs.challenger)?;
        let challenger = self.challenger.scores(&self.pairs.challenger)?;
        let baseline = self.baseline.scores(&self.pairs.baseline)?;
        let method = "DeLong's test";
        match delong::compare(&labels, &baseline, &challenger, self.confidence) {
            Ok(areas) => Ok(Found {
                interval: areas.interval,
                standard_error: Some(areas.standard_error),
                method,
            }),
            Err(NoComparison::SameOrder { .. } | NoComparison::Perfect) => Ok(exactly(0.0, method)),
            Err(NoComparison::NoVariance { difference }) => Ok(exactly(difference, method)),
            Err(NoComparison::OneClass { positives, negatives }) => Err(format!(
                "there are {positives} positive and {negatives} negative rows: too few of one"
            )),
            Err(NoComparison::NotANumber) => Err("a score is not a number".to_owned()),
            Err(NoComparison::Lengths) => Err("the models have different rows".to_owned()),
        }
    }

    /// Of shares of right predictions.
    pub(super) fn accuracies(&self) -> Result<Found, String> {
        let ours = self.challenger.classes(&self.pairs.challenger)?;
        let theirs = self.baseline.classes(&self.pairs.baseline)?;
        let (right, was_right) = (ours.right(), theirs.right());
        let paired = Paired::count(was_right.zip(right));
        let compared = paired.compare(self.confidence).ok_or("there are no rows")?;
        // What Tango's interval is at, for how many rows it would take.
        let (rows, lost) = (paired.rows() as f64, paired.baseline_only as f64);
        let differ = (lost + paired.challenger_only as f64) / rows;
        let variance = (differ - compared.difference * compared.difference) / rows;
        let method = "McNemar's test with Tango's interval";
        let standard_error = (variance > 0.0).then(|| variance.sqrt());
        Ok(Found { interval: compared.interval, standard_error, method })
    }
}
