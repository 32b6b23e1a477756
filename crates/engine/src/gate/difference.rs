//! How much better a challenger is than a baseline on the same rows, and how sure that is.

use tollgate_stats::compare::bootstrap::groups::{Groups, Mean};
use tollgate_stats::compare::bootstrap::moments::{LEAST_ROWS, bootstrap_of_mean};
use tollgate_stats::compare::bootstrap::{
    Bootstrap, MOST_DRAWS, NoBootstrap, Plan, Sample, Statistic, bootstrap,
};
use tollgate_stats::compare::delong::{self, NoComparison};
use tollgate_stats::compare::mcnemar::Paired;
use tollgate_stats::metrics::{Better, Metric, Needs};
use tollgate_stats::normal;
use tollgate_stats::proportion::Interval;

use super::rows::{Model, Pairs};

/// Draws of a bootstrap. An end of an interval should not hang on fewer than [`IN_TAIL`] of them.
const REPLICATES: usize = 2_000;
const IN_TAIL: f64 = 20.0;

/// Kinds of rows that are worth counting together.
const KINDS: usize = 1_000;

/// A challenger's gain over a baseline: above 0 where it is better, also for metrics of which less
/// is better.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Gain {
    /// The baseline's value.
    pub(crate) was: f64,
    /// The challenger's.
    pub(crate) is: f64,
    /// By how much it is better.
    pub(crate) gain: f64,
    /// Where the true gain lies.
    pub(crate) interval: Interval,
    /// The gain's standard error; none where the rows show no scatter.
    pub(crate) standard_error: Option<f64>,
    /// By which method.
    pub(crate) method: &'static str,
}

/// How to draw, where something is drawn.
#[derive(Clone, Copy)]
pub(crate) struct Draws {
    pub(crate) seed: u64,
    pub(crate) threads: usize,
}

/// The gain on these rows, with an interval of two-sided `confidence`.
///
/// # Errors
/// The metric can't be computed, or can't be compared; a sentence.
pub(crate) fn gain(
    metric: Metric,
    models: (Model<'_>, Model<'_>),
    pairs: &Pairs,
    confidence: f64,
    draws: Draws,
) -> Result<Gain, String> {
    let sign = match metric.better() {
        Better::Greater => 1.0,
        Better::Less => -1.0,
        Better::Nearer => return Err(format!("{metric} is neither better above nor below")),
    };
    let asked = Asked { metric, challenger: models.0, baseline: models.1, pairs, sign, confidence };
    let was = asked.baseline.figure(metric, &pairs.baseline, None)?;
    let is = asked.challenger.figure(metric, &pairs.challenger, None)?;
    let found = asked.difference(draws)?;
    let reach = Interval { low: found.interval.low, high: found.interval.high };
    Ok(Gain {
        was,
        is,
        gain: sign * (is - was),
        interval: reach,
        standard_error: found.standard_error,
        method: found.method,
    })
}

struct Asked<'a> {
    metric: Metric,
    challenger: Model<'a>,
    baseline: Model<'a>,
    pairs: &'a Pairs,
    sign: f64,
    confidence: f64,
}

struct Found {
    interval: Interval,
    standard_error: Option<f64>,
    method: &'static str,
}

