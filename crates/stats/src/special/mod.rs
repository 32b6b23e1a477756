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
