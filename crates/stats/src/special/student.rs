//! Student's t distribution.

use super::beta::beta;
use super::root::{bisect, bracket};

/// The probability that t with `degrees` (> 0, not only whole) of freedom exceeds `t`.
#[must_use]
pub fn tail(t: f64, degrees: f64) -> f64 {
    if t < 0.0 {
        return 1.0 - tail(-t, degrees);
    }
    let square = t * t;
    if square.is_infinite() {
        return 0.0;
    }
    let sum = degrees + square;
    0.5 * beta(degrees / 2.0, 0.5, degrees / sum, square / sum).lower
}

/// Which t with `degrees` of freedom is exceeded with probability `probability`, at most a half.
#[must_use]
pub fn upper_quantile(probability: f64, degrees: f64) -> f64 {
    let before = |t: f64| tail(t, degrees) > probability;
    bisect(0.0, bracket(before), before)
}
