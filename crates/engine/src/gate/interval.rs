//! Where the true value of one model's metric lies.

use tollgate_stats::compare::bootstrap::{Plan, Sample, Statistic, bootstrap};
use tollgate_stats::metrics::{Metric, Needs};
use tollgate_stats::normal;
use tollgate_stats::proportion::Interval;

use super::difference::Draws;
use super::model::Model;

/// Draws for an interval that is looked at, and the fewest that tell an error.
const REPLICATES: usize = 400;
const FEWEST: usize = 100;

/// Rows × draws beyond which it would take longer than it is worth: with so many rows the interval
/// is narrow.
const MOST: usize = 4_000_000;

struct Redrawn<'a> {
    metric: Metric,
    model: Model<'a>,
    rows: &'a [usize],
}

impl Statistic for Redrawn<'_> {
    fn sample(&self) -> Sample<'_> {
        Sample::Rows(self.rows.len())
    }

    fn of(&self, counts: &[u32]) -> Option<f64> {
        self.model.figure(self.metric, self.rows, Some(counts)).ok()
    }
}

/// The interval of two-sided `confidence`, and the standard error, by the bootstrap; nothing where
/// it would take too long or the rows show no scatter. Rankings are not drawn row by row.
pub(crate) fn interval(
    metric: Metric,
    model: Model<'_>,
    rows: &[usize],
    confidence: f64,
    draws: Draws,
) -> Option<(Interval, f64)> {
    let replicates = (MOST / rows.len().max(1)).min(REPLICATES);
    if metric.needs() == Needs::Groups || replicates < FEWEST {
        return None;
    }
    let Draws { seed, threads } = draws;
    let plan = Plan { replicates, seed, threads, confidence, corrects: false };
    let found = bootstrap(&Redrawn { metric, model, rows }, plan).ok()?;
    let reach = -normal::quantile((1.0 - confidence) / 2.0) * found.standard_error;
    let around = Interval { low: found.estimate - reach, high: found.estimate + reach };
    let interval = if replicates < REPLICATES { around } else { found.percentile };
    let (least, greatest) = metric.range();
    let within = |end: f64| end.clamp(least, greatest);
    let interval = Interval { low: within(interval.low), high: within(interval.high) };
    Some((interval, found.standard_error))
}
