//! One holdout, asked again and again: how much error each use may spend.
//!
//! The k-th use gets the share 1/(k(k+1)) of the whole error. The shares of all uses that will
//! ever be sum to exactly one, so that by the union bound the chance that *any* challenger passes
//! which should not stays below what was stated, whether there will be three uses or three
//! thousand; nobody has to say beforehand. What is left after k uses is 1/(k+1).
//!
//! Why this sequence: it needs no constant, and its remainder can be told to a person. Its price
//! at the 30th use of an error of 5 % is a level of 5.4e-5, z = 3.87 instead of 1.64: 3.6 times
//! the rows for the same power of 80 %, or a power of 8 % with the same rows. The first use costs
//! 1.3 times the rows. 6/(π²k²) costs 3.8 times at the 30th use; the slower sequence of Javanmard
//! and Montanari 3.5 times, but 2.1 times already at the first; a number of 30 uses, known
//! beforehand and split evenly, 2.3 times at each. Alpha-investing (Foster and Stine 2008) earns
//! error back with every pass, but then holds the rate of false passes among all passes, and not
//! the chance of any.
//!
//! What it does not cover: challengers fitted to the holdout's own rows. It holds where all that a
//! use tells is its answer, and little else is learned from them: see C. Dwork et al., "The
//! reusable holdout", Science 349 (2015) 636–638. A fresh holdout starts again at the first use.
//!
//! Sources: D. P. Foster and R. A. Stine, "α-investing", Journal of the Royal Statistical Society B
//! 70 (2008) 429–444 (spending as the case without pay-out); A. Javanmard and A. Montanari, "Online
//! rules for control of false discovery rate and false discovery exceedance", Annals of Statistics
//! 46 (2018) 526–554 (sequences γ that sum to one).

use super::question::Question;

/// Which share of the whole error the `use_`-th use may spend, counted from 1. The zeroth may
/// spend none.
#[must_use]
pub fn share(use_: u64) -> f64 {
    if use_ == 0 {
        return 0.0;
    }
    let k = use_ as f64;
    1.0 / (k * (k + 1.0))
}

/// Which share is left after `uses` uses.
#[must_use]
pub fn left(uses: u64) -> f64 {
    1.0 / (uses as f64 + 1.0)
}

/// `question` at the level of the `use_`-th use of one holdout, counted from 1. Nothing where so
/// little error is left that no number of rows decides: the holdout is used up (after some hundred
/// thousand uses).
#[must_use]
pub fn at_use(question: &Question, use_: u64) -> Option<Question> {
    question.with_error((1.0 - question.confidence()) * share(use_))
}

#[cfg(test)]
mod tests {
    use super::super::question::Direction;
    use super::*;

    #[test]
    fn all_uses_together_spend_no_more_than_there_is() {
        let spent: f64 = (1..=10_000).map(share).sum();
        assert!((spent + left(10_000) - 1.0).abs() < 1e-12, "{spent}");
        assert_eq!((share(0), share(1), left(0)), (0.0, 0.5, 1.0));
    }

    #[test]
    fn the_thirtieth_use_has_the_level_that_is_written_above() {
        let question = Question::new(0.01, Direction::NonInferiority, 0.95).unwrap();
        let thirtieth = at_use(&question, 30).unwrap();
        assert!((1.0 - thirtieth.confidence() - 5.376e-5).abs() < 1e-8, "{thirtieth:?}");
        assert_eq!(at_use(&question, 0), None);
        assert_eq!(at_use(&question, u64::MAX), None);
    }
}
