//! The Kolmogorov-Smirnov distance: by how much the share of rows up to some value differs most.

use super::Drift;
use super::divergence::harmonic;
use super::sample::{Sample, steps};
use crate::proportion::Interval;
use crate::special::kolmogorov;

/// Compares two samples, with an interval of at least the two-sided `confidence`.
///
/// The interval holds for every distribution and every number of rows: both empirical
/// distributions lie within their band of the true ones (each at half of the error), so the
/// distance can't be off by more than the two bands' widths. A sketch's error of rank is added to
/// them. It is wider than need be by about a third.
///
/// p is the asymptotic one of no difference, and with ties or sketches an upper bound.
///
/// Sources: N. V. Smirnov, Annals of Mathematical Statistics 19 (1948) 279–281; P. Massart, "The
/// Tight Constant in the Dvoretzky-Kiefer-Wolfowitz Inequality", Annals of Probability 18 (1990)
/// 1269–1283.
///
/// # Panics
/// `confidence` is not between 0 and 1.
#[must_use]
pub fn compare(reference: &Sample<'_>, current: &Sample<'_>, confidence: f64) -> Drift {
    assert!(confidence > 0.0 && confidence < 1.0, "a confidence lies between 0 and 1");
    let apart = steps(reference, current).map(|step| (step.first - step.second).abs());
    let distance = apart.fold(0.0, f64::max);
    let rank_error = reference.rank_error() + current.rank_error();
    let reach = band(reference.rows(), confidence) + band(current.rows(), confidence) + rank_error;
    let least = (distance - rank_error).max(0.0);
    Drift {
        statistic: distance,
        effect: distance,
        interval: Interval { low: (distance - reach).max(0.0), high: (distance + reach).min(1.0) },
        p: Some(kolmogorov::tail(harmonic(reference.rows(), current.rows()).sqrt() * least)),
    }
}

/// How far an empirical distribution lies from the true one at most, but for half of the error:
/// 2 exp(−2 n ε²) = (1 − confidence) / 2.
fn band(rows: f64, confidence: f64) -> f64 {
    ((4.0 / (1.0 - confidence)).ln() / (2.0 * rows)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sketchs_error_widens_the_interval() {
        let values: Vec<f64> = (0..1_000).map(f64::from).collect();
        let weights = vec![1.0; 1_000];
        let moved: Vec<f64> = values.iter().map(|value| value + 300.0).collect();
        let reference = Sample::sorted(&values).unwrap();
        let exact = compare(&reference, &Sample::sorted(&moved).unwrap(), 0.95);
        let sketch = Sample::sketched(&moved, &weights, 0.01).unwrap();
        let sketched = compare(&reference, &sketch, 0.95);
        assert!((exact.effect - 0.3).abs() < 1e-12 && exact.effect == sketched.effect);
        assert!((exact.interval.low - sketched.interval.low - 0.01).abs() < 1e-12);
        assert!((sketched.interval.high - exact.interval.high - 0.01).abs() < 1e-12);
        assert!(sketched.p > exact.p);
    }
}
