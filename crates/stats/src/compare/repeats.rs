//! A few runs of each model, with other seeds: is the difference more than their scatter?

use crate::proportion::Interval;
use crate::special::student;

/// A mean, or a difference of means, with where it lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The mean, or challenger's minus baseline's.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Degrees of freedom; not whole for two samples.
    pub degrees: f64,
    /// Where the true value lies.
    pub interval: Interval,
}

/// Why a few runs tell nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NoEstimate {
    /// Fewer than two: their scatter can't be seen.
    TooFew,
    /// A value is not finite.
    NotFinite,
    /// All runs came out the same, so that they show no scatter. Perhaps they are deterministic,
    /// and then this is the value; it is not for statistics to say.
    NoScatter {
        /// What they came out as, or by how much the two differ.
        value: f64,
    },
}

/// Where the mean of such runs lies, with two-sided `confidence`: to compare with a threshold.
///
/// Source: Student, "The Probable Error of a Mean", Biometrika 6 (1908) 1–25.
///
/// # Errors
/// See [`NoEstimate`].
///
/// # Panics
/// `confidence` is not between 0 and 1.
pub fn mean(runs: &[f64], confidence: f64) -> Result<Estimate, NoEstimate> {
    let runs = Moments::of(runs)?;
    estimate(runs.mean, runs.error_square(), runs.count - 1.0, confidence)
}

/// Where one more such run will lie: to judge a single run of a challenger by a baseline's.
///
/// Source: G. J. Hahn and W. Q. Meeker, "Statistical Intervals" (1991), §4.7, for normal scatter.
///
/// # Errors
/// See [`NoEstimate`].
///
/// # Panics
/// `confidence` is not between 0 and 1.
pub fn next(runs: &[f64], confidence: f64) -> Result<Estimate, NoEstimate> {
    let runs = Moments::of(runs)?;
    estimate(runs.mean, runs.variance + runs.error_square(), runs.count - 1.0, confidence)
}

/// Where the difference of the means lies, challenger minus baseline. The two may scatter
/// differently and be of different number.
///
/// Source: B. L. Welch, "The Generalization of Student's Problem when Several Different Population
/// Variances are Involved", Biometrika 34 (1947) 28–35.
///
/// # Errors
/// See [`NoEstimate`].
///
/// # Panics
/// `confidence` is not between 0 and 1.
pub fn welch(
    baseline: &[f64],
    challenger: &[f64],
    confidence: f64,
) -> Result<Estimate, NoEstimate> {
    let (baseline, challenger) = (Moments::of(baseline)?, Moments::of(challenger)?);
    let (first, second) = (baseline.error_square(), challenger.error_square());
    let sum = first + second;
    // By shares of the sum: squares of tiny variances would vanish.
    let part = |share: f64, count: f64| (share / sum).powi(2) / (count - 1.0);
    let degrees = 1.0 / (part(first, baseline.count) + part(second, challenger.count));
    estimate(challenger.mean - baseline.mean, sum, degrees, confidence)
}

fn estimate(
    value: f64,
    error_square: f64,
    degrees: f64,
    confidence: f64,
) -> Result<Estimate, NoEstimate> {
    assert!(confidence > 0.0 && confidence < 1.0, "a confidence lies between 0 and 1");
    if !(value.is_finite() && error_square.is_finite()) {
        return Err(NoEstimate::NotFinite);
    }
    if error_square == 0.0 {
        return Err(NoEstimate::NoScatter { value });
    }
    let standard_error = error_square.sqrt();
    let reach = student::upper_quantile((1.0 - confidence) / 2.0, degrees) * standard_error;
    let interval = Interval { low: value - reach, high: value + reach };
    Ok(Estimate { value, standard_error, degrees, interval })
}

struct Moments {
    count: f64,
    mean: f64,
    variance: f64,
}

impl Moments {
    fn of(runs: &[f64]) -> Result<Self, NoEstimate> {
        let [first, _, ..] = runs else { return Err(NoEstimate::TooFew) };
        if runs.iter().any(|run| !run.is_finite()) {
            return Err(NoEstimate::NotFinite);
        }
        // About the first, so that equal runs have a variance of exactly zero.
        let count = runs.len() as f64;
        let shift = runs.iter().map(|run| run - first).sum::<f64>() / count;
        let squares: f64 = runs.iter().map(|run| (run - first - shift).powi(2)).sum();
        Ok(Self { count, mean: first + shift, variance: squares / (count - 1.0) })
    }

    fn error_square(&self) -> f64 {
        self.variance / self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_tell_nothing_say_why() {
        assert_eq!(mean(&[0.9], 0.95), Err(NoEstimate::TooFew));
        assert_eq!(mean(&[0.9, f64::NAN], 0.95), Err(NoEstimate::NotFinite));
        assert_eq!(mean(&[1e308, -1e308], 0.95), Err(NoEstimate::NotFinite));
        assert_eq!(mean(&[0.1, 0.1, 0.1], 0.95), Err(NoEstimate::NoScatter { value: 0.1 }));
        assert_eq!(
            welch(&[0.5, 0.5], &[0.75, 0.75], 0.95),
            Err(NoEstimate::NoScatter { value: 0.25 })
        );
    }

    #[test]
    fn the_next_run_scatters_more_than_the_mean() {
        let runs = [0.81, 0.83, 0.80, 0.82, 0.84];
        let (mean, next) = (mean(&runs, 0.9).unwrap(), next(&runs, 0.9).unwrap());
        let ratio = next.standard_error / mean.standard_error;
        assert!((ratio - 6f64.sqrt()).abs() < 1e-12, "{ratio}");
    }
}
