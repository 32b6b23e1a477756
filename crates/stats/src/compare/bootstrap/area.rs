//! The difference of the areas under two ROC curves, for the bootstrap.

use super::{Sample, Statistic};

/// Two models' scores of the same rows. They are sorted once; each evaluation then is one walk
/// along the baseline's order and one along the challenger's.
pub struct PairedAreas {
    baseline: Walk,
    challenger: Walk,
}

impl PairedAreas {
    /// Of rows of which each is positive or not and has two scores. Nothing where the three differ
    /// in length, a score is not a number, or there are more than 2³² − 1 rows.
    #[must_use]
    pub fn new(positive: &[bool], baseline: &[f64], challenger: &[f64]) -> Option<Self> {
        let same = positive.len() == baseline.len() && positive.len() == challenger.len();
        let numbers = || baseline.iter().chain(challenger).all(|score| !score.is_nan());
        if !same || u32::try_from(positive.len()).is_err() || !numbers() {
            return None;
        }
        // Rows are numbered in the baseline's order, so that its walk reads counts in sequence.
        let order = ordered(baseline);
        let pick =
            |from: &[f64]| -> Vec<f64> { order.iter().map(|row| from[*row as usize]).collect() };
        let positive: Vec<bool> = order.iter().map(|row| positive[*row as usize]).collect();
        Some(Self {
            baseline: Walk::along(&pick(baseline), &positive),
            challenger: Walk::along(&pick(challenger), &positive),
        })
    }
}

/// Rows from the lowest score to the highest.
struct Walk(Vec<Place>);

struct Place {
    row: u32,
    positive: bool,
    last_of_tie: bool,
}

/// Stable, so that rows that are in order stay as they lie in memory.
fn ordered(scores: &[f64]) -> Vec<u32> {
    let mut rows: Vec<u32> = (0..).take(scores.len()).collect();
    rows.sort_by(|a, b| scores[*a as usize].total_cmp(&scores[*b as usize]));
    rows
}

impl Walk {
    fn along(scores: &[f64], positive: &[bool]) -> Self {
        let rows = ordered(scores);
        let score = |place: usize| rows.get(place).map(|row| scores[*row as usize]);
        let place = |(place, row): (usize, &u32)| Place {
            row: *row,
            positive: positive[*row as usize],
            last_of_tie: score(place) != score(place + 1),
        };
        Self(rows.iter().enumerate().map(place).collect())
    }

    /// The area under the curve; nothing without both classes.
    fn area(&self, counts: &[u32]) -> Option<f64> {
        // Twice the pairs in order, ties once: at most half the square of 2³².
        let (mut pairs, mut negatives, mut positives) = (0, 0, 0);
        let (mut tied_negatives, mut tied_positives) = (0, 0);
        for place in &self.0 {
            let count = u64::from(counts[place.row as usize]);
            // Not a branch: which class comes next can't be foretold.
            let positive = count * u64::from(place.positive);
            tied_positives += positive;
            tied_negatives += count - positive;
            if place.last_of_tie {
                pairs += tied_positives * (2 * negatives + tied_negatives);
                negatives += tied_negatives;
                positives += tied_positives;
                (tied_negatives, tied_positives) = (0, 0);
            }
        }
        let all = 2 * negatives * positives;
        (all > 0).then(|| pairs as f64 / all as f64)
    }
}

impl Statistic for PairedAreas {
    fn sample(&self) -> Sample<'_> {
        Sample::Rows(self.baseline.0.len())
    }

    fn of(&self, counts: &[u32]) -> Option<f64> {
        Some(self.challenger.area(counts)? - self.baseline.area(counts)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::delong;

    #[test]
    fn with_every_row_once_it_is_delongs_difference() {
        let positive = [true, false, true, false, false, true];
        let (a, b) = ([0.3, 0.3, 0.9, 0.1, 0.8, 0.2], [0.5, 0.1, 0.5, 0.5, 0.2, 0.9]);
        let areas = PairedAreas::new(&positive, &a, &b).unwrap();
        let wanted = delong::compare(&positive, &a, &b, 0.95).unwrap().difference;
        assert!((areas.of(&[1; 6]).unwrap() - wanted).abs() < 1e-15);
    }

    #[test]
    fn counts_are_repeated_rows() {
        let (positive, a, b) = ([true, false, true], [0.3, 0.3, 0.1], [0.1, 0.2, 0.9]);
        let areas = PairedAreas::new(&positive, &a, &b).unwrap();
        // The baseline's order is the third row, then the first two.
        let repeated = PairedAreas::new(
            &[true, true, true, false, false],
            &[0.1, 0.1, 0.3, 0.3, 0.3],
            &[0.9, 0.9, 0.1, 0.2, 0.2],
        );
        assert_eq!(areas.of(&[2, 1, 2]), repeated.unwrap().of(&[1; 5]));
        assert_eq!(areas.of(&[3, 0, 0]), None);
    }

    #[test]
    fn senseless_rows_are_refused() {
        assert!(PairedAreas::new(&[true], &[0.1], &[]).is_none());
        assert!(PairedAreas::new(&[true], &[f64::NAN], &[0.1]).is_none());
    }
}
