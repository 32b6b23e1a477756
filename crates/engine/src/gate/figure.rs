//! A metric of a model's rows.

use tollgate_stats::metrics::{Binary, Classes, Metric, Needs, Rankings, Rows, Undefined, Values};

use super::classes::Labelled;
use super::model::Model;

impl Model<'_> {
    /// The metric of these rows, each with its weight times its number in `counts`.
    ///
    /// # Errors
    /// A column is not there, or the rows don't have the metric; a sentence.
    pub(super) fn figure(
        self,
        metric: Metric,
        rows: &[usize],
        counts: Option<&[u32]>,
    ) -> Result<f64, String> {
        let weights = self.weights(rows, counts)?;
        let weights = weights.as_deref();
        let said = |why: Undefined| why.to_string();
        let found = match metric.needs() {
            Needs::Classes => {
                let Labelled { truth, predicted, positive } = self.classes(rows)?;
                let classes = Classes::new(&truth, &predicted, weights).map_err(said)?;
                let classes = positive.into_iter().fold(classes, Classes::with_positive);
                metric.of(&Rows::Classes(classes))
            }
            Needs::Scores => {
                let (labels, scores) = (self.positives(rows)?, self.scores(rows)?);
                metric.of(&Rows::Scores(Binary::new(&labels, &scores, weights).map_err(said)?))
            }
            Needs::Values => {
                let (truth, estimate) = (self.truths(rows)?, self.estimates(rows)?);
                let values = Values::new(&truth, &estimate, weights).map_err(said)?;
                metric.of(&Rows::Values(values))
            }
            Needs::Groups => {
                let groups = self.groups(rows)?;
                let (truth, scores) = (self.truths(rows)?, self.scores(rows)?);
                let rankings = Rankings::new(&groups, &truth, &scores).map_err(said)?;
                metric.of(&Rows::Groups(rankings))
            }
        };
        found.or_else(|why| why.convention().ok_or(why)).map_err(said)
    }
}
