//! Whether the traffic was split as it was meant to be.

use super::Bets;

/// The sample-ratio check: whether the candidate's part of the requests that were recorded is what
/// the weights said. Where it is not, requests went missing, and no comparison can be believed.
///
/// Source: M. Lindon and A. Malek, "Anytime-valid inference for multinomial count data" (2022), with
/// bets for the Bayes factor, so that weights may change from one request to the next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RatioTest {
    more: Bets,
    fewer: Bets,
    expected: f64,
    seen: u64,
    requests: u64,
}

impl RatioTest {
    /// Takes in a request that went to the candidate or not, as was meant to be with probability
    /// `weight`.
    pub fn take(&mut self, candidate: bool, weight: f64) {
        self.requests += 1;
        self.expected += weight;
        self.seen += u64::from(candidate);
        let more = f64::from(u8::from(candidate)) - weight;
        self.more.take(more);
        self.fewer.take(-more);
    }

    /// Whether the split is not what it should be, with an error of at most `alpha`.
    #[must_use]
    pub fn is_off(&self, alpha: f64) -> bool {
        self.more.refuted(alpha / 2.0) || self.fewer.refuted(alpha / 2.0)
    }

    /// The parts of the candidate that were seen and meant; none before any request.
    #[must_use]
    pub fn parts(&self) -> Option<(f64, f64)> {
        let all = self.requests as f64;
        (self.requests > 0).then(|| (self.seen as f64 / all, self.expected / all))
    }
}