impl Asked<'_> {
    fn difference(&self, draws: Draws) -> Result<Found, String> {
        let weighted = self.challenger.names.weight.is_some();
        match self.metric {
            Metric::RocAuc if !weighted => self.areas(),
            Metric::Accuracy if !weighted => self.accuracies(),
            metric if !weighted && metric.needs() == Needs::Classes => self.kinds(draws),
            metric if metric.needs() == Needs::Groups => self.mean(&self.by_group()?, draws),
            Metric::Mae | Metric::Mape | Metric::Pinball(_) | Metric::LogLoss | Metric::Brier
                if !weighted =>
            {
                self.mean(&self.by_row()?, draws)
            }
            _ => self.rows(draws),
        }
    }

    fn areas(&self) -> Result<Found, String> {
        let labels = self.challenger.positives(&self.pairs.challenger)?;
        let challenger = self.challenger.scores(&self.pairs.challenger)?;
        let baseline = self.baseline.scores(&self.pairs.baseline)?;
        let method = "DeLong's test";
        match delong::compare(&labels, &baseline, &challenger, self.confidence) {
            Ok(areas) => Ok(Found {
                interval: areas.interval,
                standard_error: Some(areas.standard_error),
                method,
            }),
            Err(NoComparison::SameOrder { .. } | NoComparison::Perfect) => Ok(exactly(0.0, method)),
            Err(NoComparison::NoVariance { difference }) => Ok(exactly(difference, method)),
            Err(NoComparison::OneClass { positives, negatives }) => Err(format!(
                "there are {positives} positive and {negatives} negative rows: too few of one"
            )),
            Err(NoComparison::NotANumber) => Err("a score is not a number".to_owned()),
            Err(NoComparison::Lengths) => Err("the models have different rows".to_owned()),
        }
    }

    fn accuracies(&self) -> Result<Found, String> {
        let ours = self.challenger.classes(&self.pairs.challenger)?;
        let theirs = self.baseline.classes(&self.pairs.baseline)?;
        let (right, was_right) = (ours.right(), theirs.right());
        let paired = Paired::count(was_right.zip(right));
        let compared = paired.compare(self.confidence).ok_or("there are no rows")?;
        // What Tango's interval is at, for how many rows it would take.
        let (rows, lost) = (paired.rows() as f64, paired.baseline_only as f64);
        let differ = (lost + paired.challenger_only as f64) / rows;
        let variance = (differ - compared.difference * compared.difference) / rows;
        let method = "McNemar's test with Tango's interval";
        let standard_error = (variance > 0.0).then(|| variance.sqrt());
        Ok(Found { interval: compared.interval, standard_error, method })
    }

    // Metrics of classes only depend on how many rows there are of each kind.
    fn kinds(&self, draws: Draws) -> Result<Found, String> {
        let ours = self.challenger.classes(&self.pairs.challenger)?;
        let theirs = self.baseline.classes(&self.pairs.baseline)?;
        let mut kinds: std::collections::BTreeMap<[u32; 4], (u32, usize)> = Default::default();
        for row in 0..ours.truth.len() {
            // Each model's classes have numbers of their own.
            let kind =
                [ours.truth[row], ours.predicted[row], theirs.truth[row], theirs.predicted[row]];
            kinds.entry(kind).or_insert((0, row)).0 += 1;
        }
        if kinds.len() > KINDS {
            return self.rows(draws);
        }
        let (sizes, examples): (Vec<u32>, Vec<usize>) = kinds.into_values().unzip();
        let ours: Vec<usize> = examples.iter().map(|at| self.pairs.challenger[*at]).collect();
        let theirs: Vec<usize> = examples.iter().map(|at| self.pairs.baseline[*at]).collect();
        let figure = |counts: &[u32]| {
            let is = self.challenger.figure(self.metric, &ours, Some(counts)).ok()?;
            Some(self.sign * (is - self.baseline.figure(self.metric, &theirs, Some(counts)).ok()?))
        };
        self.drawn(&Groups::new(sizes, figure), draws)
    }

    fn by_row(&self) -> Result<Vec<f64>, String> {
        let each = |model: Model<'_>, rows: &[usize]| {
            rows.iter().map(|row| model.figure(self.metric, &[*row], None)).collect()
        };
        let ours: Result<Vec<f64>, _> = each(self.challenger, &self.pairs.challenger);
        let theirs: Result<Vec<f64>, _> = each(self.baseline, &self.pairs.baseline);
        let both = ours?.into_iter().zip(theirs?);
        Ok(both.map(|(is, was)| self.sign * (is - was)).collect())
    }

    fn by_group(&self) -> Result<Vec<f64>, String> {
        let groups = self.challenger.groups(&self.pairs.challenger)?;
        let mut rows: std::collections::BTreeMap<u32, Vec<usize>> = Default::default();
        groups.iter().enumerate().for_each(|(at, group)| rows.entry(*group).or_default().push(at));
        let difference = |at: &Vec<usize>| {
            let ours: Vec<usize> = at.iter().map(|at| self.pairs.challenger[*at]).collect();
            let theirs: Vec<usize> = at.iter().map(|at| self.pairs.baseline[*at]).collect();
            let is = self.challenger.figure(self.metric, &ours, None)?;
            Ok(self.sign * (is - self.baseline.figure(self.metric, &theirs, None)?))
        };
        rows.values().map(difference).collect()
    }

    fn mean(&self, differences: &[f64], draws: Draws) -> Result<Found, String> {
        if differences.len() < LEAST_ROWS {
            let mean = Mean::new(differences.to_vec()).ok_or("a figure is not a number")?;
            return self.drawn(&mean, draws);
        }
        self.concluded(bootstrap_of_mean(differences, self.confidence), "bootstrap of the mean")
    }

    fn rows(&self, draws: Draws) -> Result<Found, String> {
        let statistic = Redrawn(self);
        self.drawn(&statistic, draws)
    }

    fn drawn<S: Statistic + ?Sized>(&self, statistic: &S, draws: Draws) -> Result<Found, String> {
        let tail = (1.0 - self.confidence) / 2.0;
        let wanted = (IN_TAIL / tail).ceil().max(REPLICATES as f64);
        let rows = match statistic.sample() {
            Sample::Rows(rows) => rows,
            Sample::Groups(sizes) => sizes.len(),
        };
        let most = (MOST_DRAWS / (rows.max(1) as u64)).min(100_000) as f64;
        let replicates = wanted.min(most) as usize;
        let Draws { seed, threads } = draws;
        let plan = Plan { replicates, seed, threads, confidence: self.confidence };
        let found = bootstrap(statistic, plan);
        // With so few draws in a tail its end is chance; the error is not.
        match found {
            Ok(found) if wanted > most => {
                let reach = -normal::quantile(tail) * found.standard_error;
                let (low, high) = (found.estimate - reach, found.estimate + reach);
                let standard_error = Some(found.standard_error);
                let method = "paired bootstrap, normal interval";
                Ok(Found { interval: Interval { low, high }, standard_error, method })
            }
            found => self.concluded(found, "paired bootstrap"),
        }
    }

    fn concluded(
        &self,
        found: Result<Bootstrap, NoBootstrap>,
        method: &'static str,
    ) -> Result<Found, String> {
        match found {
            Ok(found) => Ok(Found {
                interval: found.corrected.unwrap_or(found.percentile),
                standard_error: Some(found.standard_error),
                method,
            }),
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

fn exactly(difference: f64, method: &'static str) -> Found {
    let interval = Interval { low: difference, high: difference };
    Found { interval, standard_error: None, method }
}

/// A metric that is computed anew of each draw.
struct Redrawn<'a>(&'a Asked<'a>);

impl Statistic for Redrawn<'_> {
    fn sample(&self) -> Sample<'_> {
        Sample::Rows(self.0.pairs.challenger.len())
    }

    fn of(&self, counts: &[u32]) -> Option<f64> {
        let asked = self.0;
        let figure = |model: Model<'_>, rows| model.figure(asked.metric, rows, Some(counts)).ok();
        let is = figure(asked.challenger, &asked.pairs.challenger)?;
        Some(asked.sign * (is - figure(asked.baseline, &asked.pairs.baseline)?))
    }
}
