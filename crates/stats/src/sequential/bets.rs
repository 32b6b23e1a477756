//! One bettor against "the mean is not above zero".

/// The stakes that are tried side by side: parts of the greatest that can't ruin.
const STAKES: [f64; 7] = [0.015, 0.03, 0.0625, 0.125, 0.25, 0.5, 0.9];

/// Evidence against the hypothesis that payoffs, each at least -1, have a mean of zero or less
/// given all that went before. Several stakes are tried and their money is averaged (the method of
/// mixtures), so nothing needs to be known of the size of the effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Bets {
    wealth: [f64; STAKES.len()],
    peak: f64,
    taken: u64,
}

impl Default for Bets {
    fn default() -> Self {
        Self { wealth: [0.0; STAKES.len()], peak: 0.0, taken: 0 }
    }
}

impl Bets {
    /// Takes in one payoff.
    ///
    /// # Panics
    /// It is below -1, or no number: such a bet could lose more than there is.
    pub fn take(&mut self, payoff: f64) {
        assert!(payoff >= -1.0, "a payoff is at least -1, not {payoff}");
        for (wealth, stake) in self.wealth.iter_mut().zip(STAKES) {
            *wealth += (stake * payoff).ln_1p();
        }
        self.taken += 1;
        self.peak = self.peak.max(self.log_wealth());
    }

    /// The natural logarithm of the money there is now.
    #[must_use]
    pub fn log_wealth(&self) -> f64 {
        let most = self.wealth.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = self.wealth.iter().map(|wealth| (wealth - most).exp()).sum();
        most + (sum / STAKES.len() as f64).ln()
    }

    /// Whether the hypothesis was refuted at any time so far, with an error of at most `alpha`.
    #[must_use]
    pub fn refuted(&self, alpha: f64) -> bool {
        self.peak >= -alpha.ln()
    }

    /// How many payoffs were taken in.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// About how many more payoffs it takes to refute at `alpha`, if they go on as they were; none
    /// where they do not speak against the hypothesis.
    #[must_use]
    pub fn needs(&self, alpha: f64) -> Option<u64> {
        let missing = -alpha.ln() - self.log_wealth();
        // What the best stake gained for each payoff: the mixture itself starts by paying for the
        // others.
        let most = self.wealth.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let pace = most / self.taken as f64;
        (self.taken > 0 && pace > 0.0).then(|| (missing / pace).ceil().clamp(0.0, 1e15) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_won_on_a_fair_game_on_average() {
        // Every sequence of ten fair coins, each as likely: the mean of the money is 1.
        let money = |coins: u32| {
            let mut bets = Bets::default();
            (0..10).for_each(|n| bets.take(if coins >> n & 1 == 1 { 1.0 } else { -1.0 }));
            bets.log_wealth().exp()
        };
        let mean = (0..1024).map(money).sum::<f64>() / 1024.0;
        assert!((mean - 1.0).abs() < 1e-12, "{mean}");
    }

    #[test]
    fn what_was_refuted_stays_refuted() {
        let mut bets = Bets::default();
        (0..20).for_each(|_| bets.take(1.0));
        assert!(bets.refuted(0.01));
        (0..200).for_each(|_| bets.take(-0.5));
        assert!(bets.refuted(0.01) && bets.log_wealth() < 0.0);
    }

    #[test]
    fn the_need_is_of_the_size_of_what_it_takes() {
        let mut bets = Bets::default();
        (0..50).for_each(|n| bets.take(if n % 5 == 0 { 1.0 } else { -0.1 }));
        let told = bets.needs(0.01).unwrap();
        let mut took = 0;
        while !bets.refuted(0.01) {
            bets.take(if took % 5 == 0 { 1.0 } else { -0.1 });
            took += 1;
        }
        assert!(told <= 2 * took && took <= 2 * told, "{told}, {took}");
    }

    #[test]
    #[should_panic(expected = "at least -1")]
    fn more_than_all_is_never_lost() {
        Bets::default().take(-1.5);
    }
}
