//! Metrics of scores that are prepared once for all draws.

use tollgate_stats::compare::bootstrap::scored::{Figure, PairedScores, Scored};
use tollgate_stats::compare::bootstrap::{Sample, Statistic};

use super::{Asked, Draws, Found};

impl Asked<'_> {
    pub(super) fn scored(&self, figure: Figure, draws: Draws) -> Result<Found, String> {
        let (ours, theirs) = (&self.pairs.challenger, &self.pairs.baseline);
        let positive = self.challenger.positives(ours)?;
        let weights = self.challenger.weights(ours, None)?;
        let rows = Scored {
            positive: &positive,
            weights: weights.as_deref(),
            baseline: &self.baseline.scores(theirs)?,
            challenger: &self.challenger.scores(ours)?,
        };
        let unfit = || format!("{} can't be computed of these scores", self.metric);
        let statistic = PairedScores::new(figure, rows).ok_or_else(unfit)?;
        let turned = Turned { sign: self.sign, statistic };
        self.drawn(&turned, positive.len(), draws)
    }
}

/// A difference with the sign that says by how much the challenger is better.
struct Turned {
    sign: f64,
    statistic: PairedScores,
}

impl Statistic for Turned {
    fn sample(&self) -> Sample<'_> {
        self.statistic.sample()
    }

    fn of(&self, counts: &[u32]) -> Option<f64> {
        Some(self.sign * self.statistic.of(counts)?)
    }
}
