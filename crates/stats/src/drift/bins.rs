//! Bins by the quantiles of a reference.

use super::NoDrift;

/// Where bins end. The first reaches down and the last up without end, so that every value has
/// one.
#[derive(Clone, Debug, PartialEq)]
pub struct Bins {
    /// The last value of each bin but the last one, rising.
    ends: Vec<f64>,
}

impl Bins {
    /// About `count` bins with equally many rows of `sorted` in each; 10 is usual. A value that
    /// fills a bin gets one of its own, so that also a reference of few values, or of one, shows
    /// what comes below and above.
    ///
    /// # Errors
    /// There are no rows, they are not sorted, or one is not a number.
    pub fn quantiles(sorted: &[f64], count: usize) -> Result<Self, NoDrift> {
        if sorted.is_empty() {
            return Err(NoDrift::TooFew);
        }
        if sorted.iter().any(|value| value.is_nan()) {
            return Err(NoDrift::NotFinite);
        }
        if !sorted.is_sorted() {
            return Err(NoDrift::Unsorted);
        }
        // More bins than rows have no meaning, and would be memory for nothing.
        let count = count.clamp(1, sorted.len().max(2));
        let quantile = |bin: usize| {
            let place = (bin as u128 * sorted.len() as u128).div_ceil(count as u128);
            sorted[place.saturating_sub(1) as usize]
        };
        // The smallest value counts as the zeroth quantile.
        let quantiles: Vec<f64> = (0..count).map(quantile).collect();
        let mut ends = Vec::new();
        for same in quantiles.chunk_by(|a, b| a == b) {
            if same.len() > 1 {
                ends.push(same[0].next_down());
            }
            ends.push(same[0]);
        }
        // Of the smallest value alone there is no bin.
        if quantiles.len() > 1 && quantiles[0] != quantiles[1] {
            ends.remove(0);
        }
        ends.dedup();
        Ok(Self { ends })
    }

    /// How many bins there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.ends.len() + 1
    }

    /// How many of `sorted` are in each bin.
    #[must_use]
    pub fn fill(&self, sorted: &[f64]) -> Vec<u64> {
        let mut before = 0;
        let places = self.ends.iter().map(|end| sorted.partition_point(|value| value <= end));
        places
            .chain([sorted.len()])
            .map(|place| {
                let count = place.saturating_sub(before);
                before = place;
                count as u64
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_hold_equally_many_of_the_reference() {
        let values: Vec<f64> = (0..1_000).map(f64::from).collect();
        let bins = Bins::quantiles(&values, 10).unwrap();
        assert_eq!(bins.fill(&values), [100; 10]);
        assert_eq!(bins.fill(&[-5.0, 99.0, 99.5, 5_000.0]), [2, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
    }

    #[test]
    fn a_frequent_value_has_a_bin_of_its_own() {
        let mut values = vec![0.0; 90];
        values.extend((1..=10).map(f64::from));
        let bins = Bins::quantiles(&values, 10).unwrap();
        assert_eq!(bins.fill(&values), [0, 90, 10]);
        assert_eq!(bins.fill(&[-1.0, 0.0, 0.5]), [1, 1, 1]);
    }

    #[test]
    fn a_constant_shows_what_lies_beside_it() {
        let bins = Bins::quantiles(&[3.0; 20], 10).unwrap();
        assert_eq!((bins.count(), bins.fill(&[2.0, 3.0, 3.0, 4.0])), (3, vec![1, 2, 1]));
        assert_eq!(Bins::quantiles(&[3.0], 1_000_000_000).unwrap().fill(&[2.0, 3.0]), [1, 1, 0]);
    }

    #[test]
    fn senseless_references_are_refused() {
        assert_eq!(Bins::quantiles(&[], 10), Err(NoDrift::TooFew));
        assert_eq!(Bins::quantiles(&[2.0, 1.0], 10), Err(NoDrift::Unsorted));
        assert_eq!(Bins::quantiles(&[f64::NAN], 10), Err(NoDrift::NotFinite));
        assert_eq!(Bins::quantiles(&[1.0, 2.0], 0).unwrap().count(), 2);
    }
}
