//! Metrics of classes: they only depend on how many rows there are of each kind.

use std::collections::BTreeMap;

use tollgate_stats::compare::bootstrap::groups::Groups;

use super::{Asked, Draws, Found};

/// Kinds of rows that are worth counting together.
const KINDS: usize = 1_000;

impl Asked<'_> {
    pub(super) fn kinds(&self, draws: Draws) -> Result<Found, String> {
        let ours = self.challenger.classes(&self.pairs.challenger)?;
        let theirs = self.baseline.classes(&self.pairs.baseline)?;
        let mut kinds: BTreeMap<[u32; 4], (u32, usize)> = BTreeMap::new();
        for row in 0..ours.truth.len() {
            // Each model's classes have numbers of their own.
            let kind =
                [ours.truth[row], ours.predicted[row], theirs.truth[row], theirs.predicted[row]];
            kinds.entry(kind).or_insert((0, row)).0 += 1;
        }
        if kinds.len() > KINDS {
            return self.redrawn(draws);
        }
        let (sizes, examples): (Vec<u32>, Vec<usize>) = kinds.into_values().unzip();
        let ours: Vec<usize> = examples.iter().map(|at| self.pairs.challenger[*at]).collect();
        let theirs: Vec<usize> = examples.iter().map(|at| self.pairs.baseline[*at]).collect();
        let figure = |counts: &[u32]| {
            let is = self.challenger.figure(self.metric, &ours, Some(counts)).ok()?;
            Some(self.sign * (is - self.baseline.figure(self.metric, &theirs, Some(counts)).ok()?))
        };
        self.drawn(&Groups::new(sizes, figure), self.pairs.challenger.len(), draws)
    }
}
