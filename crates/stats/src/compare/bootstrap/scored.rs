//! The difference of average precision or of calibration between two models, for the bootstrap.

use std::num::NonZeroU16;

use super::{Sample, Statistic};

/// Two models' scores of the same rows, prepared once: an evaluation then is one walk over each.
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
        let row = |row: usize, score: f64| Row {
            place: row as u32,
            positive: rows.positive[row],
            weight: rows.weights.map_or(1.0, |weights| weights[row]),
            score,
        };
        let prepared = |scores: &[f64]| {
            let rows = scores.iter().enumerate().map(|(at, score)| row(at, *score)).collect();
            Prepared::new(figure, rows)
        };
        Some(Self { baseline: prepared(rows.baseline)?, challenger: prepared(rows.challenger)? })
    }
}

impl Statistic for PairedScores {
    fn sample(&self) -> Sample<'_> {
        Sample::Rows(self.baseline.rows.len())
    }

    fn of(&self, counts: &[u32]) -> Option<f64> {
        Some(self.challenger.figure(counts)? - self.baseline.figure(counts)?)
    }
}

struct Prepared {
    figure: Figure,
    rows: Vec<Row>,
}

#[derive(Clone, Copy)]
struct Row {
    /// Where its count stands.
    place: u32,
    positive: bool,
    weight: f64,
    score: f64,
}

impl Prepared {
    fn new(figure: Figure, mut rows: Vec<Row>) -> Option<Self> {
        match figure {
            Figure::AveragePrecision => rows.sort_by(|a, b| b.score.total_cmp(&a.score)),
            Figure::CalibrationError(_) if rows.iter().all(is_probable) => {}
            Figure::CalibrationError(_) => return None,
        }
        Some(Self { figure, rows })
    }

    fn figure(&self, counts: &[u32]) -> Option<f64> {
        match self.figure {
            Figure::AveragePrecision => self.average_precision(counts),
            Figure::CalibrationError(bins) => {
                self.calibration_error(usize::from(bins.get()), counts)
            }
        }
    }

    /// Nothing without a positive row.
    fn average_precision(&self, counts: &[u32]) -> Option<f64> {
        let (mut hits, mut all, mut area) = (0.0, 0.0, 0.0);
        for tied in self.rows.chunk_by(|a, b| a.score == b.score) {
            let mut found = 0.0;
            for row in tied {
                let weight = row.weight * f64::from(counts[row.place as usize]);
                all += weight;
                // Not a branch: which class comes next can't be foretold.
                found += weight * f64::from(u8::from(row.positive));
            }
            hits += found;
            // Before the first row that weighs something nothing is found either.
            if found > 0.0 {
                area += found * (hits / all);
            }
        }
        (hits > 0.0).then(|| area / hits)
    }

    fn calibration_error(&self, count: usize, counts: &[u32]) -> Option<f64> {
        let mut bins = vec![Bin::default(); count];
        for row in &self.rows {
            let weight = row.weight * f64::from(counts[row.place as usize]);
            let bin = &mut bins[bin(row.score, count)];
            bin.all += weight;
            bin.scores += weight * row.score;
            bin.positive += weight * f64::from(u8::from(row.positive));
        }
        let all: f64 = bins.iter().map(|bin| bin.all).sum();
        let gap = |bin: &Bin| (bin.positive - bin.scores).abs();
        (all > 0.0).then(|| bins.iter().map(gap).sum::<f64>() / all)
    }
}

#[derive(Clone, Copy, Default)]
struct Bin {
    positive: f64,
    all: f64,
    scores: f64,
}

fn is_probable(row: &Row) -> bool {
    row.weight == 0.0 || (0.0..=1.0).contains(&row.score)
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
            let counts: Vec<u32> =
                (0..rows).map(|row| u32::from(row == 0) + random.below(3) as u32).collect();
            let all: Vec<f64> =
                weights.iter().zip(&counts).map(|(w, count)| w * f64::from(*count)).collect();
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
