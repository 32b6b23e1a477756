//! The binomial distribution.

use super::{beta::beta, point};

/// The probability of at most `successes` in `trials`, each with probability `p`.
#[must_use]
pub fn at_most(successes: u64, trials: u64, p: f64) -> f64 {
    if successes >= trials {
        return 1.0;
    }
    beta((trials - successes) as f64, successes as f64 + 1.0, 1.0 - p, p).lower
}

/// The probability of exactly `successes` in `trials`, each with probability `p`.
#[must_use]
pub fn exactly(successes: u64, trials: u64, p: f64) -> f64 {
    if successes > trials {
        return 0.0;
    }
    point::binomial(successes as f64, trials as f64, p, 1.0 - p)
}
