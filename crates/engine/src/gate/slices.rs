//! Parts of the data, looked at one by one.
//!
//! Many are looked at, so some look bad by chance: a slice fails where it is below its bar by more
//! than chance explains, at a confidence that is shared by all of them (Bonferroni). One below its
//! bar that chance could explain is undecided. Source: R. G. Miller, "Simultaneous Statistical
//! Inference", 2nd edition (1981), §1.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use tollgate_model::{BarFigure, Requirement, SliceFigure, Slices, Verdict};
use tollgate_stats::compare::question::{Decision, Direction, Question};
use tollgate_stats::metrics::Metric;
use tollgate_stats::normal;

use super::asked::is_loss;
use super::bars::measure;
use super::difference::{Draws, gain};
use super::interval::interval;
use super::model::Model;
use super::pairs::Pairs;

/// How sure it must be that any slice is below its bar.
const CONFIDENCE: f64 = 0.95;

/// More slices than these are a key, and no slices.
const MOST: usize = 1_000;

/// The baseline that slices are compared with, and by which metric.
pub(super) struct Against<'a> {
    pub(super) metric: Metric,
    pub(super) baseline: Model<'a>,
    pub(super) pairs: Pairs,
    pub(super) confidence: f64,
}

/// Looks at each slice that is large enough, the worst first; and tells those that are not.
///
/// # Errors
/// A column is not there, has too many values, or a metric can't be computed; a sentence.
pub(super) fn measure_all(
    slices: &Slices,
    bars: &[(&Requirement, Metric)],
    model: Model<'_>,
    against: Option<&Against<'_>>,
    draws: Draws,
) -> Result<(Vec<SliceFigure>, Vec<Small>), String> {
    let (parts, small) = large_parts(slices, model)?;
    let looks = (parts.len() * bars.len().max(1)).max(1) as f64;
    let shared = 1.0 - (1.0 - CONFIDENCE) / looks;
    let look =
        |(name, rows)| Look { name, rows, model, shared, draws }.at(slices, bars, against, looks);
    let mut figures: Vec<SliceFigure> = parts.into_iter().map(look).collect();
    let less = bars.first().is_some_and(|(_, metric)| is_loss(*metric));
    figures.sort_by(|a, b| worst_first(a, b, less));
    Ok((figures, small))
}

/// By verdict, and within one by the first bar's figure, from what is farthest below.
fn worst_first(a: &SliceFigure, b: &SliceFigure, less_is_better: bool) -> Ordering {
    let rank = |verdict: Verdict| match verdict {
        Verdict::Fail => 0,
        Verdict::Undecided => 1,
        Verdict::Pass => 2,
    };
    let far = |slice: &SliceFigure| slice.bars.first().map_or(0.0, |bar| bar.value);
    let by_value = far(a).total_cmp(&far(b));
    let by_value = if less_is_better { by_value.reverse() } else { by_value };
    rank(a.verdict).cmp(&rank(b.verdict)).then(by_value)
}

/// A slice that is not judged: its name, and how many rows it has.
pub(super) type Small = (String, u64);

/// The slices that are judged: a name for each, and its rows. And those that are not.
fn large_parts(slices: &Slices, model: Model<'_>) -> Result<(Parts, Vec<Small>), String> {
    let (mut all, mut small) = (Vec::new(), Vec::new());
    for by in &slices.by {
        let found = parts(model, by)?;
        if found.len() > MOST {
            let (by, values) = (by.join(", "), found.len());
            return Err(format!("{by} has {values} values: slices are of at most {MOST}"));
        }
        for (name, rows) in found {
            match rows.len() as u64 {
                few if few < slices.min_rows => small.push((name, few)),
                _ => all.push((name, rows)),
            }
        }
    }
    Ok((all, small))
}

/// Slices by name, with their rows.
type Parts = Vec<(String, Vec<usize>)>;

