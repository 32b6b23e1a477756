//! The incomplete gamma function.

use super::{Tails, point};

/// More terms than any argument below 1e12 needs: about six times its root.
const MOST_TERMS: u32 = 10_000_000;

/// P(a, x) and Q(a, x), for a > 0 and x ≥ 0; beyond, they are not numbers. Up to 1e12 for both.
///
/// Source: W. H. Press et al., "Numerical Recipes", 3rd edition (2007), §6.2: the series below
/// a + 1, Lentz's continued fraction above; the leading term by Loader (2000).
#[must_use]
pub fn gamma(a: f64, x: f64) -> Tails {
    if !(a > 0.0 && a.is_finite() && x >= 0.0) {
        return Tails { lower: f64::NAN, upper: f64::NAN };
    }
    if x == 0.0 {
        return Tails { lower: 0.0, upper: 1.0 };
    }
    if x.is_infinite() {
        return Tails { lower: 1.0, upper: 0.0 };
    }
    if x < a + 1.0 {
        Tails::from_lower(point::poisson(a, x) * series(a, x))
    } else {
        Tails::from_upper(point::poisson(a, x) * a * fraction(a, x))
    }
}

fn series(a: f64, x: f64) -> f64 {
    let (mut sum, mut term, mut next) = (1.0, 1.0, a);
    for _ in 0..MOST_TERMS {
        next += 1.0;
        term *= x / next;
        sum += term;
        if term < sum * f64::EPSILON {
            break;
        }
    }
    sum
}

fn fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut product = d;
    for i in 1..MOST_TERMS {
        let i = f64::from(i);
        let coefficient = -i * (i - a);
        b += 2.0;
        d = 1.0 / away_from_zero(coefficient * d + b, TINY);
        c = away_from_zero(b + coefficient / c, TINY);
        product *= d * c;
        if (d * c - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    product
}

fn away_from_zero(x: f64, tiny: f64) -> f64 {
    if x.abs() < tiny { tiny } else { x }
}
