//! Is a challenger better than a baseline, or at least not worse?
//!
//! Comparisons are paired: both models on the same rows. Every difference is challenger minus
//! baseline of a metric of which more is better; negate the values of one of which less is better
//! (a loss) before they come here.

pub mod bootstrap;
pub mod delong;
pub mod many;
pub mod mcnemar;
pub mod power;
pub mod question;
pub mod random;
pub mod repeats;
pub mod reuse;
