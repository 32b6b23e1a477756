//! How much better a challenger is than a baseline on the same rows, and how sure that is.

use tollgate_stats::compare::bootstrap::groups::{Groups, Mean};
use tollgate_stats::compare::bootstrap::moments::{LEAST_ROWS, bootstrap_of_mean};
use tollgate_stats::compare::bootstrap::scored::{Figure, PairedScores, Scored};
use tollgate_stats::compare::bootstrap::{
    Bootstrap, NoBootstrap, Plan, Sample, Statistic, bootstrap,
};
use tollgate_stats::compare::delong::{self, NoComparison};
use tollgate_stats::compare::mcnemar::Paired;
use tollgate_stats::metrics::{Better, Bins, Metric, Needs};
use tollgate_stats::proportion::Interval;
use tollgate_stats::special::student;

use super::rows::{Model, Pairs};

/// Draws of a bootstrap. An end of an interval should not hang on fewer than [`IN_TAIL`] of them.
const REPLICATES: usize = 2_000;
const IN_TAIL: f64 = 20.0;

/// So many rows are drawn in all, for it should take seconds; but never fewer draws than tell an
/// error to a tenth.
const MOST_ROWS_DRAWN: usize = 100_000_000;
const FEWEST: usize = 60;
const MOST_REPLICATES: usize = 100_000;

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
    /// Whether both predict the same for each row.
    pub(crate) is_same: bool,
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
    if asked.is_same()? {
        let method = "the same predictions";
        let Found { interval, standard_error, method } = exactly(0.0, method);
        return Ok(Gain { was, is, gain: 0.0, interval, standard_error, method, is_same: true });
    }
    let found = asked.difference(draws)?;
    let reach = Interval { low: found.interval.low, high: found.interval.high };
    Ok(Gain {
        was,
        is,
        gain: sign * (is - was),
        interval: reach,
        standard_error: found.standard_error,
        method: found.method,
        is_same: false,
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
        self.drawn(&Groups::new(sizes, figure), self.pairs.challenger.len(), draws)
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
            return self.drawn(&mean, differences.len(), draws);
        }
        let found = bootstrap_of_mean(differences, self.confidence);
        self.concluded(found, differences.len(), "bootstrap of the mean")
    }

    fn scored(&self, figure: Figure, draws: Draws) -> Result<Found, String> {
        let (ours, theirs) = (&self.pairs.challenger, &self.pairs.baseline);
        let positive = self.challenger.positives(ours)?;
        let weights = self.challenger.weights(ours, None)?;
        let rows = Scored {
            positive: &positive,
            weights: weights.as_deref(),
            baseline: &self.baseline.scores(theirs)?,
            challenger: &self.challenger.scores(ours)?,
        };
        let unfit = || format!("{} can't be computed of these scores", self.metric);
        let statistic = PairedScores::new(figure, rows).ok_or_else(unfit)?;
        let turned = Turned { sign: self.sign, statistic };
        self.drawn(&turned, positive.len(), draws)
    }

    fn rows(&self, draws: Draws) -> Result<Found, String> {
        let challenger = InOrder::of(self.metric, self.challenger, &self.pairs.challenger)?;
        let baseline = InOrder::of(self.metric, self.baseline, &self.pairs.baseline)?;
        let statistic = Redrawn { metric: self.metric, sign: self.sign, challenger, baseline };
        self.drawn(&statistic, self.pairs.challenger.len(), draws)
    }

    /// `units` is how many independent examples there are.
    fn drawn<S: Statistic + ?Sized>(
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
    fn concluded(
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

fn exactly(difference: f64, method: &'static str) -> Found {
    let interval = Interval { low: difference, high: difference };
    Found { interval, standard_error: None, method }
}

/// A difference with the sign that says by how much the challenger is better.
struct Turned {
    sign: f64,
    statistic: PairedScores,
}

impl Statistic for Turned {
    fn sample(&self) -> Sample<'_> {
        self.statistic.sample()
    }

    fn of(&self, counts: &[u32]) -> Option<f64> {
        Some(self.sign * self.statistic.of(counts)?)
    }
}

/// A metric that is computed anew of each draw.
struct Redrawn<'a> {
    metric: Metric,
    sign: f64,
    challenger: InOrder<'a>,
    baseline: InOrder<'a>,
}

/// A model's rows in the order of its scores: metrics sort by them, and what is sorted already is
/// sorted in no time.
struct InOrder<'a> {
    model: Model<'a>,
    rows: Vec<usize>,
    /// Which pair each of the rows is of.
    pairs: Vec<usize>,
}

impl<'a> InOrder<'a> {
    fn of(metric: Metric, model: Model<'a>, rows: &[usize]) -> Result<Self, String> {
        let mut pairs: Vec<usize> = (0..rows.len()).collect();
        if metric.needs() == Needs::Scores {
            let scores = model.scores(rows)?;
            pairs.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        }
        Ok(Self { model, rows: pairs.iter().map(|pair| rows[*pair]).collect(), pairs })
    }

    fn figure(&self, metric: Metric, counts: &[u32]) -> Option<f64> {
        let counts: Vec<u32> = self.pairs.iter().map(|pair| counts[*pair]).collect();
        self.model.figure(metric, &self.rows, Some(&counts)).ok()
    }
}

impl Statistic for Redrawn<'_> {
    fn sample(&self) -> Sample<'_> {
        Sample::Rows(self.challenger.rows.len())
    }

    fn of(&self, counts: &[u32]) -> Option<f64> {
        let is = self.challenger.figure(self.metric, counts)?;
        Some(self.sign * (is - self.baseline.figure(self.metric, counts)?))
    }
}
