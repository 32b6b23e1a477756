//! Rankings: whether what matters stands at the top, group by group (query, user, session).

use std::num::NonZeroU32;

use super::Undefined;
use super::columns::{all_finite, none_negative, same_length};
use super::sum::{finite, sum};
use super::ties::{self, Tie};

/// Rows by group, each group sorted once by score for all metrics.
///
/// Every metric is the mean over groups, each of which counts the same. A group exists because a
/// row names it, so none is empty. A group in which nothing is relevant counts as 0, as in
/// `ndcg_score`; [`Rankings::without_relevant`] says how many do.
///
/// Rows of the same score have no order. A metric is its mean over all orders of them, so that it
/// depends neither on the order of rows nor on luck.
///
/// Source for ties: F. McSherry and M. Najork, "Computing Information Retrieval Performance
/// Measures Efficiently in the Presence of Tied Scores", ECIR 2008, 414–421.
#[derive(Clone, Debug)]
pub struct Rankings {
    groups: Vec<Group>,
}

/// One group, from its highest score to its lowest.
#[derive(Clone, Debug)]
struct Group {
    ties: Vec<Tie>,
    /// The relevances, from the highest on.
    ideal: Vec<f64>,
    /// How many are relevant.
    relevant: usize,
}

impl Rankings {
    /// The group of each row, its relevance and its score. A relevance of 0 is irrelevant, and a
    /// higher one is a higher gain.
    ///
    /// # Errors
    /// No rows, differing lengths, a score that is NaN or infinite, a relevance that is no number
    /// or below zero.
    pub fn new(groups: &[u32], relevances: &[f64], scores: &[f64]) -> Result<Self, Undefined> {
        same_length("relevances", groups.len(), relevances.len())?;
        same_length("scores", groups.len(), scores.len())?;
        none_negative("relevance", relevances)?;
        all_finite("score", scores)?;
        let mut rows: Vec<(u32, f64, f64)> =
            (0..groups.len()).map(|row| (groups[row], scores[row], relevances[row])).collect();
        // By relevance last, so that the relevances of a tie are always summed in the same order.
        rows.sort_unstable_by(|a, b| {
            let falling = |a: f64, b: f64| b.partial_cmp(&a).unwrap_or(std::cmp::Ordering::Equal);
            a.0.cmp(&b.0).then_with(|| falling(a.1, b.1)).then_with(|| falling(a.2, b.2))
        });
        Ok(Self { groups: rows.chunk_by(|a, b| a.0 == b.0).map(Group::new).collect() })
    }

    /// How many groups there are.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// In how many groups nothing is relevant.
    #[must_use]
    pub fn without_relevant(&self) -> usize {
        self.groups.iter().filter(|group| group.relevant == 0).count()
    }

    /// Normalized discounted cumulative gain of the first `k` rows (of all without `k`), 0 to 1.
    /// The gain of a row is its relevance, the discount of place *i* (from 1) is 1/log₂(*i* + 1).
    ///
    /// Source: K. Järvelin and J. Kekäläinen, "Cumulated gain-based evaluation of IR techniques",
    /// ACM Transactions on Information Systems 20 (2002) 422–446; `ndcg_score`.
    ///
    /// # Errors
    /// Nothing is relevant in any group (0 by convention), or relevances are too large.
    pub fn ndcg(&self, k: Option<NonZeroU32>) -> Result<f64, Undefined> {
        self.mean(|group| {
            let gain = ties::discounted(&group.ties, places(k));
            let best = ties::discounted_in_order(&group.ideal, places(k));
            gain / best
        })
    }

    /// The share of what is relevant that is among the first `k` rows.
    ///
    /// # Errors
    /// Nothing is relevant in any group: 0 by convention.
    pub fn recall(&self, k: NonZeroU32) -> Result<f64, Undefined> {
        self.mean(|group| ties::hits(&group.ties, places(Some(k))) / group.relevant as f64)
    }

