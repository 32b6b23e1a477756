//! The bootstrap: where any figure lies, by drawing rows with replacement again and again.
//!
//! It is paired by its shape. A statistic is a function of how often each row was drawn, so that
//! a difference of two models' metrics sees the same rows for both.
//!
//! What it costs is `replicates` × what one evaluation costs. Paired [areas](area::PairedAreas) and
//! [scores](scored::PairedScores) sort once and take one walk over the rows for each: for 100 000
//! rows and 2 000 replicates some seconds. What depends on few distinct rows, as all metrics of predicted classes do, is counted
//! in [groups] and does not depend on the number of rows at all. A mean of many rows, such as a
//! difference of losses, is told by its [moments] without any draw. Draws of single rows are
//! limited to [`MOST_DRAWS`]: beyond use fewer replicates, or DeLong's method, which at such a
//! size is as exact.

mod accelerate;
pub mod area;
mod draw;
pub mod groups;
pub mod moments;
pub mod scored;

use super::random::Random;
use crate::normal;
use crate::proportion::Interval;
use draw::Draw;

/// A figure of a set of rows.
pub trait Statistic: Sync {
    /// What is drawn from.
    fn sample(&self) -> Sample<'_>;

    /// The figure, if row (or group) `i` is there `counts[i]` times. Nothing where it has none, as
    /// an area under a curve without negatives.
    fn of(&self, counts: &[u32]) -> Option<f64>;
}

/// What is drawn from.
#[derive(Clone, Copy, Debug)]
pub enum Sample<'a> {
    /// So many rows.
    Rows(usize),
    /// Groups of equal rows, each so large. Their counts are drawn at once.
    Groups(&'a [u32]),
}

/// How to draw.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How often: 2 000 for an interval of 95 %, more for more.
    pub replicates: usize,
    /// The same seed gives the same answer.
    pub seed: u64,
    /// On how many threads. The answer does not depend on it. At most 64 are started.
    pub threads: usize,
    /// Of the intervals, two-sided.
    pub confidence: f64,
    /// Whether the corrected interval is wanted: it takes up to 500 figures more.
    pub corrects: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Bootstrap {
    /// The figure of the rows themselves.
    pub estimate: f64,
    /// The standard deviation of the replicates.
    pub standard_error: f64,
    /// The middle share of the replicates.
    pub percentile: Interval,
    /// Corrected for bias and for an error that changes with the figure: prefer it. Nothing where
    /// all replicates lie on one side of the estimate, or leaving out rows changes nothing.
    pub corrected: Option<Interval>,
    /// In how many replicates the figure was undefined. They are left out.
    pub undefined: usize,
}

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NoBootstrap {
    /// Fewer than two rows, or fewer than [`LEAST_REPLICATES`] replicates.
    TooFew,
    /// More than [`MOST_DRAWS`] draws, [`MOST_REPLICATES`] replicates, [`MOST_GROUPS`] groups or
    /// 2³² − 1 rows.
    TooMany,
    /// The figure is not defined for the rows, or not finite.
    Undefined,
    /// It is undefined in more than one of twenty replicates: what is left would be a biased
    /// choice.
    OftenUndefined {
        /// In how many.
        undefined: usize,
    },
    /// Every replicate is the same.
    NoVariance {
        /// The figure.
        estimate: f64,
    },
}

/// Rows × replicates, as of a million rows 2 000 times: from ten seconds to half a minute on one
/// thread.
pub const MOST_DRAWS: u64 = 2_000_000_000;

/// More tell nothing more.
pub const MOST_REPLICATES: usize = 1_000_000;

/// With so many groups, leaving each out once costs as much as drawing. Draw rows where there are
/// more.
pub const MOST_GROUPS: usize = 2_000;

/// With fewer the ends of an interval are chance.
pub const LEAST_REPLICATES: usize = 99;

/// Draws, and tells where the figure lies.
///
/// Sources: B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap" (1993), ch. 13 and
/// 14; B. Efron, "Better Bootstrap Confidence Intervals", Journal of the American Statistical
/// Association 82 (1987) 171–185. Percentiles are interpolated linearly, as NumPy's are.
///
/// # Errors
/// See [`NoBootstrap`].
///
/// # Panics
/// `confidence` is not between 0 and 1.
pub fn bootstrap<S: Statistic + ?Sized>(
    statistic: &S,
    plan: Plan,
) -> Result<Bootstrap, NoBootstrap> {
    assert!(plan.confidence > 0.0 && plan.confidence < 1.0, "a confidence lies between 0 and 1");
    let draw = Draw::of(statistic.sample(), plan.replicates)?;
    let estimate = finite(statistic.of(&draw.whole())).ok_or(NoBootstrap::Undefined)?;
    let replicates = replicates(statistic, &draw, plan);
    let undefined = plan.replicates - replicates.len();
    if undefined * 20 > plan.replicates {
        return Err(NoBootstrap::OftenUndefined { undefined });
    }
    if replicates.first() == replicates.last() {
        return Err(NoBootstrap::NoVariance { estimate });
    }
    let tail = (1.0 - plan.confidence) / 2.0;
    Ok(Bootstrap {
        estimate,
        standard_error: deviation(&replicates),
        percentile: between(&replicates, tail, 1.0 - tail),
        corrected: plan
            .corrects
            .then(|| corrected(statistic, &draw, estimate, &replicates, tail))
            .flatten(),
        undefined,
    })
}

fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

