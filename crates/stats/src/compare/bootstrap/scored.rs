//! The difference of average precision or of calibration between two models, for the bootstrap.

use std::num::NonZeroU16;

use super::{Sample, Statistic};

/// Two models' scores of the same rows, prepared once: an evaluation then is one walk over each.
/// Counts are those of the rows in falling order of the baseline's scores.
pub struct PairedScores {
    baseline: Prepared,
    challenger: Prepared,
}

/// What is computed of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// See [`Binary::average_precision`](crate::metrics::Binary::average_precision).
    AveragePrecision,
    /// See [`Binary::expected_calibration_error`](crate::metrics::Binary::expected_calibration_error):
    /// with so many bins of the same width.
    CalibrationError(NonZeroU16),
}

/// Rows of which each is positive or not, weighs something and has two scores.
#[derive(Clone, Copy, Debug)]
pub struct Scored<'a> {
    /// Which rows are positive.
    pub positive: &'a [bool],
    /// What they weigh; none where each weighs one.
    pub weights: Option<&'a [f64]>,
    /// The baseline's scores.
    pub baseline: &'a [f64],
    /// The challenger's.
    pub challenger: &'a [f64],
}

impl PairedScores {
    /// Nothing where the lengths differ, a score or weight is no finite number, a probability is
    /// asked for and there is none, or there are more than 2³² − 1 rows.
    #[must_use]
    pub fn new(figure: Figure, rows: Scored<'_>) -> Option<Self> {
        let many = rows.positive.len();
        let lengths = [rows.baseline.len(), rows.challenger.len()];
        let weights = rows.weights.unwrap_or_default();
        let same = lengths == [many; 2] && rows.weights.is_none_or(|it| it.len() == many);
        let mut numbers = rows.baseline.iter().chain(rows.challenger).chain(weights);
        if !same || u32::try_from(many).is_err() || !numbers.all(|number| number.is_finite()) {
            return None;
        }
        // Rows are numbered in the baseline's order, so that its walk reads counts in sequence.
        let order = ranked(rows.baseline);
        let pick =
            |from: &[f64]| -> Vec<f64> { order.iter().map(|row| from[*row as usize]).collect() };
        let positive: Vec<bool> = order.iter().map(|row| rows.positive[*row as usize]).collect();
        let weights = rows.weights.map(pick);
        let prepared =
            |scores: &[f64]| Prepared::new(figure, &pick(scores), &positive, weights.as_deref());
        Some(Self { baseline: prepared(rows.baseline)?, challenger: prepared(rows.challenger)? })
    }
}

impl Statistic for PairedScores {
    fn sample(&self) -> Sample<'_> {
        Sample::Rows(self.baseline.rows())
    }

    fn of(&self, counts: &[u32]) -> Option<f64> {
        Some(self.challenger.figure(counts)? - self.baseline.figure(counts)?)
    }
}

/// One model's rows. A row takes 8 bytes, 16 where it has a weight: an evaluation waits for memory.
enum Prepared {
    Ranked { rows: Vec<Ranked>, weights: Vec<f64> },
    Binned { rows: Vec<Binned>, scores: Vec<f64>, weights: Vec<f64>, bins: usize },
}

/// A row in falling order of scores.
struct Ranked {
    /// Where its count stands.
    place: u32,
    positive: bool,
    last_of_tie: bool,
}

/// A row in the order of counts.
struct Binned {
    bin: u16,
    positive: bool,
}

impl Prepared {
    /// Nothing where a probability is asked for, and a row that weighs something has none.
    fn new(
        figure: Figure,
        scores: &[f64],
        positive: &[bool],
        weights: Option<&[f64]>,
    ) -> Option<Self> {
        match figure {
            Figure::AveragePrecision => Some(Self::ranked(scores, positive, weights)),
            Figure::CalibrationError(bins) => Self::binned(bins.get(), scores, positive, weights),
        }
    }

