//! The confusion matrix: what was predicted for what.

use super::Undefined;
use super::columns::{Weights, same_length};
use super::sum::sum;

/// How often (or with what weight) each class was predicted for each true one.
///
/// Only pairs that occur are kept, so that a column of a million different ids is no matrix of
/// 10¹² cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Confusion {
    classes: Vec<u32>,
    cells: Vec<Cell>,
}

/// The rows of one true and one predicted class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// What they are.
    pub truth: u32,
    /// What they were predicted to be.
    pub predicted: u32,
    /// What they weigh together; more than zero.
    pub weight: f64,
}

impl Confusion {
    pub(super) fn new(
        truth: &[u32],
        predicted: &[u32],
        weights: Option<&[f64]>,
    ) -> Result<Self, Undefined> {
        same_length("predicted classes", truth.len(), predicted.len())?;
        let weights = Weights::new(weights, truth.len())?;
        let cell = |row: usize| Cell {
            truth: truth[row],
            predicted: predicted[row],
            weight: weights.of(row),
        };
        let rows = (0..truth.len()).map(cell).filter(|cell| cell.weight > 0.0);
        let cells = joined(rows.collect());
        let mut classes: Vec<u32> =
            cells.iter().flat_map(|cell| [cell.truth, cell.predicted]).collect();
        classes.sort_unstable();
        classes.dedup();
        Ok(Self { classes, cells })
    }

    /// The classes that occur, in truth or as a prediction, in rising order.
    #[must_use]
    pub fn classes(&self) -> &[u32] {
        &self.classes
    }

    /// The pairs that occur, in rising order of true class and then of predicted one.
    #[must_use]
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// What the rows of class `truth` weigh that were predicted to be of class `predicted`: the
    /// cell of `confusion_matrix` in the row of the one and the column of the other.
    #[must_use]
    pub fn weight(&self, truth: u32, predicted: u32) -> f64 {
        let at = |cell: &Cell| (cell.truth, cell.predicted).cmp(&(truth, predicted));
        self.cells.binary_search_by(at).map_or(0.0, |at| self.cells[at].weight)
    }
}

/// In order, with the rows of one pair as one cell. Weights are sorted too, so that they are always
/// summed in the same order.
fn joined(mut rows: Vec<Cell>) -> Vec<Cell> {
    let pair = |cell: &Cell| (cell.truth, cell.predicted);
    rows.sort_unstable_by(|a, b| pair(a).cmp(&pair(b)).then_with(|| a.weight.total_cmp(&b.weight)));
    rows.chunk_by(|a, b| pair(a) == pair(b))
        .map(|same| Cell { weight: sum(same.iter().map(|cell| cell.weight)), ..same[0] })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_counted() {
        let confusion = Confusion::new(&[2, 0, 2, 2], &[2, 2, 2, 0], None).unwrap();
        assert_eq!(confusion.classes(), [0, 2]);
        let weights = [(0, 0), (0, 2), (2, 0), (2, 2)].map(|(t, p)| confusion.weight(t, p));
        assert_eq!(weights, [0.0, 1.0, 1.0, 2.0]);
        assert_eq!(confusion.cells().len(), 3);
    }

    #[test]
    fn what_weighs_nothing_is_absent() {
        let confusion = Confusion::new(&[0, 7], &[0, 9], Some(&[0.5, 0.0])).unwrap();
        assert_eq!(confusion.classes(), [0]);
    }
}
