//! Metrics that are computed anew of each draw.

use tollgate_stats::compare::bootstrap::{Sample, Statistic};
use tollgate_stats::metrics::{Metric, Needs};

use super::{Asked, Draws, Found};
use crate::gate::model::Model;

impl Asked<'_> {
    pub(super) fn redrawn(&self, draws: Draws) -> Result<Found, String> {
        let challenger = InOrder::of(self.metric, self.challenger, &self.pairs.challenger)?;
        let baseline = InOrder::of(self.metric, self.baseline, &self.pairs.baseline)?;
        let statistic = Redrawn { metric: self.metric, sign: self.sign, challenger, baseline };
        self.drawn(&statistic, self.pairs.challenger.len(), draws)
    }
}

/// A metric that is computed anew of each draw.
struct Redrawn<'a> {
    metric: Metric,
    sign: f64,
    challenger: InOrder<'a>,
    baseline: InOrder<'a>,
}

/// A model's rows in the order of its scores: metrics sort by them, and what is sorted already is
/// sorted in no time.
struct InOrder<'a> {
    model: Model<'a>,
    rows: Vec<usize>,
    /// Which pair each of the rows is of.
    pairs: Vec<usize>,
}

impl<'a> InOrder<'a> {
    fn of(metric: Metric, model: Model<'a>, rows: &[usize]) -> Result<Self, String> {
        let mut pairs: Vec<usize> = (0..rows.len()).collect();
        if metric.needs() == Needs::Scores {
            let scores = model.scores(rows)?;
            pairs.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        }
        Ok(Self { model, rows: pairs.iter().map(|pair| rows[*pair]).collect(), pairs })
    }

    fn figure(&self, metric: Metric, counts: &[u32]) -> Option<f64> {
        let counts: Vec<u32> = self.pairs.iter().map(|pair| counts[*pair]).collect();
        self.model.figure(metric, &self.rows, Some(&counts)).ok()
    }
}

impl Statistic for Redrawn<'_> {
    fn sample(&self) -> Sample<'_> {
        Sample::Rows(self.challenger.rows.len())
    }

    fn of(&self, counts: &[u32]) -> Option<f64> {
        let is = self.challenger.figure(self.metric, counts)?;
        Some(self.sign * (is - self.baseline.figure(self.metric, counts)?))
    }
}
