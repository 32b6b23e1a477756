//! A sample in order: its values, or what a sketch kept of them.

use super::NoDrift;

/// Values in rising order, each with a weight or each counting once.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    values: &'a [f64],
    weights: Option<&'a [f64]>,
    rows: f64,
    rank_error: f64,
}

impl<'a> Sample<'a> {
    /// Every row's value.
    ///
    /// # Errors
    /// There are fewer than two, they are not sorted, or one is not finite.
    pub fn sorted(values: &'a [f64]) -> Result<Self, NoDrift> {
        Self { values, weights: None, rows: values.len() as f64, rank_error: 0.0 }.checked()
    }

    /// What a quantile sketch kept: values, for how many rows each stands, and by which share of
    /// the rows a rank may be wrong (0.01 for one in a hundred).
    ///
    /// # Errors
    /// There are fewer than two rows, values are not sorted, or a number makes no sense.
    pub fn sketched(
        values: &'a [f64],
        weights: &'a [f64],
        rank_error: f64,
    ) -> Result<Self, NoDrift> {
        let sensible = |weight: &f64| weight.is_finite() && *weight >= 0.0;
        if values.len() != weights.len() {
            return Err(NoDrift::Lengths);
        }
        if !weights.iter().all(sensible) || !(0.0..=1.0).contains(&rank_error) {
            return Err(NoDrift::NotFinite);
        }
        let rows = weights.iter().sum();
        Self { values, weights: Some(weights), rows, rank_error }.checked()
    }

    fn checked(self) -> Result<Self, NoDrift> {
        if !self.rows.is_finite() || self.values.iter().any(|value| !value.is_finite()) {
            return Err(NoDrift::NotFinite);
        }
        if !self.values.is_sorted() {
            return Err(NoDrift::Unsorted);
        }
        if self.rows < 2.0 { Err(NoDrift::TooFew) } else { Ok(self) }
    }

    /// How many rows.
    #[must_use]
    pub fn rows(&self) -> f64 {
        self.rows
    }

    /// By which share a rank may be wrong.
    #[must_use]
    pub fn rank_error(&self) -> f64 {
        self.rank_error
    }

    fn weight(&self, place: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[place])
    }

    /// The standard deviation of all rows, as a population's.
    pub(super) fn deviation(&self) -> f64 {
        let weighted = || self.values.iter().enumerate().map(|(at, x)| (self.weight(at), *x));
        let first = self.values[0];
        let mean = weighted().map(|(weight, x)| weight * (x - first)).sum::<f64>() / self.rows;
        let square: f64 = weighted().map(|(weight, x)| weight * (x - first - mean).powi(2)).sum();
        (square / self.rows).sqrt()
    }

    /// The distance of the quartiles, each the first value at or beyond its share of rows.
    pub(super) fn interquartile(&self) -> f64 {
        self.quantile(0.75) - self.quantile(0.25)
    }

    fn quantile(&self, share: f64) -> f64 {
        let mut below = 0.0;
        let reached = |(place, value): (usize, &f64)| {
            below += self.weight(place);
            (below >= share * self.rows).then_some(*value)
        };
        self.values.iter().enumerate().find_map(reached).unwrap_or(self.values[0])
    }
}

/// A value of one of two samples, and the share of each that is at most it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) value: f64,
    pub(super) first: f64,
    pub(super) second: f64,
}

/// Walks along both samples at once: each value once, in rising order.
pub(super) fn steps<'a>(
    first: &'a Sample<'a>,
    second: &'a Sample<'a>,
) -> impl Iterator<Item = Step> + 'a {
    let mut walks = [Walk::along(first), Walk::along(second)];
    std::iter::from_fn(move || {
        let value = match [walks[0].next(), walks[1].next()] {
            [Some(a), Some(b)] => f64::min(a, b),
            [Some(only), None] | [None, Some(only)] => only,
            [None, None] => return None,
        };
        walks.iter_mut().for_each(|walk| walk.pass(value));
        Some(Step { value, first: walks[0].share(), second: walks[1].share() })
    })
}

struct Walk<'a> {
    sample: &'a Sample<'a>,
    place: usize,
    passed: f64,
}

impl<'a> Walk<'a> {
    fn along(sample: &'a Sample<'a>) -> Self {
        Self { sample, place: 0, passed: 0.0 }
    }

    fn next(&self) -> Option<f64> {
        self.sample.values.get(self.place).copied()
    }

    fn pass(&mut self, value: f64) {
        while self.next().is_some_and(|next| next <= value) {
            self.passed += self.sample.weight(self.place);
            self.place += 1;
        }
    }

    fn share(&self) -> f64 {
        // Sums of weights round; the end is the end.
        if self.place == self.sample.values.len() { 1.0 } else { self.passed / self.sample.rows }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_samples_are_walked_in_one_order() {
        let first = Sample::sorted(&[1.0, 2.0, 2.0, 4.0]).unwrap();
        let second = Sample::sketched(&[0.0, 2.0], &[1.0, 3.0], 0.0).unwrap();
        let told: Vec<_> = steps(&first, &second).map(|s| (s.value, s.first, s.second)).collect();
        assert_eq!(told, [(0.0, 0.0, 0.25), (1.0, 0.25, 0.25), (2.0, 0.75, 1.0), (4.0, 1.0, 1.0)]);
    }

    #[test]
    fn weights_stand_for_rows() {
        let rows = Sample::sorted(&[1.0, 1.0, 1.0, 5.0, 6.0, 9.0, 9.0, 9.0]).unwrap();
        let weighted =
            Sample::sketched(&[1.0, 5.0, 6.0, 9.0], &[3.0, 1.0, 1.0, 3.0], 0.01).unwrap();
        assert!((rows.deviation() - weighted.deviation()).abs() < 1e-15);
        assert_eq!((rows.interquartile(), weighted.interquartile()), (8.0, 8.0));
    }

    #[test]
    fn senseless_samples_are_refused() {
        let refused = |values: &[f64]| Sample::sorted(values).unwrap_err();
        assert_eq!(refused(&[1.0]), NoDrift::TooFew);
        assert_eq!(refused(&[2.0, 1.0]), NoDrift::Unsorted);
        assert_eq!(refused(&[1.0, f64::INFINITY]), NoDrift::NotFinite);
        let sketched =
            |weights: &[f64], error| Sample::sketched(&[1.0, 2.0], weights, error).unwrap_err();
        assert_eq!(sketched(&[1.0], 0.0), NoDrift::Lengths);
        assert_eq!(sketched(&[1.0, -1.0], 0.0), NoDrift::NotFinite);
        assert_eq!(sketched(&[f64::MAX, f64::MAX], 0.0), NoDrift::NotFinite);
        assert_eq!(sketched(&[1.0, 1.0], 2.0), NoDrift::NotFinite);
        assert_eq!(sketched(&[0.0, 1.0], 0.0), NoDrift::TooFew);
    }
}
