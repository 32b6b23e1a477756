//! The rows of one class, and against the rest.

use super::Confusion;
use super::sum::Sum;

/// What the rows of one class weigh.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) class: u32,
    /// Truly of this class.
    pub(super) truth: f64,
    /// Predicted to be of this class.
    pub(super) predicted: f64,
    /// Both.
    pub(super) hit: f64,
}

/// The rows by whether they are, and were predicted to be, of one class: shares of all weight, so
/// that no product of two overflows.
pub(super) struct Versus {
    pub(super) both: f64,
    /// Predicted only.
    pub(super) over: f64,
    /// True only.
    pub(super) under: f64,
    pub(super) neither: f64,
}

impl Versus {
    pub(super) fn truth(&self) -> f64 {
        self.both + self.under
    }

    pub(super) fn predicted(&self) -> f64 {
        self.both + self.over
    }
}

impl Tally {
    pub(super) fn against_the_rest(&self, all: f64) -> Versus {
        // Differences first: of whole weights they are exact. Of others rounding can lead below 0.
        Versus {
            both: self.hit / all,
            over: (self.predicted - self.hit) / all,
            under: (self.truth - self.hit) / all,
            neither: ((all - self.truth - (self.predicted - self.hit)) / all).max(0.0),
        }
    }
}

/// Of each class that occurs.
pub(super) fn tallies(confusion: &Confusion) -> Vec<Tally> {
    let classes = confusion.classes();
    let place = |class: u32| classes.partition_point(|&other| other < class);
    let mut sums = vec![[Sum::default(); 3]; classes.len()];
    for cell in confusion.cells() {
        let (truth, predicted) = (place(cell.truth), place(cell.predicted));
        sums[truth][0].add(cell.weight);
        sums[predicted][1].add(cell.weight);
        if truth == predicted {
            sums[truth][2].add(cell.weight);
        }
    }
    let tally = |(&class, [truth, predicted, hit]): (&u32, [Sum; 3])| Tally {
        class,
        truth: truth.value(),
        predicted: predicted.value(),
        hit: hit.value(),
    };
    classes.iter().zip(sums).map(tally).collect()
}
