//! The numbers of a column as measures of drift take them.

use tollgate_stats::drift::bins::Bins;
use tollgate_stats::drift::sample::Sample;

use super::ColumnProfile;
use crate::report::as_f64;

/// A sample, its values and weights apart.
pub(super) struct Split {
    pub(super) values: Vec<f64>,
    weights: Vec<f64>,
    rank_error: f64,
}

impl Split {
    pub(super) fn of(column: &ColumnProfile) -> Option<Self> {
        let (all, rank_error) = column.sample()?;
        let (values, weights) = all.into_iter().map(|(x, weight)| (x, as_f64(weight))).unzip();
        Some(Self { values, weights, rank_error })
    }

    pub(super) fn sample(&self) -> Option<Sample<'_>> {
        Sample::sketched(&self.values, &self.weights, self.rank_error).ok()
    }

    /// How many rows lie in each bin.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole weights")]
    pub(super) fn fill(&self, bins: &Bins) -> Vec<u64> {
        let mut place = 0;
        let each = bins.fill(&self.values);
        let filled = each.into_iter().map(|count| {
            let next = place + usize::try_from(count).unwrap_or(0);
            let rows: f64 = self.weights[place..next].iter().sum();
            place = next;
            rows as u64
        });
        filled.collect()
    }
}
