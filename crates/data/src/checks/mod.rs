//! The checks: accumulators that see each batch once, can be merged, and say in the end how many
//! rows they concern.

mod bounds;
mod format;
mod members;
mod multiple;
mod state;
mod tally;
mod text;
mod unique;

use std::sync::Arc;

pub(crate) use bounds::{Bound, Side};
pub(crate) use format::{Format, integer_range};
pub(crate) use members::{Invalid, Members, Missing};
pub(crate) use multiple::Multiple;
pub(crate) use state::{Mistyped, Nulls};
pub(crate) use tally::Tally;
pub(crate) use text::{Length, Matching};
pub(crate) use unique::{Budget, Uniqueness};

use crate::batch::{Batch, ColumnBatch};
use crate::report::{Asked, Outcome};

/// Whether single cells break a rule. It knows nothing of other cells, so batches can be seen in
/// any order and anywhere.
pub(crate) trait Test: Send + Sync {
    /// Notes each row of the batch that breaks the rule.
    fn observe(&self, column: &ColumnBatch, tally: &mut Tally);
}

/// A rule of the contract and what was seen of it so far.
pub(crate) struct Check {
    asked: Asked,
    seen: Seen,
}

enum Seen {
    /// Just the rows; they are counted once for all.
    Rows,
    /// The rows that break a rule about single cells of the column at `slot`.
    Cells { slot: usize, test: Arc<dyn Test>, tally: Tally },
    /// The rows that repeat an earlier one.
    Keys(Uniqueness),
}

impl Check {
    /// About the number of rows.
    pub(crate) fn rows(asked: Asked) -> Self {
        Self { asked, seen: Seen::Rows }
    }

    /// About single cells of the column at `slot` of each batch.
    pub(crate) fn cells(asked: Asked, slot: usize, test: Arc<dyn Test>, samples: usize) -> Self {
        Self { asked, seen: Seen::Cells { slot, test, tally: Tally::new(samples) } }
    }

    /// About rows that repeat others.
    pub(crate) fn keys(asked: Asked, keys: Uniqueness) -> Self {
        Self { asked, seen: Seen::Keys(keys) }
    }

    /// Sees a batch.
    pub(crate) fn observe(&mut self, batch: &Batch) {
        match &mut self.seen {
            Seen::Rows => {}
            Seen::Cells { slot, test, tally } => test.observe(&batch.columns[*slot], tally),
            Seen::Keys(keys) => keys.observe(batch),
        }
    }

    /// What both saw of the same rule; `other` of later rows.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the parallel driver; tested already"))]
    pub(crate) fn merge(mut self, other: Self) -> Self {
        match (&mut self.seen, other.seen) {
            (Seen::Cells { tally, .. }, Seen::Cells { tally: later, .. }) => tally.merge(later),
            (Seen::Keys(keys), Seen::Keys(later)) => keys.merge(later),
            _ => {}
        }
        self
    }

    /// What follows from it, when the whole has `rows` rows.
    pub(crate) fn finish(self, rows: u64) -> Outcome {
        match self.seen {
            Seen::Rows => self.asked.of_rows(rows),
            Seen::Cells { tally, .. } => self.asked.of_tally(tally, rows),
            Seen::Keys(keys) => match keys.finish() {
                Some(tally) => self.asked.of_tally(tally, rows),
                None => self.asked.out_of_memory(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use parquet::data_type::ByteArray;

    use super::*;
    use crate::batch::Text;
    use crate::domain::{Domain, Point};
    use crate::parse::cell::Reading;
    use crate::report::{Demand, Origin};
    use crate::value::Fixed;

    fn batch(first_row: u64, cells: &[&str]) -> Batch {
        let texts = cells.iter().map(|cell| ByteArray::from(*cell)).collect();
        let reading = Reading { domain: Domain::Integer, pattern: None };
        let column = reading.read(first_row, cells.len(), Text::Pages(texts));
        Batch { rows: cells.len(), columns: vec![column] }
    }

    fn asked(demand: Demand) -> Asked {
        let origin = Origin { source: "d".into(), contract: "c".into() };
        let columns = vec!["a".to_owned()];
        Asked { origin, code: "data.x", columns, masked: false, line: 1, demand }
    }

    fn checks() -> [Check; 3] {
        let bound = Bound::new(Side::Maximum, Point::Fixed(Fixed::at(5)));
        let demand = Demand::Bound(Side::Maximum, "5".to_owned());
        let keys = Uniqueness::new(vec![0], Budget::new(1 << 20), 3);
        [
            Check::cells(asked(demand), 0, Arc::new(bound), 3),
            Check::cells(asked(Demand::Required), 0, Arc::new(Nulls), 3),
            Check::keys(asked(Demand::Unique), keys),
        ]
    }

    proptest::proptest! {
        #[test]
        fn parts_together_count_as_the_whole(
            cells in proptest::collection::vec("[0-9]?", 1..40), cut in 0_usize..40,
        ) {
            let cells: Vec<_> = cells.iter().map(String::as_str).collect();
            let (early, late) = cells.split_at(cut.min(cells.len()));
            let rows = cells.len() as u64;
            for ((mut whole, mut first), mut second) in checks().into_iter().zip(checks()).zip(checks()) {
                whole.observe(&batch(1, &cells));
                first.observe(&batch(1, early));
                second.observe(&batch(1 + early.len() as u64, late));
                let parts = first.merge(second).finish(rows);
                match (whole.finish(rows), parts) {
                    (Outcome::Kept, Outcome::Kept) => {}
                    (Outcome::Broken(whole), Outcome::Broken(parts)) => {
                        proptest::prop_assert_eq!(whole.message, parts.message);
                        proptest::prop_assert_eq!(whole.extent, parts.extent);
                    }
                    (whole, parts) => panic!("{whole:?} but {parts:?}"),
                }
            }
        }
    }
}
