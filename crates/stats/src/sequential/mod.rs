//! Tests that may be looked at after every observation: the error that is stated holds over the
//! whole of what is looked at, however often and whenever one stops.
//!
//! What is tested is bet against. A bettor starts with 1 and stakes a part of it on each
//! observation, so that nothing can be won on average while the null hypothesis holds; the money is
//! then an *e-process*, and by Ville's inequality (1939) it ever reaches `1/α` with a probability of
//! at most `α`. Sources: I. Waudby-Smith and A. Ramdas, "Estimating means of bounded random
//! variables by betting", JRSS B 86 (2024) 1–27; S. R. Howard and A. Ramdas, "Sequential estimation
//! of quantiles with applications to A/B testing and best-arm identification", Bernoulli 28 (2022)
//! 1704–1728; G. Shafer, "Testing by betting", JRSS A 184 (2021) 407–431.
//!
//! Candidate and baseline are compared *at the same time*: what befalls both, such as a busy hour
//! or a slow database, says nothing against either.

mod bets;
mod block;
mod interval;
mod pace;
mod quantile;
mod rate;
mod ratio;
mod shift;
mod tail;

pub use bets::Bets;
pub use interval::MeanSequence;
pub use quantile::{Window, upper_bound};
pub use rate::RateTest;
pub use ratio::RatioTest;
pub use shift::{LabelShift, ScoreShift, Shift};
pub use tail::{TailTest, Tolerance};

use crate::proportion::Interval;

/// Which of two releases an observation is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arm {
    /// The one that serves already.
    Baseline,
    /// The one that wants to.
    Candidate,
}

/// What a comparison says so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// What it comes to at the level that was asked for.
    pub verdict: Compared,
    /// Of the candidate less of the baseline, where it lies, with the same error.
    pub difference: Interval,
    /// The mean of the difference so far; none before there is one.
    pub estimate: Option<f64>,
    /// Of the candidate, how many observations were compared.
    pub compared: u64,
    /// About how many more of the candidate it takes, as far as can be told.
    pub needs: Option<u64>,
}

/// What comes of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// The candidate is better than the baseline.
    Better,
    /// It is no worse than was tolerated.
    NotWorse,
    /// It is worse than was tolerated.
    Worse,
    /// Nothing of this can be said yet.
    Undecided,
}