/// The figures that are defined, in order. Each has a stream of its own.
fn replicates<S: Statistic + ?Sized>(statistic: &S, draw: &Draw<'_>, plan: Plan) -> Vec<f64> {
    let mut values = vec![None; plan.replicates];
    let share = plan.replicates.div_ceil(plan.threads.clamp(1, 64));
    let fill = |part: usize, values: &mut [Option<f64>]| {
        let mut counts = draw.whole();
        for (offset, value) in values.iter_mut().enumerate() {
            let stream = (part * share + offset) as u64;
            draw.again(&mut Random::new(plan.seed, stream), &mut counts);
            *value = finite(statistic.of(&counts));
        }
    };
    if share == plan.replicates {
        fill(0, &mut values);
    } else {
        std::thread::scope(|scope| {
            for (part, values) in values.chunks_mut(share).enumerate() {
                scope.spawn(move || fill(part, values));
            }
        });
    }
    let mut defined: Vec<f64> = values.into_iter().flatten().collect();
    defined.sort_unstable_by(f64::total_cmp);
    defined
}

fn deviation(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt()
}

fn between(sorted: &[f64], low: f64, high: f64) -> Interval {
    Interval { low: percentile(sorted, low), high: percentile(sorted, high) }
}

/// As NumPy's `percentile` does it, for a share of 1.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let place = share.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    let (low, high) = (sorted[below], sorted[above]);
    low + (high - low) * (place - place.floor())
}

fn corrected<S: Statistic + ?Sized>(
    statistic: &S,
    draw: &Draw<'_>,
    estimate: f64,
    sorted: &[f64],
    tail: f64,
) -> Option<Interval> {
    let less = sorted.partition_point(|value| *value < estimate);
    let no_more = sorted.partition_point(|value| *value <= estimate);
    let bias = normal::quantile((less + no_more) as f64 / (2 * sorted.len()) as f64);
    let acceleration = accelerate::acceleration(statistic, draw)?;
    let shifted = |z: f64| {
        let from = bias + z;
        normal::tail(-(bias + from / (1.0 - acceleration * from)))
    };
    let z = normal::quantile(tail);
    bias.is_finite().then(|| between(sorted, shifted(z), shifted(-z)))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Share<'a>(&'a [f64]);

    impl Statistic for Share<'_> {
        fn sample(&self) -> Sample<'_> {
            Sample::Rows(self.0.len())
        }

        fn of(&self, counts: &[u32]) -> Option<f64> {
            let sum = self.0.iter().zip(counts).map(|(x, n)| x * f64::from(*n)).sum::<f64>();
            Some(sum / self.0.len() as f64)
        }
    }

    /// Defined only if the first row was drawn.
    struct Rare;

    impl Statistic for Rare {
        fn sample(&self) -> Sample<'_> {
            Sample::Rows(10)
        }

        fn of(&self, counts: &[u32]) -> Option<f64> {
            (counts[0] > 0).then(|| f64::from(counts[0]))
        }
    }

    fn plan(threads: usize) -> Plan {
        Plan { replicates: 500, seed: 11, threads, confidence: 0.9, corrects: true }
    }

    #[test]
    fn the_answer_does_not_depend_on_the_threads() {
        let values: Vec<f64> = (0..50).map(|x| f64::from(x * x)).collect();
        let alone = bootstrap(&Share(&values), plan(1)).unwrap();
        for threads in [0, 2, 3, 7, 64, 10_000] {
            assert_eq!(bootstrap(&Share(&values), plan(threads)).unwrap(), alone, "{threads}");
        }
    }

    #[test]
    fn another_seed_is_another_answer() {
        let values: Vec<f64> = (0..50).map(|x| f64::from(x * x)).collect();
        let other = Plan { seed: 12, ..plan(1) };
        assert_ne!(bootstrap(&Share(&values), plan(1)), bootstrap(&Share(&values), other));
    }

    #[test]
    fn what_can_not_be_drawn_says_why() {
        let of = |values: &[f64]| bootstrap(&Share(values), plan(1)).unwrap_err();
        assert_eq!(of(&[]), NoBootstrap::TooFew);
        assert_eq!(of(&[1.0]), NoBootstrap::TooFew);
        assert_eq!(of(&[2.0, 2.0]), NoBootstrap::NoVariance { estimate: 2.0 });
        assert_eq!(of(&[2.0, f64::NAN]), NoBootstrap::Undefined);
        let few = Plan { replicates: 98, ..plan(1) };
        assert_eq!(bootstrap(&Share(&[1.0, 2.0]), few), Err(NoBootstrap::TooFew));
        let many = Plan { replicates: MOST_REPLICATES + 1, ..plan(1) };
        assert_eq!(bootstrap(&Share(&[1.0, 2.0]), many), Err(NoBootstrap::TooMany));
        let rows = vec![1.0; 20_000];
        let draws = Plan { replicates: 100_001, ..plan(1) };
        assert_eq!(bootstrap(&Share(&rows), draws), Err(NoBootstrap::TooMany));
        let sum = |counts: &[u32]| Some(f64::from(counts[0]));
        let groups = groups::Groups::new(vec![1; MOST_GROUPS + 1], sum);
        assert_eq!(bootstrap(&groups, plan(1)), Err(NoBootstrap::TooMany));
        let rows = groups::Groups::new(vec![u32::MAX; 2], sum);
        assert_eq!(bootstrap(&rows, plan(1)), Err(NoBootstrap::TooMany));
        assert!(matches!(bootstrap(&Rare, plan(1)), Err(NoBootstrap::OftenUndefined { .. })));
    }
}
