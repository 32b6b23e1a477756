//! How good scores are as probabilities, row by row.

use super::sum::{finite, sum};
use super::{Binary, Undefined};

impl Binary {
    /// The mean of −ln of the probability that each row's own label was given, in nats. So that
    /// certainty in the wrong does not cost infinitely much, probabilities are kept away from 0
    /// and 1 by the machine epsilon 2⁻⁵².
    ///
    /// Source: `log_loss` of two classes, as of scikit-learn 1.9. One class alone is no problem
    /// here.
    ///
    /// # Errors
    /// A score is no probability.
    pub fn log_loss(&self) -> Result<f64, Undefined> {
        let cost = |p: f64| -p.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln();
        self.mean_cost(cost, |p| cost(1.0 - p))
    }

    /// The mean of (y − p)², with y = 1 for a positive row and 0 for another.
    ///
    /// Source: G. W. Brier, "Verification of Forecasts Expressed in Terms of Probability", Monthly
    /// Weather Review 78 (1950) 1–3; `brier_score_loss`, which halves Brier's two-sided sum.
    ///
    /// # Errors
    /// A score is no probability.
    pub fn brier(&self) -> Result<f64, Undefined> {
        self.mean_cost(|p| (1.0 - p) * (1.0 - p), |p| p * p)
    }

    /// The weighted mean of what a probability costs a positive row, and a negative one.
    fn mean_cost(
        &self,
        positive: impl Fn(f64) -> f64,
        negative: impl Fn(f64) -> f64,
    ) -> Result<f64, Undefined> {
        let steps = self.probabilities()?;
        let all = sum(steps.iter().map(super::binary::Step::weight));
        let costs = steps.iter().flat_map(|step| {
            let positive = step.positive / all * positive(step.score);
            [positive, step.negative / all * negative(step.score)]
        });
        finite(sum(costs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certainty_in_the_wrong_costs_much_but_not_infinitely_much() {
        let wrong = Binary::new(&[true], &[0.0], None).unwrap();
        assert_eq!(wrong.log_loss(), Ok(-f64::EPSILON.ln()));
        assert_eq!(wrong.brier(), Ok(1.0));
    }

    #[test]
    fn a_coin_knows_nothing() {
        let coin = Binary::new(&[true, false], &[0.5; 2], None).unwrap();
        assert_eq!(coin.log_loss(), Ok(std::f64::consts::LN_2));
        assert_eq!(coin.brier(), Ok(0.25));
    }

    #[test]
    fn a_margin_is_no_probability() {
        let margin = Binary::new(&[true, false], &[-0.5, 3.0], None).unwrap();
        let refused = Undefined::NotAProbability { row: 0, score: -0.5 };
        assert_eq!(margin.log_loss(), Err(refused));
        assert_eq!(margin.brier(), Err(refused));
    }
}
