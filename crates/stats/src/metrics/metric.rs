//! The metrics there are: what each needs, which way it is better, and where it lies.

use std::fmt;
use std::num::{NonZeroU16, NonZeroU32};

use super::{Average, Binary, Bins, Classes, Rankings, Undefined, Values};

/// A metric with its parameters. Reads and writes itself as the name in scikit-learn's scorers,
/// with a parameter after `@`: `f1_macro`, `ndcg@10`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Metric {
    /// [`Classes::accuracy`].
    Accuracy,
    /// [`Classes::balanced_accuracy`].
    BalancedAccuracy,
    /// [`Classes::precision`].
    Precision(Average),
    /// [`Classes::recall`].
    Recall(Average),
    /// [`Classes::f1`].
    F1(Average),
    /// [`Classes::mcc`].
    Mcc,
    /// [`Binary::roc_auc`].
    RocAuc,
    /// [`Binary::average_precision`].
    AveragePrecision,
    /// [`Binary::log_loss`].
    LogLoss,
    /// [`Binary::brier`].
    Brier,
    /// [`Binary::expected_calibration_error`].
    Ece(Bins),
    /// [`Values::mae`].
    Mae,
    /// [`Values::rmse`].
    Rmse,
    /// [`Values::r2`].
    R2,
    /// [`Values::mape`].
    Mape,
    /// [`Values::pinball`] of the quantile.
    Pinball(Quantile),
    /// [`Values::coverage`].
    Coverage,
    /// [`Rankings::ndcg`] of the first rows, or of all.
    Ndcg(Option<NonZeroU32>),
    /// [`Rankings::recall`] of the first rows.
    RecallAt(NonZeroU32),
    /// [`Rankings::mean_average_precision`] of the first rows, or of all.
    Map(Option<NonZeroU32>),
    /// [`Rankings::hit_rate`] of the first rows.
    HitRate(NonZeroU32),
}

/// A number between 0 and 1, both included.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Quantile(f64);

/// The columns from which a metric is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Needs {
    /// True and predicted classes: [`Classes`].
    Classes,
    /// Labels and scores: [`Binary`].
    Scores,
    /// True and predicted values: [`Values`].
    Values,
    /// Groups, relevances and scores: [`Rankings`].
    Groups,
}

/// Which of two values of a metric is the better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Better {
    /// The greater one.
    Greater,
    /// The smaller one.
    Less,
    /// The one nearer to what was aimed at.
    Nearer,
}

/// Columns that were checked and prepared, for any metric that needs them.
#[derive(Clone, Debug)]
pub enum Rows<'a> {
    /// For metrics of predicted classes.
    Classes(Classes),
    /// For metrics of scores.
    Scores(Binary),
    /// For metrics of predicted values.
    Values(Values<'a>),
    /// For metrics of rankings.
    Groups(Rankings),
}

/// How many bins a calibration error has where none are named.
pub(super) const BINS: NonZeroU16 = NonZeroU16::new(10).unwrap();

impl Metric {
    /// The metric of these rows.
    ///
    /// # Errors
    /// As the metric itself, or the rows are not what it needs.
    pub fn of(self, rows: &Rows<'_>) -> Result<f64, Undefined> {
        match rows {
            Rows::Classes(classes) => self.of_classes(classes),
            Rows::Scores(binary) => self.of_scores(binary),
            Rows::Values(values) => self.of_values(values),
            Rows::Groups(rankings) => self.of_groups(rankings),
        }
    }

    fn of_classes(self, classes: &Classes) -> Result<f64, Undefined> {
        match self {
            Self::Accuracy => classes.accuracy(),
            Self::BalancedAccuracy => classes.balanced_accuracy(),
            Self::Precision(average) => classes.precision(average),
            Self::Recall(average) => classes.recall(average),
            Self::F1(average) => classes.f1(average),
            Self::Mcc => classes.mcc(),
            _ => Err(self.mismatch(Needs::Classes)),
        }
    }

