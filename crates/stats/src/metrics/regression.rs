//! Predicted numbers against true ones.

use super::columns::{Weights, all_finite, same_length};
use super::sum::{finite, sum};
use super::{Quantile, Undefined};

/// True and predicted values, in the same unit.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    truth: &'a [f64],
    predicted: &'a [f64],
    weights: Weights<'a>,
    /// What all rows weigh.
    all: f64,
}

impl<'a> Values<'a> {
    /// The true value of each row, and the predicted one. Without `weights` each row weighs one; a
    /// row that weighs nothing is absent.
    ///
    /// # Errors
    /// No rows, differing lengths, a value that is NaN or infinite, a weight that is no number or
    /// below zero, or no weight at all.
    pub fn new(
        truth: &'a [f64],
        predicted: &'a [f64],
        weights: Option<&'a [f64]>,
    ) -> Result<Self, Undefined> {
        same_length("predicted values", truth.len(), predicted.len())?;
        all_finite("true value", truth)?;
        all_finite("predicted value", predicted)?;
        let weights = Weights::new(weights, truth.len())?;
        let all = sum((0..truth.len()).map(|row| weights.of(row)));
        Ok(Self { truth, predicted, weights, all })
    }

    /// The mean absolute error, in the unit of the values: `mean_absolute_error`.
    ///
    /// # Errors
    /// The values are too large to be summed.
    pub fn mae(&self) -> Result<f64, Undefined> {
        self.mean(|truth, predicted| (truth - predicted).abs())
    }

    /// The root of the mean squared error, in the unit of the values: `root_mean_squared_error`.
    ///
    /// # Errors
    /// The values are too large to be squared and summed.
    pub fn rmse(&self) -> Result<f64, Undefined> {
        self.mean(|truth, predicted| (truth - predicted) * (truth - predicted)).map(f64::sqrt)
    }

    /// The coefficient of determination, 1 at best and without a lower bound: `r2_score`.
    ///
    /// # Errors
    /// One row (that weighs something), or values too large. Or all true values are the same: by
    /// convention (`force_finite`) 1 if they were predicted exactly, and 0 else. Rounding does not
    /// hide here that they are the same.
    pub fn r2(&self) -> Result<f64, Undefined> {
        let mut present = self.rows();
        let Some((first, _, _)) = present.next() else { return Err(Undefined::NoRows) };
        if present.next().is_none() {
            return Err(Undefined::OneRow);
        }
        let missed = self.mean(|truth, predicted| (truth - predicted) * (truth - predicted))?;
        // From the first value on, so that the mean of equal values is exactly that value.
        let centre = first + self.mean(|truth, _| truth - first)?;
        let spread = self.mean(|truth, _| (truth - centre) * (truth - centre))?;
        if spread == 0.0 {
            let value = if missed == 0.0 { 1.0 } else { 0.0 };
            return Err(Undefined::ZeroDivision { why: "the true values do not differ", value });
        }
        finite(1.0 - missed / spread)
    }

    /// The mean absolute error as a part of the true value, 1 being 100 %:
    /// `mean_absolute_percentage_error`. A true value nearer to zero than the machine epsilon
    /// 2⁻⁵² counts as that far from it, so zeros among the true values make it huge.
    ///
    /// # Errors
    /// The values are too large to be summed.
    pub fn mape(&self) -> Result<f64, Undefined> {
        self.mean(|truth, predicted| (truth - predicted).abs() / truth.abs().max(f64::EPSILON))
    }

    /// The mean pinball loss of a prediction of the quantile `alpha`, in the unit of the
    /// values: `mean_pinball_loss`. With `alpha` 0.5 it is half the mean absolute error.
    ///
    /// # Errors
    /// The values are too large to be summed.
    pub fn pinball(&self, alpha: Quantile) -> Result<f64, Undefined> {
        let alpha = alpha.get();
        self.mean(|truth, predicted| {
            let above = truth - predicted;
            if above >= 0.0 { alpha * above } else { (alpha - 1.0) * above }
        })
    }

    /// The share of true values that are not above the predicted one. A good prediction of a
    /// quantile has that quantile's coverage.
    ///
    /// # Errors
    /// None besides those of the columns.
    pub fn coverage(&self) -> Result<f64, Undefined> {
        self.mean(|truth, predicted| if truth <= predicted { 1.0 } else { 0.0 })
    }

    /// True value, predicted value and weight of the rows that weigh something.
    fn rows(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        (0..self.truth.len())
            .map(|row| (self.truth[row], self.predicted[row], self.weights.of(row)))
            .filter(|(_, _, weight)| *weight > 0.0)
    }

    /// The weighted mean of what is said of the true and the predicted value.
    fn mean(&self, of: impl Fn(f64, f64) -> f64) -> Result<f64, Undefined> {
        let weighted = self.rows().map(|(truth, predicted, weight)| weight * of(truth, predicted));
        finite(sum(weighted) / self.all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_truth_is_told_apart_from_a_bad_prediction() {
        // The mean of three times 0.1 is not 0.1, and the spread about it is not zero.
        let truth = [0.1; 3];
        let exact = Values::new(&truth, &truth, None).unwrap();
        assert_eq!(exact.r2().unwrap_err().convention(), Some(1.0));
        let off = Values::new(&truth, &[0.1, 0.2, 0.1], None).unwrap();
        assert_eq!(off.r2().unwrap_err().convention(), Some(0.0));
    }

    #[test]
    fn one_row_explains_nothing() {
        let one = Values::new(&[1.0, 2.0], &[1.0, 2.0], Some(&[1.0, 0.0])).unwrap();
        assert_eq!(one.r2(), Err(Undefined::OneRow));
        assert_eq!(one.mae(), Ok(0.0));
    }

    #[test]
    fn what_is_too_large_is_said_so() {
        let large = Values::new(&[f64::MAX, 0.0], &[-f64::MAX, 0.0], None).unwrap();
        for metric in [large.mae(), large.rmse(), large.r2(), large.mape()] {
            assert_eq!(metric, Err(Undefined::Overflow));
        }
        assert_eq!(large.coverage(), Ok(0.5));
    }
}