    fn ranked(scores: &[f64], positive: &[bool], weights: Option<&[f64]>) -> Self {
        let order = ranked(scores);
        let score = |rank: usize| order.get(rank).map(|row| scores[*row as usize]);
        let row = |(rank, row): (usize, &u32)| Ranked {
            place: *row,
            positive: positive[*row as usize],
            last_of_tie: score(rank) != score(rank + 1),
        };
        let rows = order.iter().enumerate().map(row).collect();
        let weight = |weights: &[f64]| order.iter().map(|row| weights[*row as usize]).collect();
        Self::Ranked { rows, weights: weights.map(weight).unwrap_or_default() }
    }

    fn binned(
        count: u16,
        scores: &[f64],
        positive: &[bool],
        weights: Option<&[f64]>,
    ) -> Option<Self> {
        let weightless = |row: usize| weights.is_some_and(|weights| weights[row] == 0.0);
        let probable = |(row, score)| (0.0..=1.0).contains(score) || weightless(row);
        scores.iter().enumerate().all(probable).then_some(())?;
        let bins = usize::from(count);
        let row = |(score, positive): (&f64, &bool)| Binned {
            bin: bin(*score, bins) as u16,
            positive: *positive,
        };
        let rows = scores.iter().zip(positive).map(row).collect();
        let weights = weights.unwrap_or_default().to_vec();
        Some(Self::Binned { rows, scores: scores.to_vec(), weights, bins })
    }

    fn rows(&self) -> usize {
        match self {
            Self::Ranked { rows, .. } => rows.len(),
            Self::Binned { rows, .. } => rows.len(),
        }
    }

    fn figure(&self, counts: &[u32]) -> Option<f64> {
        match self {
            Self::Ranked { rows, weights } => average_precision(rows, weights, counts),
            Self::Binned { rows, scores, weights, bins } => {
                let mut sums = vec![Bin::default(); *bins];
                for (at, row) in rows.iter().enumerate() {
                    let weight = weight(weights, at) * f64::from(counts[at]);
                    let bin = &mut sums[usize::from(row.bin)];
                    bin.all += weight;
                    bin.scores += weight * scores[at];
                    bin.positive += weight * f64::from(u8::from(row.positive));
                }
                calibration_error(&sums)
            }
        }
    }
}

/// Nothing without a positive row.
fn average_precision(rows: &[Ranked], weights: &[f64], counts: &[u32]) -> Option<f64> {
    let (mut hits, mut all, mut area, mut tied) = (0.0, 0.0, 0.0, 0.0);
    for (rank, row) in rows.iter().enumerate() {
        let weight = weight(weights, rank) * f64::from(counts[row.place as usize]);
        all += weight;
        // Not a branch: which class comes next can't be foretold.
        tied += weight * f64::from(u8::from(row.positive));
        if row.last_of_tie {
            hits += tied;
            // Before the first row that weighs something nothing is found either.
            area += if tied > 0.0 { tied * (hits / all) } else { 0.0 };
            tied = 0.0;
        }
    }
    (hits > 0.0).then(|| area / hits)
}

fn calibration_error(bins: &[Bin]) -> Option<f64> {
    let all: f64 = bins.iter().map(|bin| bin.all).sum();
    let gap = |bin: &Bin| (bin.positive - bin.scores).abs();
    (all > 0.0).then(|| bins.iter().map(gap).sum::<f64>() / all)
}

/// Each row weighs one where no weights are given.
fn weight(weights: &[f64], at: usize) -> f64 {
    weights.get(at).copied().unwrap_or(1.0)
}

/// The rows in falling order of scores. Stable, so that rows in order stay as they lie in memory.
fn ranked(scores: &[f64]) -> Vec<u32> {
    let mut rows: Vec<u32> = (0..).take(scores.len()).collect();
    rows.sort_by(|a, b| scores[*b as usize].total_cmp(&scores[*a as usize]));
    rows
}

#[derive(Clone, Copy, Default)]
struct Bin {
    positive: f64,
    all: f64,
    scores: f64,
}