    fn of_scores(self, binary: &Binary) -> Result<f64, Undefined> {
        match self {
            Self::RocAuc => binary.roc_auc(),
            Self::AveragePrecision => binary.average_precision(),
            Self::LogLoss => binary.log_loss(),
            Self::Brier => binary.brier(),
            Self::Ece(bins) => binary.expected_calibration_error(bins),
            _ => Err(self.mismatch(Needs::Scores)),
        }
    }

    fn of_values(self, values: &Values<'_>) -> Result<f64, Undefined> {
        match self {
            Self::Mae => values.mae(),
            Self::Rmse => values.rmse(),
            Self::R2 => values.r2(),
            Self::Mape => values.mape(),
            Self::Pinball(quantile) => values.pinball(quantile),
            Self::Coverage => values.coverage(),
            _ => Err(self.mismatch(Needs::Values)),
        }
    }

    fn of_groups(self, rankings: &Rankings) -> Result<f64, Undefined> {
        match self {
            Self::Ndcg(k) => rankings.ndcg(k),
            Self::RecallAt(k) => rankings.recall(k),
            Self::Map(k) => rankings.mean_average_precision(k),
            Self::HitRate(k) => rankings.hit_rate(k),
            _ => Err(self.mismatch(Needs::Groups)),
        }
    }

    fn mismatch(self, given: Needs) -> Undefined {
        Undefined::Mismatch { needs: self.needs(), given }
    }

    /// Which columns it is computed from.
    #[must_use]
    pub fn needs(self) -> Needs {
        match self {
            Self::Accuracy | Self::BalancedAccuracy | Self::Mcc => Needs::Classes,
            Self::Precision(_) | Self::Recall(_) | Self::F1(_) => Needs::Classes,
            Self::RocAuc | Self::AveragePrecision => Needs::Scores,
            Self::LogLoss | Self::Brier | Self::Ece(_) => Needs::Scores,
            Self::Mae | Self::Rmse | Self::R2 | Self::Mape => Needs::Values,
            Self::Pinball(_) | Self::Coverage => Needs::Values,
            Self::Ndcg(_) | Self::RecallAt(_) | Self::Map(_) | Self::HitRate(_) => Needs::Groups,
        }
    }

    /// Which of two values is the better one.
    #[must_use]
    pub fn better(self) -> Better {
        match self {
            Self::LogLoss | Self::Brier | Self::Ece(_) => Better::Less,
            Self::Mae | Self::Rmse | Self::Mape | Self::Pinball(_) => Better::Less,
            Self::Coverage => Better::Nearer,
            _ => Better::Greater,
        }
    }

    /// The least and the greatest value it can have, both included where they are finite.
    #[must_use]
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::Mcc => (-1.0, 1.0),
            Self::R2 => (f64::NEG_INFINITY, 1.0),
            Self::LogLoss | Self::Mae | Self::Rmse => (0.0, f64::INFINITY),
            Self::Mape | Self::Pinball(_) => (0.0, f64::INFINITY),
            _ => (0.0, 1.0),
        }
    }
}

impl Quantile {
    /// The quantile, if it lies between 0 and 1.
    #[must_use]
    pub fn new(alpha: f64) -> Option<Self> {
        // Zero has two signs, and one of them would be written as `-0`.
        (0.0..=1.0).contains(&alpha).then_some(Self(alpha.abs()))
    }

    /// As a number.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Classes => "true and predicted classes",
            Self::Scores => "labels and scores",
            Self::Values => "true and predicted values",
            Self::Groups => "groups, relevances and scores",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_refuses_rows_of_another_kind() {
        let classes = Rows::Classes(Classes::new(&[1], &[1], None).unwrap());
        let values = Rows::Values(Values::new(&[1.0], &[3.0], None).unwrap());
        assert_eq!(Metric::Accuracy.of(&classes), Ok(1.0));
        assert_eq!(Metric::Mae.of(&values), Ok(2.0));
        let mismatch = Undefined::Mismatch { needs: Needs::Values, given: Needs::Classes };
        assert_eq!(Metric::Mae.of(&classes), Err(mismatch));
    }

    #[test]
    fn a_quantile_lies_between_0_and_1() {
        for outside in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert_eq!(Quantile::new(outside), None, "{outside}");
        }
        assert!(Quantile::new(-0.0).is_some_and(|zero| zero.get().is_sign_positive()));
    }
}
