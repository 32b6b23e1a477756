//! The functions behind the tests: incomplete gamma and beta, and the distributions made of them.
//!
//! Written here and not taken from a crate: together they are shorter than the choice of one, and
//! the golden tests hold them to SciPy's.

pub mod beta;
pub mod binomial;
pub mod chi_square;
pub mod gamma;
pub mod kolmogorov;
pub(crate) mod point;
pub(crate) mod root;
pub mod student;

/// The two sides of a distribution. Each is computed, and not as one minus the other where that
/// would lose its digits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tails {
    /// The probability of less (or of as much).
    pub lower: f64,
    /// The probability of more.
    pub upper: f64,
}

impl Tails {
    fn from_lower(lower: f64) -> Self {
        let lower = lower.clamp(0.0, 1.0);
        Self { lower, upper: 1.0 - lower }
    }

    fn from_upper(upper: f64) -> Self {
        Self::from_lower(upper).swapped()
    }

    fn swapped(self) -> Self {
        Self { lower: self.upper, upper: self.lower }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_are_exact() {
        assert_eq!(gamma::gamma(2.0, 0.0), Tails { lower: 0.0, upper: 1.0 });
        assert_eq!(gamma::gamma(2.0, f64::INFINITY), Tails { lower: 1.0, upper: 0.0 });
        assert_eq!(beta::beta(2.0, 3.0, 0.0, 1.0), Tails { lower: 0.0, upper: 1.0 });
        assert_eq!(beta::beta(2.0, 3.0, 1.0, 0.0), Tails { lower: 1.0, upper: 0.0 });
        assert_eq!((student::tail(0.0, 3.0), student::tail(f64::INFINITY, 3.0)), (0.5, 0.0));
        assert_eq!((binomial::at_most(5, 5, 0.5), binomial::exactly(6, 5, 0.5)), (1.0, 0.0));
        assert_eq!((binomial::exactly(0, 5, 0.0), binomial::exactly(5, 5, 0.0)), (1.0, 0.0));
    }

    /// And they say so at once.
    #[test]
    fn senseless_arguments_have_no_answer() {
        for a in [f64::NAN, f64::INFINITY, 0.0, -1.0] {
            assert!(gamma::gamma(a, 1.0).upper.is_nan(), "{a}");
            assert!(beta::beta(a, 1.0, 0.5, 0.5).upper.is_nan(), "{a}");
            assert!(beta::beta(1.0, a, 0.5, 0.5).upper.is_nan(), "{a}");
        }
        assert!(gamma::gamma(1.0, f64::NAN).lower.is_nan());
        assert!(beta::beta(1.0, 1.0, f64::NAN, 0.5).lower.is_nan());
        assert!(beta::beta(1.0, 1.0, 0.5, f64::NAN).lower.is_nan());
        assert!(student::tail(f64::NAN, 3.0).is_nan());
        assert!(student::tail(1.0, f64::NAN).is_nan());
        assert!(kolmogorov::tail(f64::NAN).is_nan());
        assert!(crate::normal::tail(f64::NAN).is_nan());
        assert_eq!(crate::normal::tail(f64::NEG_INFINITY), 1.0);
    }
}
