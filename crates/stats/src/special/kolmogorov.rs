//! Kolmogorov's limit distribution.

use std::f64::consts::PI;

/// The probability that the largest distance between a Brownian bridge and zero exceeds `x`.
///
/// Source: A. N. Kolmogorov (1933); both forms as in W. Feller, Annals of Mathematical Statistics
/// 19 (1948) 177–189: the alternating series where it converges at once, its theta transform
/// below.
#[must_use]
pub fn tail(x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    if x < 1.0 { 1.0 - transformed(x) } else { alternating(x) }
}

fn alternating(x: f64) -> f64 {
    let term = |j: f64| (-2.0 * j * j * x * x).exp();
    (2.0 * (term(1.0) - term(2.0) + term(3.0) - term(4.0) + term(5.0))).clamp(0.0, 1.0)
}

fn transformed(x: f64) -> f64 {
    let term = |odd: f64| (-(odd * PI / x).powi(2) / 8.0).exp();
    (2.0 * PI).sqrt() / x * (term(1.0) + term(3.0) + term(5.0) + term(7.0))
}
