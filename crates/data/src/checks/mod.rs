//! The checks: accumulators that see each batch once, can be merged, and say in the end how many
//! rows they concern.

mod bounds;
mod facts;
mod format;
mod members;
mod multiple;
mod state;
mod tally;
mod text;
mod unique;

use std::sync::Arc;

pub(crate) use bounds::{Bound, Side};
pub(crate) use facts::Facts;
pub(crate) use format::{Format, integer_range};
pub(crate) use members::{Invalid, Members, Missing};
pub(crate) use multiple::Multiple;
pub(crate) use state::{Mistyped, Nulls};
pub(crate) use tally::Tally;
pub(crate) use text::{Length, Matching};
pub(crate) use unique::{Budget, Uniqueness};

use crate::batch::{Batch, ColumnBatch};
use crate::profile::ColumnProfile;
use crate::report::{Asked, Outcome};

/// Whether single cells break a rule. It knows nothing of other cells, so batches can be seen in
/// any order and anywhere.
pub(crate) trait Test: Send + Sync {
    /// Notes each row of the batch that breaks the rule.
    fn observe(&self, column: &ColumnBatch, tally: &mut Tally);

    /// Whether no cell that these facts are true of can break the rule.
    fn is_kept(&self, facts: &Facts) -> bool;
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
    /// What is known of the column at `slot`. It breaks no rule.
    Profile { slot: usize, seen: Box<ColumnProfile> },
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

    /// No rule: what is known of the column at `slot`, beginning with nothing.
    pub(crate) fn profile(asked: Asked, slot: usize, nothing: ColumnProfile) -> Self {
        Self { asked, seen: Seen::Profile { slot, seen: Box::new(nothing) } }
    }

    /// What is asked.
    pub(crate) fn asked(&self) -> &Asked {
        &self.asked
    }

    /// What is known of the column, if that was the question; else the check itself.
    pub(crate) fn into_profile(self) -> Result<ColumnProfile, Box<Self>> {
        match self.seen {
            Seen::Profile { seen, .. } => Ok(*seen),
            seen => Err(Box::new(Self { asked: self.asked, seen })),
        }
    }

    /// What it looks at, for use elsewhere.
    pub(crate) fn eye(&self) -> Eye {
        match &self.seen {
            Seen::Rows => Eye::Rows,
            Seen::Cells { slot, test, tally } => {
                Eye::Cells { slot: *slot, test: Arc::clone(test), none: tally.fresh() }
            }
            Seen::Keys(keys) => Eye::Keys(keys.slots().to_vec()),
            Seen::Profile { slot, seen } => {
                Eye::Profile { slot: *slot, none: Box::new(seen.fresh()) }
            }
        }
    }

    /// Adds what a batch shows whose rows follow all that were added so far, and are numbered as
    /// if there were none `before` them.
    pub(crate) fn add(&mut self, sight: Sight, batch: &Batch, before: u64) {
        match (&mut self.seen, sight) {
            (Seen::Cells { tally, .. }, Sight::Cells(later)) => tally.merge(later, before),
            (Seen::Keys(seen), Sight::Keys(keys)) => seen.add(batch, &keys, before),
            (Seen::Profile { seen, .. }, Sight::Profile(later)) => seen.merge(&later),
            _ => {}
        }
    }

    /// The same of a batch with its right row numbers, for rows that are compared.
    pub(crate) fn add_keys(&mut self, sight: &Sight, batch: &Batch) {
        if let (Seen::Keys(seen), Sight::Keys(keys)) = (&mut self.seen, sight) {
            seen.add(batch, keys, 0);
        }
    }

    /// What follows from it, when the whole has `rows` rows.
    pub(crate) fn finish(self, rows: u64) -> Outcome {
        match self.seen {
            Seen::Rows => self.asked.of_rows(rows),
            Seen::Profile { .. } => Outcome::Kept,
            Seen::Cells { tally, .. } => self.asked.of_tally(tally, rows),
            Seen::Keys(keys) => match keys.finish() {
                Some(tally) => self.asked.of_tally(tally, rows),
                None => self.asked.out_of_memory(),
            },
        }
    }
}

/// What a check looks at. It remembers nothing, so batches can be seen in any order, and anywhere.
pub(crate) enum Eye {
    /// Nothing: rows are counted once for all.
    Rows,
    /// Single cells of the column at `slot`.
    Cells { slot: usize, test: Arc<dyn Test>, none: Tally },
    /// Rows, by the columns at these positions.
    Keys(Vec<usize>),
    /// All cells of the column at `slot`.
    Profile { slot: usize, none: Box<ColumnProfile> },
}

impl Eye {
    /// Whether it would see nothing in cells of the column at `at` of which these facts are true.
    pub(crate) fn is_kept(&self, at: usize, facts: &Facts) -> bool {
        match self {
            Self::Rows => true,
            Self::Cells { slot, test, .. } => *slot != at || test.is_kept(facts),
            Self::Keys(slots) => !slots.contains(&at),
            Self::Profile { slot, .. } => *slot != at,
        }
    }

    /// What it has seen before it looks at cells of the columns in `own`; none where it looks
    /// elsewhere, or compares rows.
    pub(crate) fn before(&self, own: &[usize]) -> Option<Sight> {
        match self {
            Self::Cells { slot, none, .. } if own.contains(slot) => {
                Some(Sight::Cells(none.fresh()))
            }
            Self::Profile { slot, none } if own.contains(slot) => {
                Some(Sight::Profile(none.clone()))
            }
            _ => None,
        }
    }

    pub(crate) fn see(&self, batch: &Batch) -> Sight {
        match self {
            Self::Rows => Sight::Nothing,
            Self::Cells { slot, test, none } => {
                let mut tally = none.fresh();
                test.observe(&batch.columns[*slot], &mut tally);
                Sight::Cells(tally)
            }
            Self::Keys(slots) => Sight::Keys(unique::keys(slots, batch)),
            Self::Profile { slot, none } => {
                let mut seen = none.clone();
                seen.observe(&batch.columns[*slot]);
                Sight::Profile(seen)
            }
        }
    }
}

/// What one check sees in one batch.
pub(crate) enum Sight {
    Nothing,
    Cells(Tally),
    /// One key for each row.
    Keys(Vec<u128>),
    /// What is known of a column.
    Profile(Box<ColumnProfile>),
}

impl Sight {
    /// Adds what is seen of later rows, where cells are looked at.
    pub(crate) fn extend(&mut self, later: Self) {
        match (self, later) {
            (Self::Cells(tally), Self::Cells(later)) => tally.merge(later, 0),
            (Self::Profile(seen), Self::Profile(later)) => seen.merge(&later),
            _ => {}
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
            for (mut whole, mut parts) in checks().into_iter().zip(checks()) {
                let all = batch(1, &cells);
                whole.add(whole.eye().see(&all), &all, 0);
                let (first, second) = (batch(1, early), batch(1, late));
                let (later, earlier) = (parts.eye().see(&second), parts.eye().see(&first));
                parts.add(earlier, &first, 0);
                parts.add(later, &second, early.len() as u64);
                let parts = parts.finish(rows);
                match (whole.finish(rows), parts) {
                    (Outcome::Kept, Outcome::Kept) => {}
                    (Outcome::Broken(whole), Outcome::Broken(parts)) => {
                        proptest::prop_assert_eq!(whole.message, parts.message);
                        proptest::prop_assert_eq!(whole.extent, parts.extent);
                        proptest::prop_assert_eq!(whole.samples, parts.samples);
                    }
                    (whole, parts) => panic!("{whole:?} but {parts:?}"),
                }
            }
        }
    }
}
