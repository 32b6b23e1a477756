//! Categories: chi-square, and Cramér's V as its effect.

use std::collections::BTreeMap;

use super::divergence::{association, degrees};
use super::{Drift, NoDrift};
use crate::proportion::Interval;
use crate::special::chi_square;

/// How far the categories' shares are from their reference.
#[derive(Clone, Debug, PartialEq)]
pub struct Categories<K> {
    /// Chi-square as statistic, Cramér's V (0 to 1) as effect.
    pub drift: Drift,
    /// What the reference does not have.
    pub new: Vec<K>,
    /// What it alone has.
    pub vanished: Vec<K>,
    /// More than a fifth of the cells are expected to hold fewer than five rows, so that p is only
    /// approximate (W. G. Cochran, Biometrics 10 (1954) 417–451).
    pub sparse: bool,
}

/// Compares counts, with an interval of two-sided `confidence` for the effect. Counts of 0 are as
/// if they were not there.
///
/// The effect is Cramér's V as if both sides had equally many rows. V of the table as it is
/// depends on how many each has: against a reference a thousand times as large, even a large shift
/// would be next to nothing. Where both have as many the two are the same. The interval is that of
/// noncentral chi-square, made for V by M. Smithson, scaled by the variance of the delta method, as
/// for the other measures of this kind.
///
/// Sources: K. Pearson (1900); H. Cramér, "Mathematical Methods of Statistics" (1946), §21.9;
/// M. Smithson, "Confidence Intervals" (2003), ch. 4.
///
/// # Errors
/// There are fewer than two rows on a side.
///
/// # Panics
/// `confidence` is not between 0 and 1.
pub fn compare<K: Ord + Clone>(
    reference: &BTreeMap<K, u64>,
    current: &BTreeMap<K, u64>,
    confidence: f64,
) -> Result<Categories<K>, NoDrift> {
    let table = Table::of(reference, current);
    let association = association(&table.reference, &table.current)?;
    let root = |square: f64| square.clamp(0.0, 1.0).sqrt();
    let interval = association.interval(confidence);
    let statistic = table.statistic();
    Ok(Categories {
        drift: Drift {
            statistic,
            effect: root(association.value),
            interval: Interval { low: root(interval.low), high: root(interval.high) },
            p: Some(chi_square::tail(statistic, degrees(table.names.len()))),
        },
        new: table.names_without(&table.reference),
        vanished: table.names_without(&table.current),
        sparse: table.sparse(),
    })
}

/// Counts in reference and current data of each category that is in one of them.
struct Table<'a, K> {
    names: Vec<&'a K>,
    reference: Vec<u64>,
    current: Vec<u64>,
}

impl<'a, K: Ord + Clone> Table<'a, K> {
    fn of(reference: &'a BTreeMap<K, u64>, current: &'a BTreeMap<K, u64>) -> Self {
        let mut cells = BTreeMap::<&K, (u64, u64)>::new();
        for (name, count) in reference.iter().filter(|(_, count)| **count > 0) {
            cells.entry(name).or_default().0 = *count;
        }
        for (name, count) in current.iter().filter(|(_, count)| **count > 0) {
            cells.entry(name).or_default().1 = *count;
        }
        let (reference, current) = cells.values().copied().unzip();
        Self { names: cells.into_keys().collect(), reference, current }
    }

    fn names_without(&self, counts: &[u64]) -> Vec<K> {
        let without = self.names.iter().zip(counts).filter(|(_, count)| **count == 0);
        without.map(|(name, _)| (*name).clone()).collect()
    }

    /// What was seen in the reference, and what both sides would hold if they were alike.
    fn cells(&self) -> impl Iterator<Item = (f64, [f64; 2])> {
        let sum = |counts: &[u64]| counts.iter().map(|count| *count as f64).sum::<f64>();
        let rows = [sum(&self.reference), sum(&self.current)];
        let all = rows[0] + rows[1];
        self.reference.iter().zip(&self.current).map(move |(before, now)| {
            let both = *before as f64 + *now as f64;
            (*before as f64, rows.map(|rows| both * (rows / all)))
        })
    }

    /// Σ (seen − expected)² / expected over both sides, which differ from it by the same.
    fn statistic(&self) -> f64 {
        let cells = self.cells();
        cells.map(|(seen, [a, b])| (seen - a) * (seen - a) * (1.0 / a + 1.0 / b)).sum()
    }

    fn sparse(&self) -> bool {
        let few: usize =
            self.cells().flat_map(|(_, expected)| expected).filter(|cell| *cell < 5.0).count();
        few * 5 > self.names.len() * 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts<const N: usize>(of: [(&'static str, u64); N]) -> BTreeMap<&'static str, u64> {
        of.into()
    }

    #[test]
    fn new_and_vanished_categories_are_named() {
        let before = counts([("basic", 500), ("plus", 300), ("old", 4), ("never", 0)]);
        let now = counts([("basic", 520), ("plus", 290), ("trial", 9), ("pro", 1)]);
        let told = compare(&before, &now, 0.95).unwrap();
        assert_eq!((told.new, told.vanished), (vec!["pro", "trial"], vec!["old"]));
        assert!(told.sparse);
        assert!(told.drift.effect < 0.1, "{:?}", told.drift);
    }

    #[test]
    fn one_category_is_equal_as_far_as_rows_tell() {
        let few = compare(&counts([("a", 5)]), &counts([("a", 5)]), 0.95).unwrap().drift;
        let many = compare(&counts([("a", 50_000)]), &counts([("a", 50_000)]), 0.95).unwrap().drift;
        assert_eq!((few.effect, few.interval.low, few.p), (0.0, 0.0, Some(1.0)));
        assert!(few.interval.high > 0.5 && many.interval.high < 0.02, "{few:?} {many:?}");
    }

    #[test]
    fn the_effect_does_not_depend_on_how_large_the_reference_is() {
        let now = counts([("a", 500), ("b", 500)]);
        let effect = |scale: u64| {
            let before = counts([("a", 700 * scale), ("b", 300 * scale)]);
            compare(&before, &now, 0.95).unwrap().drift
        };
        let (small, large) = (effect(1), effect(10_000));
        assert!((small.effect - large.effect).abs() < 1e-12, "{small:?} {large:?}");
        assert!(large.interval.low > 0.1 && small.interval.low < large.interval.low);
    }

    #[test]
    fn nothing_in_common_is_an_effect_of_one() {
        let told = compare(&counts([("a", 900)]), &counts([("b", 100)]), 0.95).unwrap();
        assert!((told.drift.effect - 1.0).abs() < 1e-12, "{told:?}");
        assert!(!told.sparse);
        assert!(compare(&counts([("a", 1)]), &counts([("a", 9)]), 0.95).is_err());
        assert!(compare(&counts([]), &counts([]), 0.95).is_err());
    }
}
