//! How much better a challenger is than a baseline on the same rows, and how sure that is.

mod analytic;
mod draws;
mod kinds;
mod means;
mod redrawn;
mod scored;

use tollgate_stats::compare::bootstrap::scored::Figure;
use tollgate_stats::metrics::{Better, Bins, Metric, Needs};
use tollgate_stats::proportion::Interval;

use super::model::Model;
use super::pairs::Pairs;
pub(super) use draws::Draws;

/// A challenger's gain over a baseline: above 0 where it is better, also for metrics of which less
/// is better.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Gain {
    /// The baseline's value.
    pub(super) was: f64,
    /// The challenger's.
    pub(super) is: f64,
    /// By how much it is better.
    pub(super) gain: f64,
    /// Where the true gain lies.
    pub(super) interval: Interval,
    /// The gain's standard error; none where the rows show no scatter.
    pub(super) standard_error: Option<f64>,
    /// By which method.
    pub(super) method: &'static str,
    /// Whether both predict the same for each row.
    pub(super) is_same: bool,
}

/// The gain on these rows, with an interval of two-sided `confidence`.
///
/// # Errors
/// The metric can't be computed, or can't be compared; a sentence.
pub(super) fn gain(
    metric: Metric,
    (challenger, baseline): (Model<'_>, Model<'_>),
    pairs: &Pairs,
    confidence: f64,
    draws: Draws,
) -> Result<Gain, String> {
    let sign = match metric.better() {
        Better::Greater => 1.0,
        Better::Less => -1.0,
        Better::Nearer => return Err(format!("{metric} is neither better above nor below")),
    };
    let was = baseline.figure(metric, &pairs.baseline, None)?;
    let is = challenger.figure(metric, &pairs.challenger, None)?;
    let asked = Asked { metric, challenger, baseline, pairs, sign, confidence };
    let is_same = asked.is_same()?;
    let (gain, found) = match is_same {
        true => (0.0, exactly(0.0, "the same predictions")),
        false => (sign * (is - was), asked.difference(draws)?),
    };
    let Found { interval, standard_error, method } = found;
    Ok(Gain { was, is, gain, interval, standard_error, method, is_same })
}

/// What is to be told of two models.
struct Asked<'a> {
    metric: Metric,
    challenger: Model<'a>,
    baseline: Model<'a>,
    pairs: &'a Pairs,
    /// Of a gain: below 0 where less is better.
    sign: f64,
    confidence: f64,
}

/// Where the true gain lies.
struct Found {
    interval: Interval,
    standard_error: Option<f64>,
    method: &'static str,
}

impl Asked<'_> {
    fn is_same(&self) -> Result<bool, String> {
        let (ours, theirs) = (&self.pairs.challenger, &self.pairs.baseline);
        Ok(match self.metric.needs() {
            Needs::Classes if self.challenger.names.prediction.is_some() => {
                self.challenger.names_predicted(ours)? == self.baseline.names_predicted(theirs)?
            }
            Needs::Values => self.challenger.estimates(ours)? == self.baseline.estimates(theirs)?,
            _ => self.challenger.scores(ours)? == self.baseline.scores(theirs)?,
        })
    }

    /// By the fastest method that is exact enough for the metric.
    fn difference(&self, draws: Draws) -> Result<Found, String> {
        let weighted = self.challenger.names.weight.is_some();
        match self.metric {
            Metric::RocAuc if !weighted => self.areas(),
            Metric::Accuracy if !weighted => self.accuracies(),
            Metric::AveragePrecision => self.scored(Figure::AveragePrecision, draws),
            Metric::Ece(Bins::EqualWidth(bins)) => {
                self.scored(Figure::CalibrationError(bins), draws)
            }
            metric if !weighted && metric.needs() == Needs::Classes => self.kinds(draws),
            metric if metric.needs() == Needs::Groups => self.mean(&self.by_group()?, draws),
            Metric::Mae | Metric::Mape | Metric::Pinball(_) | Metric::LogLoss | Metric::Brier
                if !weighted =>
            {
                self.mean(&self.by_row()?, draws)
            }
            _ => self.redrawn(draws),
        }
    }
}

/// A difference without any scatter.
fn exactly(difference: f64, method: &'static str) -> Found {
    let interval = Interval { low: difference, high: difference };
    Found { interval, standard_error: None, method }
}