/// The bin of a score of those that are closed above.
fn bin(score: f64, count: usize) -> usize {
    let end = |bin: usize| (bin + 1) as f64 / count as f64;
    // Rounding may miss by one; the ends themselves decide, as they do in the metric.
    let mut at = ((score * count as f64) as usize).min(count - 1);
    while at > 0 && score <= end(at - 1) {
        at -= 1;
    }
    while at + 1 < count && score > end(at) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::random::Random;
    use crate::metrics::{Binary, Bins};

    fn bins() -> NonZeroU16 {
        NonZeroU16::new(10).unwrap()
    }

    fn metric(figure: Figure, labels: &[bool], scores: &[f64], weights: &[f64]) -> f64 {
        let binary = Binary::new(labels, scores, Some(weights)).unwrap();
        match figure {
            Figure::AveragePrecision => binary.average_precision(),
            Figure::CalibrationError(bins) => {
                binary.expected_calibration_error(Bins::EqualWidth(bins))
            }
        }
        .unwrap()
    }

    /// With ties, scores on the ends of bins, rows that weigh nothing and rows that aren't drawn.
    #[test]
    fn it_is_the_difference_of_the_metrics() {
        let mut random = Random::new(11, 0);
        for rows in [2, 3, 10, 300] {
            let positive: Vec<bool> =
                (0..rows).map(|row| row == 0 || random.unit() < 0.4).collect();
            let mut scores = || -> Vec<f64> {
                (0..rows).map(|_| (random.unit() * 20.0).round() / 20.0).collect()
            };
            let (baseline, challenger) = (scores(), scores());
            let weights: Vec<f64> =
                (0..rows).map(|row| if row == 0 { 1.0 } else { random.below(3) as f64 }).collect();
            let times: Vec<u32> =
                (0..rows).map(|row| u32::from(row == 0) + random.below(3) as u32).collect();
            let counts: Vec<u32> =
                ranked(&baseline).iter().map(|row| times[*row as usize]).collect();
            let all: Vec<f64> =
                weights.iter().zip(&times).map(|(w, times)| w * f64::from(*times)).collect();
            for figure in [Figure::AveragePrecision, Figure::CalibrationError(bins())] {
                let scored = Scored {
                    positive: &positive,
                    weights: Some(&weights),
                    baseline: &baseline,
                    challenger: &challenger,
                };
                let found = PairedScores::new(figure, scored).unwrap().of(&counts).unwrap();
                let is = metric(figure, &positive, &challenger, &all);
                let was = metric(figure, &positive, &baseline, &all);
                assert!((found - (is - was)).abs() < 1e-12, "{figure:?} {rows}: {found}");
            }
        }
    }

    #[test]
    fn without_a_positive_row_there_is_no_precision() {
        let scored = Scored {
            positive: &[true, false],
            weights: None,
            baseline: &[0.2, 0.1],
            challenger: &[0.1, 0.2],
        };
        let paired = PairedScores::new(Figure::AveragePrecision, scored).unwrap();
        assert_eq!(paired.of(&[0, 2]), None);
        assert_eq!(paired.of(&[1, 1]), Some(-0.5));
    }

    #[test]
    fn senseless_rows_are_refused() {
        let rows = |baseline: &'static [f64], weights| Scored {
            positive: &[true],
            weights,
            baseline,
            challenger: &[0.5],
        };
        let made = |figure, rows| PairedScores::new(figure, rows).is_some();
        assert!(!made(Figure::AveragePrecision, rows(&[], None)));
        assert!(!made(Figure::AveragePrecision, rows(&[f64::NAN], None)));
        assert!(!made(Figure::AveragePrecision, rows(&[0.1], Some(&[]))));
        assert!(!made(Figure::CalibrationError(bins()), rows(&[1.5], None)));
        assert!(made(Figure::CalibrationError(bins()), rows(&[1.5], Some(&[0.0]))));
    }
}
