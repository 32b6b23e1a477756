//! The mathematics of deciding. Pure: numbers in, numbers out. No clock, no file, no randomness,
//! and nothing of Tollgate: what a number means for a release is said elsewhere.
//!
//! Every function names its source, and is compared with SciPy, statsmodels and scikit-learn in
//! the tests.

pub mod metrics;
pub mod normal;
pub mod proportion;
