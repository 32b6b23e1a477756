//! Numbers in bins: those of the data and of the reference in the same ones.

use serde::Serialize;

/// The most bins that a drawing has room for.
const MOST: usize = 60;

/// How many numbers lie where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bins {
    /// Where the first bin begins, as a person writes it.
    pub low: String,
    /// Where the last bin ends.
    pub high: String,
    /// Rows of the data in each bin; all bins are equally wide.
    pub data: Vec<u64>,
    /// Rows of the reference in the same bins; empty where there is none.
    pub reference: Vec<u64>,
}

impl Bins {
    /// Puts numbers, each with how many rows have it, into `bins` bins (1 to 60) over the range of
    /// both. What is not finite is in none. `show` writes a number.
    #[must_use]
    pub fn of(
        data: &[(f64, u64)],
        reference: Option<&[(f64, u64)]>,
        bins: usize,
        show: &dyn Fn(f64) -> String,
    ) -> Option<Self> {
        let bins = bins.clamp(1, MOST);
        let all = data.iter().chain(reference.unwrap_or_default()).map(|(number, _)| *number);
        let finite = all.filter(|number| number.is_finite());
        let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| {
            (low.min(number), high.max(number))
        });
        if low > high {
            return None;
        }
        let counted = |numbers: &[(f64, u64)]| count(numbers, low, high, bins);
        Some(Self {
            low: show(low),
            high: show(high),
            data: counted(data),
            reference: reference.map(counted).unwrap_or_default(),
        })
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a place among at most 60 bins; a cast of a float saturates"
)]
fn count(numbers: &[(f64, u64)], low: f64, high: f64, bins: usize) -> Vec<u64> {
    let mut counts = vec![0_u64; bins];
    // Each is divided by itself: the difference of two large numbers may be none.
    let width = high / bins as f64 - low / bins as f64;
    for (number, rows) in numbers.iter().filter(|(number, _)| number.is_finite()) {
        let place = if width > 0.0 { (number / width - low / width) as usize } else { 0 };
        if let Some(count) = counts.get_mut(place.min(bins - 1)) {
            *count = count.saturating_add(*rows);
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_and_reference_share_their_bins() {
        let bins =
            Bins::of(&[(0.0, 1), (9.9, 2)], Some(&[(10.0, 4), (5.0, 1)]), 2, &|n| n.to_string());
        let bins = bins.unwrap();
        assert_eq!((bins.low.as_str(), bins.high.as_str()), ("0", "10"));
        assert_eq!((bins.data, bins.reference), (vec![1, 2], vec![0, 5]));
    }

    #[test]
    fn odd_numbers_have_bins_too() {
        let show = |n: f64| n.to_string();
        assert_eq!(Bins::of(&[], None, 8, &show), None);
        assert_eq!(Bins::of(&[(f64::NAN, 3)], None, 8, &show), None);
        let one = Bins::of(&[(7.0, 3)], None, 0, &show).unwrap();
        assert_eq!(one.data, [3]);
        let wide = Bins::of(&[(f64::MIN, 1), (f64::MAX, u64::MAX)], None, 4, &show).unwrap();
        assert_eq!(wide.data, [1, 0, 0, u64::MAX]);
    }
}
