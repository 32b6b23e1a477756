//! Where a monotone function crosses.

/// The last number between `low` and `high` of which `before` holds, if it holds of `low` and
/// stops to hold somewhere. Bisection down to neighbouring numbers: about 60 steps, and no case
/// in which it does not end.
pub(crate) fn bisect(mut low: f64, mut high: f64, before: impl Fn(f64) -> bool) -> f64 {
    loop {
        let middle = low + (high - low) / 2.0;
        // Also left when an end is NaN.
        if !(low < middle && middle < high) {
            return low;
        }
        if before(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// A power of two from which on `before` no longer holds.
pub(crate) fn bracket(before: impl Fn(f64) -> bool) -> f64 {
    let mut high = 1.0;
    while before(high) && high < f64::MAX / 2.0 {
        high *= 2.0;
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_root_by_bisection() {
        let high = bracket(|x| x * x < 50.0);
        assert_eq!(high, 8.0);
        assert!((bisect(0.0, high, |x| x * x < 50.0) - 50f64.sqrt()).abs() < 1e-14);
    }

    #[test]
    fn it_ends_whatever_it_is_given() {
        assert!(bisect(f64::NAN, 1.0, |_| true).is_nan());
        assert!(bracket(|_| true).is_finite());
    }
}
