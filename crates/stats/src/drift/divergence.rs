//! Two histograms over the same bins: the population stability index and the Jensen-Shannon
//! distance. Bins may as well be categories, and missing values may be a bin.
//!
//! Near no difference, such an estimate is noncentral chi-square, and its interval inverts that,
//! which takes away its bias: with 10 bins and 1 000 rows on each side the index is 0.018 without
//! any drift. Far from it the delta method's variance counts: as many times as it is larger, so
//! many fewer rows are assumed, or more. What comes out nearer to nothing than chance allows is no
//! proof of being equal: the upper end is never below that of what chance makes on average.

use super::{Drift, NoDrift};
use crate::proportion::Interval;
use crate::special::chi_square;

/// What every bin gets before the population stability index is taken, so that an empty one does
/// not make it infinite: half a row, the prior of Jeffreys (1946). Bins that are empty on both
/// sides are left out.
pub const SMOOTHING: f64 = 0.5;

/// The population stability index, Σ (p − q) ln(p / q), with an interval of two-sided
/// `confidence`; p is that of no difference.
///
/// Sources: N. Siddiqi, "Credit Risk Scorecards" (2006); B. Yurdakul and J. Naranjo, "Statistical
/// Properties of the Population Stability Index", Journal of Risk Model Validation 14 (2020): its
/// law is chi-square without drift.
///
/// # Errors
/// See [`NoDrift`].
///
/// # Panics
/// `confidence` is not between 0 and 1.
pub fn psi(reference: &[u64], current: &[u64], confidence: f64) -> Result<Drift, NoDrift> {
    let (reference, current) = shares(reference, current, SMOOTHING)?;
    let bins = || reference.shares.iter().zip(&current.shares);
    let divergence = Divergence {
        value: bins().map(|(p, q)| (p - q) * (p / q).ln()).sum(),
        curvature: 1.0,
        variance: reference.variance(bins().map(|(p, q)| (p / q).ln() - q / p))
            + current.variance(bins().map(|(p, q)| (q / p).ln() - p / q)),
        rows: harmonic(reference.rows, current.rows),
        degrees: degrees(reference.shares.len()),
    };
    Ok(Drift {
        statistic: divergence.value,
        effect: divergence.value,
        interval: divergence.interval(confidence),
        p: Some(divergence.p()),
    })
}

/// The Jensen-Shannon distance to base 2, between 0 and 1, with an interval of two-sided
/// `confidence`. The statistic is its square, the divergence in bits. p is that of no difference.
///
/// Source: J. Lin, "Divergence Measures Based on the Shannon Entropy", IEEE Transactions on
/// Information Theory 37 (1991) 145–151; D. M. Endres and J. E. Schindelin, the same 49 (2003)
/// 1858–1860.
///
/// # Errors
/// See [`NoDrift`].
///
/// # Panics
/// `confidence` is not between 0 and 1.
pub fn jensen_shannon(
    reference: &[u64],
    current: &[u64],
    confidence: f64,
) -> Result<Drift, NoDrift> {
    let (reference, current) = shares(reference, current, 0.0)?;
    // Half the logarithm of a share over the mean of both; nothing is nothing.
    let part = |p: f64, q: f64| if p > 0.0 { 0.5 * (2.0 * p / (p + q)).ln() } else { 0.0 };
    let bins = || reference.shares.iter().zip(&current.shares).map(|(p, q)| (*p, *q));
    let value: f64 = bins().map(|(p, q)| p * part(p, q) + q * part(q, p)).sum();
    let divergence = Divergence {
        value: value.max(0.0),
        curvature: 8.0,
        variance: reference.variance(bins().map(|(p, q)| part(p, q)))
            + current.variance(bins().map(|(p, q)| part(q, p))),
        rows: harmonic(reference.rows, current.rows),
        degrees: degrees(reference.shares.len()),
    };
    let bits = |nats: f64| nats / std::f64::consts::LN_2;
    let distance = |nats: f64| bits(nats).clamp(0.0, 1.0).sqrt();
    let interval = divergence.interval(confidence);
    Ok(Drift {
        statistic: bits(divergence.value),
        effect: distance(divergence.value),
        interval: Interval { low: distance(interval.low), high: distance(interval.high) },
        p: Some(divergence.p()),
    })
}

/// The square of Cramér's V between the shares of two samples, as if both had equally many rows:
/// Σ (p − q)² / 2(p + q), between 0 and 1.
pub(super) fn association(reference: &[u64], current: &[u64]) -> Result<Divergence, NoDrift> {
    let (reference, current) = shares(reference, current, 0.0)?;
    // The difference of the shares over their sum, from −1 to 1.
    let bins =
        || reference.shares.iter().zip(&current.shares).map(|(p, q)| ((p - q) / (p + q), p + q));
    Ok(Divergence {
        value: bins().map(|(apart, sum)| apart * apart * sum / 2.0).sum(),
        curvature: 4.0,
        variance: reference.variance(bins().map(|(apart, _)| apart - apart * apart / 2.0))
            + current.variance(bins().map(|(apart, _)| -apart - apart * apart / 2.0)),
        rows: harmonic(reference.rows, current.rows),
        degrees: degrees(reference.shares.len()),
    })
}

