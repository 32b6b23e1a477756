//! Count, range, mean and spread of numbers.

use serde::{Deserialize, Serialize};

/// Count, range, mean and spread of numbers, all of them finite.
///
/// Parts are put together as if they had been one (T. F. Chan, G. H. Golub and R. J. LeVeque,
/// "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979), up to the
/// rounding of floating point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moments {
    /// How many numbers.
    pub count: u64,
    /// The sum of the squared distances from the mean; what no `f64` holds is the greatest one.
    pub m2: f64,
    /// The greatest.
    pub max: f64,
    /// The mean.
    pub mean: f64,
    /// The least.
    pub min: f64,
}

impl Moments {
    /// Those of one number.
    pub(crate) fn of(number: f64) -> Self {
        Self { count: 1, m2: 0.0, max: number, mean: number, min: number }
    }

    /// Those of one number that occurs so many times.
    pub(crate) fn of_times(number: f64, times: u64) -> Self {
        Self { count: times, ..Self::of(number) }
    }

    /// Those of numbers, which are gone over twice: first for their mean, then for the distances
    /// from it. `None` where there are none.
    #[expect(clippy::cast_precision_loss, reason = "exact below 2⁵³ rows")]
    pub(crate) fn of_all(numbers: &[f64]) -> Option<Self> {
        let (first, count) = (*numbers.first()?, numbers.len() as f64);
        let mean = fold(numbers, 0.0, |sum, number| sum + number, |a, b| a + b) / count;
        if !mean.is_finite() {
            let one_by_one = |mut all: Self, number: &f64| {
                all.merge(&Self::of(*number));
                all
            };
            return Some(numbers[1..].iter().fold(Self::of(first), one_by_one));
        }
        let apart = |sum, number: f64| sum + (number - mean) * (number - mean);
        Some(Self {
            count: numbers.len() as u64,
            m2: fold(numbers, 0.0, apart, |a, b| a + b).min(f64::MAX),
            max: fold(numbers, first, f64::max, f64::max),
            mean,
            min: fold(numbers, first, f64::min, f64::min),
        })
    }

    /// Adds what was seen elsewhere.
    #[expect(clippy::cast_precision_loss, reason = "exact below 2⁵³ rows")]
    pub(crate) fn merge(&mut self, other: &Self) {
        let all = self.count.saturating_add(other.count);
        // Divided before they are subtracted: the difference of two numbers may be too large.
        let share = other.count as f64 / all as f64;
        let apart = other.mean - self.mean;
        let spread = apart * apart * share * self.count as f64;
        self.m2 = (self.m2 + other.m2 + spread).min(f64::MAX);
        self.mean = match apart.is_finite() {
            true => self.mean + apart * share,
            false => self.mean * (1.0 - share) + other.mean * share,
        };
        self.count = all;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// The sample's variance; none of fewer than two numbers.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "exact below 2⁵³ rows")]
    pub fn variance(&self) -> Option<f64> {
        (self.count > 1).then(|| self.m2 / (self.count - 1) as f64)
    }

    /// Whether a file that was read can mean this.
    pub(super) fn is_sound(&self) -> bool {
        let finite = [self.m2, self.max, self.mean, self.min].iter().all(|it| it.is_finite());
        finite && self.count > 0 && self.m2 >= 0.0 && self.min <= self.max
    }
}

/// In eight sums side by side, which don't wait for each other, and lose less to rounding than one.
fn fold(
    numbers: &[f64],
    nothing: f64,
    add: impl Fn(f64, f64) -> f64,
    join: impl Fn(f64, f64) -> f64,
) -> f64 {
    let (eights, rest) = numbers.as_chunks::<8>();
    let mut sums = [nothing; 8];
    for eight in eights {
        sums.iter_mut().zip(eight).for_each(|(sum, number)| *sum = add(*sum, *number));
    }
    sums.iter_mut().zip(rest).for_each(|(sum, number)| *sum = add(*sum, *number));
    sums.into_iter().reduce(join).unwrap_or(nothing)
}

/// Adds to what there may be.
pub(super) fn join(whole: &mut Option<Moments>, other: Option<&Moments>) {
    match (whole.as_mut(), other) {
        (Some(whole), Some(other)) => whole.merge(other),
        (None, Some(other)) => *whole = Some(other.clone()),
        (_, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(numbers: &[f64]) -> Moments {
        Moments::of_all(numbers).unwrap()
    }

    #[test]
    fn the_figures_of_a_textbook() {
        let all = of(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]);
        assert_eq!((all.count, all.min, all.max), (8, 2.0, 9.0));
        assert!((all.mean - 5.0).abs() < 1e-12);
        assert!((all.m2 - 32.0).abs() < 1e-12);
        let mut times = Moments::of_times(2.0, 1);
        for (number, count) in [(4.0, 3), (5.0, 2), (7.0, 1), (9.0, 1)] {
            times.merge(&Moments::of_times(number, count));
        }
        assert_eq!((times.count, times.min, times.max), (8, 2.0, 9.0));
        assert!((times.mean - 5.0).abs() < 1e-12 && (times.m2 - 32.0).abs() < 1e-12);
    }

    #[test]
    fn numbers_at_the_ends_of_floating_point_stay_finite() {
        for numbers in [[f64::MAX, f64::MIN, f64::MAX], [f64::MAX; 3], [f64::MIN, f64::MIN, 1.0]] {
            let all = of(&numbers);
            assert!(all.is_sound(), "{all:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn parts_are_as_the_whole(
            numbers in proptest::collection::vec(-1e6..1e6_f64, 2..60), cut in 1_usize..59,
        ) {
            let cut = cut.min(numbers.len() - 1);
            let (mut early, mut late) = (of(&numbers[..cut]), of(&numbers[cut..]));
            let (whole, first) = (of(&numbers), early.clone());
            early.merge(&late);
            late.merge(&first);
            for parts in [early, late] {
                proptest::prop_assert_eq!(parts.count, whole.count);
                proptest::prop_assert!((parts.mean - whole.mean).abs() < 1e-6);
                proptest::prop_assert!((parts.m2 - whole.m2).abs() <= whole.m2 * 1e-9 + 1e-3);
            }
        }
    }
}