/// The rows by the values of some columns together, with a name for each.
fn parts(model: Model<'_>, by: &[String]) -> Result<Parts, String> {
    let columns = by.iter().map(|column| model.texts(column)).collect::<Result<Vec<_>, _>>()?;
    let mut slices: BTreeMap<Vec<u32>, Vec<usize>> = BTreeMap::new();
    for row in 0..model.columns.rows {
        let values = columns.iter().map(|(_, codes)| codes[row]).collect();
        slices.entry(values).or_default().push(row);
    }
    let value = |(at, code): (usize, &u32)| {
        let name = columns[at].0.get(*code as usize).map_or("(none)", String::as_str);
        format!("{} = {name}", by[at])
    };
    let name =
        |codes: &Vec<u32>| codes.iter().enumerate().map(value).collect::<Vec<_>>().join(", ");
    Ok(slices.into_iter().map(|(codes, rows)| (name(&codes), rows)).collect())
}

struct Look<'a> {
    name: String,
    rows: Vec<usize>,
    model: Model<'a>,
    /// The confidence for each of all looks.
    shared: f64,
    draws: Draws,
}

impl Look<'_> {
    fn at(
        &self,
        slices: &Slices,
        bars: &[(&Requirement, Metric)],
        against: Option<&Against<'_>>,
        looks: f64,
    ) -> SliceFigure {
        let bars: Vec<BarFigure> =
            bars.iter().filter_map(|(bar, metric)| self.bar(bar, *metric)).collect();
        let gain = against.zip(slices.margin);
        let gain = gain.and_then(|(against, margin)| self.gain(against, margin, looks));
        let worse = gain.filter(|(_, worse)| *worse).map(|_| Verdict::Fail);
        let verdicts = bars.iter().map(|bar| bar.verdict).chain(worse);
        let worst = |a: Verdict, b: Verdict| match (a, b) {
            (Verdict::Fail, _) | (_, Verdict::Fail) => Verdict::Fail,
            (Verdict::Undecided, _) | (_, Verdict::Undecided) => Verdict::Undecided,
            _ => Verdict::Pass,
        };
        SliceFigure {
            slice: self.name.clone(),
            rows: self.rows.len() as u64,
            verdict: verdicts.fold(Verdict::Pass, worst),
            gain: gain.map(|(gain, _)| gain),
            bars,
        }
    }

    // Where a slice has only one class there is no such metric in it, and no bar to miss.
    fn bar(&self, bar: &Requirement, metric: Metric) -> Option<BarFigure> {
        let mut figure = measure(bar, metric, self.model, &self.rows, self.draws).ok()?;
        if figure.verdict == Verdict::Fail {
            figure.verdict = match self.is_below(bar, metric, figure.value) {
                Some(false) => Verdict::Undecided,
                _ => Verdict::Fail,
            };
        }
        Some(figure)
    }

    /// Whether chance can't explain it; nothing where chance has no part in it.
    fn is_below(&self, bar: &Requirement, metric: Metric, value: f64) -> Option<bool> {
        let (_, error) = interval(metric, self.model, &self.rows, SHARED_SHOWN, self.draws)?;
        let reach = -normal::quantile(1.0 - self.shared) * error;
        let best = if is_loss(metric) { value - reach } else { value + reach };
        Some(!bar.threshold.is_met_by(best))
    }

    /// How much better than the baseline, and whether it is surely worse by more than the margin.
    fn gain(
        &self,
        against: &Against<'_>,
        margin: f64,
        looks: f64,
    ) -> Option<((f64, f64, f64), bool)> {
        let confidence = 1.0 - (1.0 - against.confidence) / looks;
        let question = Question::new(margin, Direction::NonInferiority, confidence).ok()?;
        let pairs = against.pairs.within(&self.rows);
        let models = (self.model, against.baseline);
        let found = gain(against.metric, models, &pairs, question.two_sided(), self.draws).ok()?;
        let worse = question.decide(found.interval) == Decision::Worse;
        Some(((found.gain, found.interval.low, found.interval.high), worse))
    }
}

/// Only the error is looked at, not the interval.
const SHARED_SHOWN: f64 = 0.95;