/// Of what the local law says. Where the two have nothing in common the delta method sees no
/// variance at all.
const LEAST_VARIANCE: f64 = 0.25;

/// A divergence of two samples, which near no difference is a quadratic form.
pub(super) struct Divergence {
    pub(super) value: f64,
    /// `rows` × `curvature` × the divergence is chi-square where there is no difference.
    pub(super) curvature: f64,
    /// Of the value, by the delta method.
    pub(super) variance: f64,
    /// n m / (n + m).
    pub(super) rows: f64,
    pub(super) degrees: f64,
}

impl Divergence {
    /// Where the true divergence lies: see the module.
    pub(super) fn interval(&self, confidence: f64) -> Interval {
        assert!(confidence > 0.0 && confidence < 1.0, "a confidence lies between 0 and 1");
        let local = 4.0 * self.value / (self.curvature * self.rows);
        let wider = if local > 0.0 { (self.variance / local).max(LEAST_VARIANCE) } else { 1.0 };
        let scale = self.curvature * self.rows / wider;
        let x = scale * self.value;
        let low = chi_square::noncentrality(x, self.degrees, confidence).low;
        let high = chi_square::noncentrality(x.max(self.degrees), self.degrees, confidence).high;
        Interval { low: low / scale, high: high / scale }
    }

    fn p(&self) -> f64 {
        chi_square::tail(self.curvature * self.rows * self.value, self.degrees)
    }
}

/// A histogram's shares, and of how many rows.
struct Shares {
    shares: Vec<f64>,
    rows: f64,
}

impl Shares {
    /// Of the mean of `slopes`.
    fn variance(&self, slopes: impl Iterator<Item = f64>) -> f64 {
        let (mean, square) =
            self.shares.iter().zip(slopes).fold((0.0, 0.0), |(mean, square), (share, slope)| {
                (mean + share * slope, square + share * slope * slope)
            });
        (square - mean * mean).max(0.0) / self.rows
    }
}

fn shares(reference: &[u64], current: &[u64], smoothing: f64) -> Result<(Shares, Shares), NoDrift> {
    if reference.len() != current.len() {
        return Err(NoDrift::Lengths);
    }
    let used = || reference.iter().zip(current).filter(|(a, b)| **a > 0 || **b > 0);
    let of = |side: fn((&u64, &u64)) -> f64| {
        let counts: Vec<f64> = used().map(side).collect();
        let rows: f64 = counts.iter().sum();
        let all = rows + smoothing * counts.len() as f64;
        let shares = counts.iter().map(|count| (count + smoothing) / all).collect();
        if rows < 2.0 { Err(NoDrift::TooFew) } else { Ok(Shares { shares, rows }) }
    };
    Ok((of(|(a, _)| *a as f64)?, of(|(_, b)| *b as f64)?))
}

pub(super) fn harmonic(a: f64, b: f64) -> f64 {
    a / (a + b) * b
}

/// One category only could still have been two.
pub(super) fn degrees(bins: usize) -> f64 {
    (bins as f64 - 1.0).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_histograms_are_equal_as_far_as_rows_tell() {
        for measure in [psi, jensen_shannon] {
            let few = measure(&[3, 2], &[3, 2], 0.95).unwrap();
            let many = measure(&[300_000, 200_000], &[300_000, 200_000], 0.95).unwrap();
            assert!(few.effect.abs() < 1e-9 && few.interval.low == 0.0, "{few:?}");
            assert!(few.interval.high > 0.3 && many.interval.high < 0.01, "{few:?} {many:?}");
        }
    }

    #[test]
    fn nothing_in_common_is_one_bit() {
        let apart = jensen_shannon(&[1_000, 0], &[0, 1_000], 0.95).unwrap();
        assert!((apart.effect - 1.0).abs() < 1e-12 && apart.interval.low > 0.9, "{apart:?}");
        assert!(psi(&[1_000, 0], &[0, 1_000], 0.95).unwrap().effect.is_finite());
    }

    #[test]
    fn what_is_empty_on_both_sides_does_not_count() {
        for measure in [psi, jensen_shannon] {
            let without = measure(&[40, 60], &[50, 50], 0.95);
            assert_eq!(measure(&[40, 0, 60], &[50, 0, 50], 0.95), without);
        }
    }

    #[test]
    fn senseless_histograms_are_refused() {
        for measure in [psi, jensen_shannon] {
            assert_eq!(measure(&[1, 2], &[1], 0.95), Err(NoDrift::Lengths));
            assert_eq!(measure(&[0, 0], &[1, 5], 0.95), Err(NoDrift::TooFew));
            assert_eq!(measure(&[], &[], 0.95), Err(NoDrift::TooFew));
            assert!(measure(&[u64::MAX, 1], &[1, u64::MAX], 0.95).unwrap().effect.is_finite());
        }
    }
}
