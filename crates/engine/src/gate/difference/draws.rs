//! How often is drawn, and the interval that draws make.

use tollgate_stats::compare::bootstrap::{
    Bootstrap, NoBootstrap, Plan, Sample, Statistic, bootstrap,
};
use tollgate_stats::proportion::Interval;
use tollgate_stats::special::student;

use super::{Asked, Found, exactly};

/// Draws of a bootstrap. An end of an interval should not hang on fewer than [`IN_TAIL`] of them.
const REPLICATES: usize = 2_000;
const IN_TAIL: f64 = 20.0;

/// So many rows are drawn in all, for it should take seconds; but never fewer draws than tell an
/// error to a tenth.
const MOST_ROWS_DRAWN: usize = 100_000_000;
const FEWEST: usize = 60;
const MOST_REPLICATES: usize = 100_000;

/// How to draw, where something is drawn.
#[derive(Clone, Copy)]
pub(in crate::gate) struct Draws {
    pub(in crate::gate) seed: u64,
    pub(in crate::gate) threads: usize,
}

impl Asked<'_> {
    /// Draws again and again. `units` is how many independent examples there are.
    pub(super) fn drawn<S: Statistic + ?Sized>(
        &self,
        statistic: &S,
        units: usize,
        draws: Draws,
    ) -> Result<Found, String> {
        let tail = (1.0 - self.confidence) / 2.0;
        let wanted = (IN_TAIL / tail).ceil().max(REPLICATES as f64);
        let rows = match statistic.sample() {
            Sample::Rows(rows) => rows,
            Sample::Groups(sizes) => sizes.len(),
        };
        let most = (MOST_ROWS_DRAWN / rows.max(1)).clamp(FEWEST, MOST_REPLICATES) as f64;
        let replicates = wanted.min(most) as usize;
        let Draws { seed, threads } = draws;
        // With so few draws in a tail its end is chance; the error is not.
        let corrects = wanted <= most;
        let confidence = self.confidence;
        let found = bootstrap(statistic, Plan { replicates, seed, threads, confidence, corrects });
        match found {
            Ok(found) if !corrects => Ok(Found {
                interval: self.around(&found, units),
                standard_error: Some(found.standard_error),
                method: "paired bootstrap, normal interval",
            }),
            found => self.concluded(found, units, "paired bootstrap"),
        }
    }

    /// The interval that Student's distribution makes of the standard error.
    fn around(&self, found: &Bootstrap, units: usize) -> Interval {
        let degrees = units.max(2) as f64 - 1.0;
        // The bootstrap's error is that of dividing by the number of rows.
        let error = found.standard_error * (1.0 + 1.0 / degrees).sqrt();
        let reach = student::upper_quantile((1.0 - self.confidence) / 2.0, degrees) * error;
        Interval { low: found.estimate - reach, high: found.estimate + reach }
    }

    /// The corrected interval knows of skewness, and is too narrow for some hundred rows (an equal
    /// model was let through 1.5 times as often as stated); Student's is the other way round. An
    /// error must get past both.
    pub(super) fn concluded(
        &self,
        found: Result<Bootstrap, NoBootstrap>,
        units: usize,
        method: &'static str,
    ) -> Result<Found, String> {
        match found {
            Ok(found) => {
                let drawn = found.corrected.unwrap_or(found.percentile);
                let around = self.around(&found, units);
                let (low, high) = (drawn.low.min(around.low), drawn.high.max(around.high));
                let interval = Interval { low, high };
                Ok(Found { interval, standard_error: Some(found.standard_error), method })
            }
            Err(NoBootstrap::NoVariance { estimate }) => Ok(exactly(estimate, method)),
            Err(NoBootstrap::TooFew) => Err("there are too few rows".to_owned()),
            Err(NoBootstrap::TooMany) => Err("there are too many rows to draw from".to_owned()),
            Err(NoBootstrap::Undefined) => Err(format!("{} is not defined", self.metric)),
            Err(NoBootstrap::OftenUndefined { .. }) => {
                Err(format!("{} is often not defined in draws from these rows", self.metric))
            }
        }
    }
}
