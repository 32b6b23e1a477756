//! How long observations hang together.

/// The longest that is looked for, in observations.
const LONGEST: usize = 64;

/// How many observations count as one: the integrated autocorrelation time `1 + 2 Σ ρ(k)`, summed
/// until a correlation is no larger than chance makes it. 1 where nothing hangs together.
///
/// Source: A. Sokal, "Monte Carlo methods in statistical mechanics" (1997), section 3.
pub(super) fn correlation_time(observed: &[f64]) -> f64 {
    let n = observed.len() as f64;
    let mean = observed.iter().sum::<f64>() / n;
    let variance = observed.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
    if observed.len() < 4 || variance <= 0.0 {
        return 1.0;
    }
    let correlation = |lag: usize| {
        let pairs = observed.iter().zip(&observed[lag..]);
        pairs.map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / variance
    };
    let lags = 1..LONGEST.min(observed.len() / 4);
    let told = lags.map(correlation).take_while(|rho| *rho > 2.5 / n.sqrt());
    1.0 + 2.0 * told.sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_alternates_or_never_changes_counts_each() {
        let alternating: Vec<f64> = (0..100).map(|n| f64::from(n % 2)).collect();
        assert_eq!(correlation_time(&alternating), 1.0);
        assert_eq!(correlation_time(&[1.0; 50]), 1.0);
        assert_eq!(correlation_time(&[]), 1.0);
    }

    #[test]
    fn runs_count_as_their_length() {
        // Runs of eight, each on or off by the parity of a product: the triangle of their
        // correlations sums to 8.
        let on = |run: u64| (run.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 7).count_ones() % 2;
        let runs: Vec<f64> = (0..4_000).map(|n| f64::from(on(n / 8))).collect();
        let time = correlation_time(&runs);
        assert!((6.0..10.0).contains(&time), "{time}");
    }
}
