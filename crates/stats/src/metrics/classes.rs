//! Predicted classes, of any number, against the true ones.

use super::sum::{finite, sum};
use super::tally::{Tally, Versus, tallies};
use super::{Confusion, Undefined};

/// How the figures of single classes become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Average {
    /// The figure of the positive class, of two.
    Binary,
    /// The mean over classes.
    Macro,
    /// From the sums over classes.
    Micro,
    /// The mean over classes by how many rows are truly of each.
    Weighted,
}

/// True and predicted classes, tallied once for all metrics.
///
/// Classes are told by numbers that mean nothing but "the same" and "another". Those that occur
/// count, in truth or as a prediction, as in scikit-learn; but a row that weighs nothing is absent
/// here. Memory grows with the classes that occur, not with their square.
#[derive(Clone, Debug)]
pub struct Classes {
    confusion: Confusion,
    /// Of each class that occurs, in rising order of id.
    tallies: Vec<Tally>,
    positive: u32,
    all: f64,
}

impl Classes {
    /// The true class of each row, and the predicted one. Without `weights` each row weighs one.
    /// The positive class is 1, if [`Classes::with_positive`] names no other.
    ///
    /// # Errors
    /// No rows, differing lengths, a weight that is no number or below zero, or no weight at all.
    pub fn new(
        truth: &[u32],
        predicted: &[u32],
        weights: Option<&[f64]>,
    ) -> Result<Self, Undefined> {
        let confusion = Confusion::new(truth, predicted, weights)?;
        let tallies = tallies(&confusion);
        let all = finite(sum(tallies.iter().map(|tally| tally.truth)))?;
        Ok(Self { confusion, tallies, positive: 1, all })
    }

    /// What was predicted for what.
    #[must_use]
    pub fn confusion(&self) -> &Confusion {
        &self.confusion
    }

    /// The same with another positive class, for [`Average::Binary`].
    #[must_use]
    pub fn with_positive(self, positive: u32) -> Self {
        Self { positive, ..self }
    }

    /// The share of rows whose class was predicted: `accuracy_score`.
    ///
    /// # Errors
    /// None besides those of the columns.
    pub fn accuracy(&self) -> Result<f64, Undefined> {
        self.micro(Figure::Recall)
    }

    /// The mean of recall over the classes that truly occur: `balanced_accuracy_score`, not
    /// adjusted for chance.
    ///
    /// # Errors
    /// None besides those of the columns.
    pub fn balanced_accuracy(&self) -> Result<f64, Undefined> {
        let true_ones = self.tallies.iter().filter(|tally| tally.truth > 0.0);
        let recalls: Vec<f64> = true_ones.map(|tally| tally.hit / tally.truth).collect();
        finite(sum(recalls.iter().copied()) / recalls.len() as f64)
    }

    /// The share of what was predicted to be of a class that is: `precision_score`.
    ///
    /// # Errors
    /// Nothing was predicted to be of a class that counts: that class has 0 by convention. Not two
    /// classes, where two are needed.
    pub fn precision(&self, average: Average) -> Result<f64, Undefined> {
        self.averaged(Figure::Precision, average)
    }

    /// The share of what is of a class that was predicted so: `recall_score`.
    ///
    /// # Errors
    /// Nothing is truly of a class that counts: that class has 0 by convention. Not two classes,
    /// where two are needed.
    pub fn recall(&self, average: Average) -> Result<f64, Undefined> {
        self.averaged(Figure::Recall, average)
    }

    /// The harmonic mean of precision and recall: `f1_score`. Averaged over classes after it, not
    /// before.
    ///
    /// # Errors
    /// A class that counts neither is nor was predicted: it has 0 by convention. Not two classes,
    /// where two are needed.
    pub fn f1(&self, average: Average) -> Result<f64, Undefined> {
        self.averaged(Figure::F1, average)
    }

    /// Matthews' correlation coefficient, −1 to 1, of any number of classes:
    /// `matthews_corrcoef`.
    ///
    /// Source: J. Gorodkin, "Comparing two K-category assignments by a K-category correlation
    /// coefficient", Computational Biology and Chemistry 28 (2004) 367–374.
    ///
    /// # Errors
    /// All rows are, or were predicted to be, of one class: 0 by convention.
    pub fn mcc(&self) -> Result<f64, Undefined> {
        if self.constant(|tally| tally.truth) {
            let why = "all rows are of one class";
            return Err(Undefined::ZeroDivision { why, value: 0.0 });
        }
        if self.constant(|tally| tally.predicted) {
            let why = "all rows were predicted to be of one class";
            return Err(Undefined::ZeroDivision { why, value: 0.0 });
        }
        let covariance = self.total(|class| class.both * class.neither - class.over * class.under);
        let truths = self.total(|class| class.truth() * (class.neither + class.over));
        let predictions = self.total(|class| class.predicted() * (class.neither + class.under));
        finite((covariance / (truths.sqrt() * predictions.sqrt())).clamp(-1.0, 1.0))
    }

