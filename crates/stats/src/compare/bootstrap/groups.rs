//! Figures that depend on rows only by what kind of row each is.

use super::{MOST_GROUPS, Sample, Statistic};

/// A figure of how many rows there are of each kind. With classes and predicted classes the kinds
/// are the cells of (label, baseline's prediction, challenger's prediction): accuracy, precision,
/// recall and F1 are such figures, and a million rows cost as much as ten.
pub struct Groups<F> {
    sizes: Vec<u32>,
    figure: F,
}

impl<F: Fn(&[u32]) -> Option<f64> + Sync> Groups<F> {
    /// `sizes[i]` rows are of kind `i`; `figure` takes such counts.
    pub fn new(sizes: Vec<u32>, figure: F) -> Self {
        Self { sizes, figure }
    }
}

impl<F: Fn(&[u32]) -> Option<f64> + Sync> Statistic for Groups<F> {
    fn sample(&self) -> Sample<'_> {
        Sample::Groups(&self.sizes)
    }

    fn of(&self, counts: &[u32]) -> Option<f64> {
        (self.figure)(counts)
    }
}

/// The mean of one number for each row, such as the difference of two models' losses on it.
///
/// Equal numbers are counted together, so that a million differences of −1, 0 and 1 cost as much
/// as three. Where nearly all differ, single rows are drawn.
pub struct Mean {
    values: Vec<f64>,
    /// How many rows have each value; nothing where rows are drawn.
    sizes: Option<Vec<u32>>,
}

impl Mean {
    /// Of such numbers. Nothing where one is not finite, or there are more than 2³² − 1.
    #[must_use]
    pub fn new(mut values: Vec<f64>) -> Option<Self> {
        let counted = u32::try_from(values.len()).is_ok();
        if !counted || values.iter().any(|value| !value.is_finite()) {
            return None;
        }
        values.sort_unstable_by(f64::total_cmp);
        let ties = || values.chunk_by(|a, b| a == b);
        // A draw from a group costs about ten times one of a row.
        if ties().count() > MOST_GROUPS.min(values.len() / 10) {
            return Some(Self { values, sizes: None });
        }
        let sizes = ties().map(|tie| tie.len() as u32).collect();
        values.dedup();
        Some(Self { values, sizes: Some(sizes) })
    }
}

impl Statistic for Mean {
    fn sample(&self) -> Sample<'_> {
        match &self.sizes {
            Some(sizes) => Sample::Groups(sizes),
            None => Sample::Rows(self.values.len()),
        }
    }

    fn of(&self, counts: &[u32]) -> Option<f64> {
        let weighted = self.values.iter().zip(counts);
        let (sum, rows) = weighted.fold((0.0, 0.0), |(sum, rows), (value, count)| {
            (sum + value * f64::from(*count), rows + f64::from(*count))
        });
        (rows > 0.0).then(|| sum / rows)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Plan, bootstrap};
    use super::*;

    #[test]
    fn equal_numbers_are_counted_together() {
        let mean = Mean::new([1.0, 0.0, -1.0, 0.0].repeat(25)).unwrap();
        assert_eq!(mean.sizes, Some(vec![25, 50, 25]));
        assert_eq!(mean.of(&[1, 1, 2]), Some(0.25));
        assert_eq!(mean.of(&[0; 3]), None);
        assert!(Mean::new((0..100).map(f64::from).collect()).unwrap().sizes.is_none());
        assert!(Mean::new(vec![f64::INFINITY]).is_none());
    }

    /// Two ways to draw the same: their standard errors agree.
    #[test]
    fn groups_and_rows_tell_the_same() {
        let values: Vec<f64> = [1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0].repeat(60);
        let grouped = Mean::new(values.clone()).unwrap();
        let single = Mean { values, sizes: None };
        let plan =
            Plan { replicates: 4_000, seed: 2, threads: 1, confidence: 0.95, corrects: true };
        let (grouped, single) =
            (bootstrap(&grouped, plan).unwrap(), bootstrap(&single, plan).unwrap());
        assert_eq!(grouped.estimate, single.estimate);
        let ratio = grouped.standard_error / single.standard_error;
        assert!((ratio - 1.0).abs() < 0.05, "{ratio}");
    }

    #[test]
    fn an_f1_of_a_million_rows() {
        // Kinds: false and true positives, false negatives.
        let f1 = Groups::new(vec![40_000, 160_000, 60_000, 740_000], |kinds| {
            let [fp, tp, missed, _] = kinds else { return None };
            Some(2.0 * f64::from(*tp) / f64::from(2 * tp + fp + missed))
        });
        let plan =
            Plan { replicates: 2_000, seed: 2, threads: 2, confidence: 0.95, corrects: true };
        let told = bootstrap(&f1, plan).unwrap();
        let corrected = told.corrected.unwrap();
        assert!(corrected.low < told.estimate && told.estimate < corrected.high, "{told:?}");
        assert!(told.standard_error > 5e-4 && told.standard_error < 1e-3, "{told:?}");
    }
}