    /// Mean average precision of the first `k` rows (of all without `k`): the precision at each
    /// relevant row among them, summed and divided by how many could be there, which is the number
    /// of relevant rows but at most `k`.
    ///
    /// # Errors
    /// Nothing is relevant in any group: 0 by convention.
    pub fn mean_average_precision(&self, k: Option<NonZeroU32>) -> Result<f64, Undefined> {
        self.mean(|group| {
            let possible = group.relevant.min(places(k));
            ties::precisions(&group.ties, places(k)) / possible as f64
        })
    }

    /// The share of groups with anything relevant among the first `k` rows.
    ///
    /// # Errors
    /// Nothing is relevant in any group: 0 by convention.
    pub fn hit_rate(&self, k: NonZeroU32) -> Result<f64, Undefined> {
        self.mean(|group| ties::hit(&group.ties, places(Some(k))))
    }

    /// The mean over groups, 0 for those in which nothing is relevant. Rounding must not lead
    /// beyond 1.
    fn mean(&self, of: impl Fn(&Group) -> f64) -> Result<f64, Undefined> {
        if self.without_relevant() == self.groups.len() {
            let why = "nothing is relevant in any group";
            return Err(Undefined::ZeroDivision { why, value: 0.0 });
        }
        let each = self.groups.iter().filter(|group| group.relevant > 0).map(of);
        Ok(finite(sum(each) / self.groups.len() as f64)?.min(1.0))
    }
}

impl Group {
    /// Of rows in falling order of score.
    fn new(rows: &[(u32, f64, f64)]) -> Self {
        let mut ideal: Vec<f64> = rows.iter().map(|row| row.2).collect();
        ideal.sort_unstable_by(|a, b| b.total_cmp(a));
        let ties: Vec<Tie> = rows
            .chunk_by(|a, b| a.1 == b.1)
            .map(|same| Tie {
                rows: same.len(),
                relevant: same.iter().filter(|row| row.2 > 0.0).count(),
                gain: sum(same.iter().map(|row| row.2)) / same.len() as f64,
            })
            .collect();
        Self { relevant: ties.iter().map(|tie| tie.relevant).sum(), ties, ideal }
    }
}

fn places(k: Option<NonZeroU32>) -> usize {
    k.and_then(|k| usize::try_from(k.get()).ok()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn k(k: u32) -> NonZeroU32 {
        NonZeroU32::new(k).unwrap()
    }

    #[test]
    fn the_best_order_is_worth_one() {
        let best = Rankings::new(&[1, 1, 1], &[3.0, 1.0, 0.0], &[0.9, 0.5, 0.1]).unwrap();
        assert_eq!(best.ndcg(None), Ok(1.0));
        assert_eq!(best.mean_average_precision(Some(k(1))), Ok(1.0));
        assert_eq!(best.hit_rate(k(1)), Ok(1.0));
        assert_eq!(best.recall(k(1)), Ok(0.5));
    }

    #[test]
    fn a_group_without_anything_relevant_counts_as_zero() {
        let half = Rankings::new(&[1, 2], &[1.0, 0.0], &[0.5, 0.5]).unwrap();
        assert_eq!((half.groups(), half.without_relevant()), (2, 1));
        for metric in [half.ndcg(None), half.recall(k(3)), half.hit_rate(k(3))] {
            assert_eq!(metric, Ok(0.5));
        }
        let none = Rankings::new(&[1, 2], &[0.0, 0.0], &[0.5, 0.5]).unwrap();
        assert_eq!(none.ndcg(None).unwrap_err().convention(), Some(0.0));
    }

    #[test]
    fn a_negative_relevance_is_refused() {
        let refused = Undefined::Negative { what: "relevance", row: 0, value: -1.0 };
        assert_eq!(Rankings::new(&[1], &[-1.0], &[0.5]).unwrap_err(), refused);
    }

    #[test]
    fn relevances_that_are_too_large_are_no_number() {
        let large = Rankings::new(&[1; 3], &[f64::MAX; 3], &[0.5; 3]).unwrap();
        assert_eq!(large.ndcg(None), Err(Undefined::Overflow));
    }
}