    /// Summed over classes, each against the rest.
    fn total(&self, of: impl Fn(&Versus) -> f64) -> f64 {
        sum(self.tallies.iter().map(|tally| of(&tally.against_the_rest(self.all))))
    }

    fn constant(&self, of: impl Fn(&Tally) -> f64) -> bool {
        self.tallies.iter().filter(|tally| of(tally) > 0.0).count() == 1
    }

    fn averaged(&self, figure: Figure, average: Average) -> Result<f64, Undefined> {
        match average {
            Average::Binary => self.binary(figure),
            Average::Micro => self.micro(figure),
            Average::Macro => self.mean(figure, |_| 1.0),
            Average::Weighted => self.mean(figure, |tally| tally.truth),
        }
    }

    fn binary(&self, figure: Figure) -> Result<f64, Undefined> {
        let is_positive = |tally: &&Tally| tally.class == self.positive;
        let classes = self.tallies.len();
        let positive = self.tallies.iter().find(is_positive);
        match (classes, positive) {
            (1 | 2, Some(tally)) => figure.of(tally).ok_or_else(|| figure.undefined(0.0)),
            // All rows are negative, and were predicted to be.
            (1, None) => Err(figure.undefined(0.0)),
            _ => Err(Undefined::NotBinary { classes }),
        }
    }

    fn micro(&self, figure: Figure) -> Result<f64, Undefined> {
        let of = |field: fn(&Tally) -> f64| sum(self.tallies.iter().map(field));
        let whole = Tally {
            class: 0,
            truth: of(|tally| tally.truth),
            predicted: of(|tally| tally.predicted),
            hit: of(|tally| tally.hit),
        };
        figure.of(&whole).ok_or_else(|| figure.undefined(0.0))
    }

    /// The mean over classes. A class without the figure has zero in it by convention, and the
    /// mean is the convention's where such a class has any weight.
    fn mean(&self, figure: Figure, weight: impl Fn(&Tally) -> f64) -> Result<f64, Undefined> {
        let all = sum(self.tallies.iter().map(&weight));
        let mut conventional = false;
        let parts = self.tallies.iter().map(|tally| {
            let value = figure.of(tally);
            conventional |= value.is_none() && weight(tally) > 0.0;
            weight(tally) * value.unwrap_or(0.0)
        });
        let mean = finite((sum(parts) / all).min(1.0))?;
        if conventional { Err(figure.undefined(mean)) } else { Ok(mean) }
    }
}

#[derive(Clone, Copy)]
enum Figure {
    Precision,
    Recall,
    F1,
}

impl Figure {
    /// The figure of one class, if it has one.
    fn of(self, tally: &Tally) -> Option<f64> {
        let whole = match self {
            Self::Precision => tally.predicted,
            Self::Recall => tally.truth,
            Self::F1 => tally.truth.midpoint(tally.predicted),
        };
        (whole > 0.0).then(|| (tally.hit / whole).min(1.0))
    }

    fn undefined(self, value: f64) -> Undefined {
        let why = match self {
            Self::Precision => "nothing was predicted to be of a class that counts",
            Self::Recall => "nothing is truly of a class that counts",
            Self::F1 => "nothing is, or was predicted to be, of a class that counts",
        };
        Undefined::ZeroDivision { why, value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_that_is_never_predicted_has_precision_by_convention() {
        let classes = Classes::new(&[0, 1, 1, 0], &[0, 0, 0, 0], None).unwrap();
        for average in [Average::Binary, Average::Macro, Average::Weighted] {
            let undefined = classes.precision(average).unwrap_err();
            let expected = if average == Average::Binary { 0.0 } else { 0.25 };
            assert_eq!(undefined.convention(), Some(expected), "{average:?}");
        }
        assert_eq!(classes.precision(Average::Micro), Ok(0.5));
        assert_eq!(classes.recall(Average::Binary), Ok(0.0));
        assert_eq!(classes.f1(Average::Binary), Ok(0.0));
        assert_eq!(classes.mcc().unwrap_err().convention(), Some(0.0));
    }

    #[test]
    fn a_convention_without_weight_is_none() {
        let classes = Classes::new(&[0, 0], &[0, 1], None).unwrap();
        assert_eq!(classes.recall(Average::Weighted), Ok(0.5));
        assert_eq!(classes.recall(Average::Macro).unwrap_err().convention(), Some(0.25));
        assert_eq!(classes.balanced_accuracy(), Ok(0.5));
    }

    #[test]
    fn the_positive_class_is_one_of_two() {
        let three = Classes::new(&[0, 1, 2], &[0, 1, 2], None).unwrap();
        assert_eq!(three.f1(Average::Binary), Err(Undefined::NotBinary { classes: 3 }));
        let others = Classes::new(&[5, 7], &[5, 5], None).unwrap();
        assert_eq!(others.f1(Average::Binary), Err(Undefined::NotBinary { classes: 2 }));
        assert_eq!(others.with_positive(5).recall(Average::Binary), Ok(1.0));
        let negative = Classes::new(&[0], &[0], None).unwrap();
        assert_eq!(negative.f1(Average::Binary).unwrap_err().convention(), Some(0.0));
    }
}
