//! The incomplete beta function.

use super::{Tails, point};

/// More terms than arguments below 1e12 need.
const MOST_TERMS: u32 = 10_000_000;

/// I(a, b) at `x`, for a, b > 0, and its complement. `y` is 1 − x, given so that it keeps its
/// digits where it is tiny. They are not numbers where an argument makes no sense; a and b go up
/// to 1e12.
///
/// Source: W. H. Press et al., "Numerical Recipes", 3rd edition (2007), §6.4: Lentz's continued
/// fraction; the leading term by Loader (2000).
#[must_use]
pub fn beta(a: f64, b: f64, x: f64, y: f64) -> Tails {
    let sensible = |shape: f64| shape > 0.0 && shape.is_finite();
    if !(sensible(a) && sensible(b) && x <= 1.0 && y <= 1.0) {
        return Tails { lower: f64::NAN, upper: f64::NAN };
    }
    if x <= 0.0 {
        return Tails { lower: 0.0, upper: 1.0 };
    }
    if y <= 0.0 {
        return Tails { lower: 1.0, upper: 0.0 };
    }
    // Beyond its mean the fraction converges slowly; the mirror image does not.
    if x * (a + b + 2.0) < a + 1.0 {
        Tails::from_lower(lower(a, b, x, y))
    } else {
        Tails::from_lower(lower(b, a, y, x)).swapped()
    }
}

fn lower(a: f64, b: f64, x: f64, y: f64) -> f64 {
    point::binomial(a, a + b, x, y) * b / (a + b) * fraction(a, b, x)
}

fn fraction(a: f64, b: f64, x: f64) -> f64 {
    let first = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut state = Lentz { c: 1.0, d: first, product: first };
    for m in 1..MOST_TERMS {
        let m = f64::from(m);
        state.step(m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)));
        let change = state.step(-(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)));
        if (change - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    state.product
}

/// A continued fraction 1/(1 + a₁/(1 + a₂/(1 + …))), from its beginning.
struct Lentz {
    c: f64,
    d: f64,
    product: f64,
}

impl Lentz {
    /// Takes the next coefficient; by how much the product changed.
    fn step(&mut self, coefficient: f64) -> f64 {
        self.d = 1.0 / away_from_zero(1.0 + coefficient * self.d);
        self.c = away_from_zero(1.0 + coefficient / self.c);
        self.product *= self.d * self.c;
        self.d * self.c
    }
}

fn away_from_zero(x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    if x.abs() < TINY { TINY } else { x }
}
