//! The mathematics of deciding. Pure: numbers in, numbers out. No clock, no file, and nothing of
//! Tollgate: what a number means for a release is said elsewhere. What draws at random takes its
//! seed as an argument.
//!
//! Every function names its source, and is compared with SciPy, statsmodels or scikit-learn in the
//! tests.

pub mod compare;
pub mod drift;
pub mod metrics;
pub mod normal;
pub mod proportion;
pub mod sequential;
pub mod special;
