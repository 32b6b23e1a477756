//! Proportions: how often something happens, from how often it did.

use crate::normal;

/// Where a figure lies, with the confidence that was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// The Wilson score interval for a proportion: with `confidence` (such as 0.95), where the true
/// rate lies of something that happened `successes` times in `trials`.
///
/// It holds its confidence for few trials and for rates near 0 and 1, where a step's flakiness
/// is, and where the textbook interval claims certainty after three tries. No trials tell nothing:
/// the answer is 0 to 1. More successes than trials count as all.
///
/// Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference",
/// Journal of the American Statistical Association 22 (1927) 209–212; without correction for
/// continuity, as L. D. Brown, T. T. Cai and A. DasGupta recommend ("Interval Estimation for a
/// Binomial Proportion", Statistical Science 16 (2001) 101–133).
///
/// # Panics
/// `confidence` is not between 0 and 1.
#[must_use]
pub fn wilson(successes: u64, trials: u64, confidence: f64) -> Interval {
    assert!(confidence > 0.0 && confidence < 1.0, "a confidence lies between 0 and 1");
    if trials == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let failures = trials.saturating_sub(successes);
    let high = |happened: u64| upper(happened.min(trials) as f64, trials as f64, confidence);
    // The lower end is the upper end of what did not happen. At the edges the formula is exact
    // only in exact arithmetic.
    let low = if successes == 0 { 0.0 } else { 1.0 - high(failures) };
    Interval { low, high: if failures == 0 { 1.0 } else { high(successes) } }
}

fn upper(successes: f64, trials: f64, confidence: f64) -> f64 {
    let z = -normal::quantile((1.0 - confidence) / 2.0);
    let z2 = z * z;
    let p = successes / trials;
    let centre = p + z2 / (2.0 * trials);
    let spread = z * (p * (1.0 - p) / trials + z2 / (4.0 * trials * trials)).sqrt();
    (centre + spread) / (1.0 + z2 / trials)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_tried_is_nothing_known() {
        assert_eq!(wilson(0, 0, 0.95), Interval { low: 0.0, high: 1.0 });
    }

    #[test]
    fn the_edges_are_exact() {
        assert_eq!(wilson(0, 7, 0.95).low, 0.0);
        assert_eq!(wilson(7, 7, 0.95).high, 1.0);
        assert_eq!(wilson(8, 7, 0.95), wilson(7, 7, 0.95));
    }

    #[test]
    #[should_panic(expected = "between 0 and 1")]
    fn a_confidence_of_95_is_a_mistake() {
        let _ = wilson(1, 2, 95.0);
    }
}
