//! Single terms of the Poisson and the binomial distribution, for counts that need not be whole.
//!
//! Differences of ln Γ would lose half of their digits at a million rows; these lose none.
//!
//! Source: C. Loader, "Fast and Accurate Computation of Binomial Probabilities" (2000).

use std::f64::consts::{PI, TAU};

/// ln Γ(x) for x > 0.
pub(crate) fn ln_gamma(x: f64) -> f64 {
    // Γ(x) = Γ(x + k) / (x (x+1) … (x+k−1)), up to where Stirling's series is exact.
    let mut product = 1.0;
    let mut shifted = x;
    while shifted < 10.0 {
        product *= shifted;
        shifted += 1.0;
    }
    (shifted - 0.5) * shifted.ln() - shifted + 0.5 * TAU.ln() + stirling_series(shifted)
        - f64::ln(product)
}

/// What Stirling's formula lacks of ln n!, for n ≥ 10.
fn stirling_series(n: f64) -> f64 {
    const TERMS: [f64; 6] =
        [691.0 / 360_360.0, 1.0 / 1_188.0, 1.0 / 1_680.0, 1.0 / 1_260.0, 1.0 / 360.0, 1.0 / 12.0];
    let square = n * n;
    TERMS.iter().fold(0.0, |sum, term| term - sum / square) / n
}

fn stirling_error(n: f64) -> f64 {
    if n >= 10.0 {
        return stirling_series(n);
    }
    ln_gamma(n + 1.0) - (n + 0.5) * n.ln() + n - 0.5 * TAU.ln()
}

/// x ln(x/m) + m − x, without cancellation where x is near m.
fn deviance(x: f64, m: f64) -> f64 {
    if (x - m).abs() >= 0.1 * (x + m) {
        return x * (x / m).ln() + m - x;
    }
    let v = (x - m) / (x + m);
    let mut sum = (x - m) * v;
    let mut power = 2.0 * x * v;
    for odd in (3..).step_by(2) {
        power *= v * v;
        let next = sum + power / f64::from(odd);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

/// mˣ e⁻ᵐ / Γ(x + 1).
pub(crate) fn poisson(x: f64, m: f64) -> f64 {
    if x == 0.0 {
        return (-m).exp();
    }
    if m == 0.0 || m.is_infinite() {
        return 0.0;
    }
    (-stirling_error(x) - deviance(x, m)).exp() / (TAU * x).sqrt()
}

/// Γ(n+1) / (Γ(x+1) Γ(n−x+1)) pˣ qⁿ⁻ˣ, with q = 1 − p given so that a tiny one keeps its digits.
pub(crate) fn binomial(x: f64, n: f64, p: f64, q: f64) -> f64 {
    if p == 0.0 || q == 0.0 {
        let certain = if p == 0.0 { x == 0.0 } else { x == n };
        return if certain { 1.0 } else { 0.0 };
    }
    let rest = n - x;
    if x == 0.0 || rest == 0.0 {
        let (all, other) = if x == 0.0 { (q, p) } else { (p, q) };
        return (n * if other < 0.1 { (-other).ln_1p() } else { all.ln() }).exp();
    }
    let exponent = stirling_error(n)
        - stirling_error(x)
        - stirling_error(rest)
        - deviance(x, n * p)
        - deviance(rest, n * q);
    exponent.exp() * (n / (2.0 * PI * x * rest)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gamma_of_whole_numbers_and_of_a_half() {
        assert!((ln_gamma(0.5) - PI.sqrt().ln()).abs() < 1e-14);
        assert!(ln_gamma(1.0).abs() < 1e-14);
        assert!((ln_gamma(7.0) - 720f64.ln()).abs() < 1e-14);
    }

    #[test]
    fn the_terms_of_a_binomial_sum_to_one() {
        for n in [1.0, 6.0, 40.0] {
            let sum: f64 = (0..=n as u32).map(|x| binomial(f64::from(x), n, 0.3, 0.7)).sum();
            assert!((sum - 1.0).abs() < 1e-13, "{n}: {sum}");
        }
    }
}
