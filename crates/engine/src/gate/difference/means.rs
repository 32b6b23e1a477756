//! Metrics that are means over rows or groups.

use std::collections::BTreeMap;

use tollgate_stats::compare::bootstrap::groups::Mean;
use tollgate_stats::compare::bootstrap::moments::{LEAST_ROWS, bootstrap_of_mean};

use super::{Asked, Draws, Found};
use crate::gate::model::Model;

impl Asked<'_> {
    /// The gain of each row.
    pub(super) fn by_row(&self) -> Result<Vec<f64>, String> {
        let each = |model: Model<'_>, rows: &[usize]| {
            rows.iter().map(|row| model.figure(self.metric, &[*row], None)).collect()
        };
        let ours: Result<Vec<f64>, _> = each(self.challenger, &self.pairs.challenger);
        let theirs: Result<Vec<f64>, _> = each(self.baseline, &self.pairs.baseline);
        let both = ours?.into_iter().zip(theirs?);
        Ok(both.map(|(is, was)| self.sign * (is - was)).collect())
    }

    /// The gain of each group.
    pub(super) fn by_group(&self) -> Result<Vec<f64>, String> {
        let groups = self.challenger.groups(&self.pairs.challenger)?;
        let mut rows: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        groups.iter().enumerate().for_each(|(at, group)| rows.entry(*group).or_default().push(at));
        let difference = |at: &Vec<usize>| {
            let ours: Vec<usize> = at.iter().map(|at| self.pairs.challenger[*at]).collect();
            let theirs: Vec<usize> = at.iter().map(|at| self.pairs.baseline[*at]).collect();
            let is = self.challenger.figure(self.metric, &ours, None)?;
            Ok(self.sign * (is - self.baseline.figure(self.metric, &theirs, None)?))
        };
        rows.values().map(difference).collect()
    }

    /// Where the mean of such gains lies.
    pub(super) fn mean(&self, differences: &[f64], draws: Draws) -> Result<Found, String> {
        if differences.len() < LEAST_ROWS {
            let mean = Mean::new(differences.to_vec()).ok_or("a figure is not a number")?;
            return self.drawn(&mean, differences.len(), draws);
        }
        let found = bootstrap_of_mean(differences, self.confidence);
        self.concluded(found, differences.len(), "bootstrap of the mean")
    }
}
