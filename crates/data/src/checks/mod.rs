//! The checks: accumulators that see each batch once, can be merged, and say in the end how many
//! rows they concern.

mod across;
mod bounds;
mod condition;
mod facts;
mod format;
mod members;
mod multiple;
mod newest;
mod reference;
mod spill;
mod state;
mod tally;
mod text;
mod texts;
mod unique;

use std::sync::Arc;

pub(crate) use across::Across;
pub(crate) use bounds::{Bound, Side};
pub(crate) use condition::{Compiled, Fields};
pub(crate) use facts::Facts;
pub(crate) use format::{Format, Offset, Single, integer_range};
pub(crate) use members::{Invalid, Members, Missing};
pub(crate) use multiple::Multiple;
pub(crate) use newest::Newest;
pub(crate) use reference::{KeySet, Known, Referring};
pub(crate) use state::{Mistyped, Nulls};
pub(crate) use tally::Tally;
pub(crate) use text::{Length, Matching};
pub(crate) use unique::{Budget, Short, Uniqueness};

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
    /// The rows that break a rule about several columns.
    Across { slots: Vec<usize>, test: Arc<dyn Across>, tally: Tally },
    /// All values, to which others refer.
    Collected(KeySet),
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

    /// About rows, each by itself, by the columns at `slots` of each batch.
    pub(crate) fn across(
        asked: Asked,
        slots: Vec<usize>,
        test: Arc<dyn Across>,
        samples: usize,
    ) -> Self {
        Self { asked, seen: Seen::Across { slots, test, tally: Tally::new(samples) } }
    }

    /// Not a check, but all values of some columns.
    pub(crate) fn collect(asked: Asked, keys: KeySet) -> Self {
        Self { asked, seen: Seen::Collected(keys) }
    }

    /// The values that were collected; `None` if the memory was not enough.
    pub(crate) fn collected(self) -> Option<Known> {
        match self.seen {
            Seen::Collected(keys) => keys.finish(),
            _ => None,
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
            Seen::Collected(keys) => Eye::Keys(keys.slots().to_vec()),
            Seen::Across { slots, test, tally } => {
                Eye::Across { slots: slots.clone(), test: Arc::clone(test), none: tally.fresh() }
            }
        }
    }

    /// Adds what a batch shows whose rows follow all that were added so far, and are numbered as
    /// if there were none `before` them.
    pub(crate) fn add(&mut self, sight: Sight, batch: &Batch, before: u64) {
        match (&mut self.seen, sight) {
            (Seen::Cells { tally, .. } | Seen::Across { tally, .. }, Sight::Cells(later)) => {
                tally.merge(later, before);
            }
            (Seen::Keys(seen), Sight::Keys(keys)) => seen.add(batch, &keys, before),
            (Seen::Profile { seen, .. }, Sight::Profile(later)) => seen.merge(&later),
            (Seen::Collected(seen), Sight::Keys(keys)) => seen.add(batch, &keys),
            _ => {}
        }
    }

    /// The same of a batch with its right row numbers, for rows that are compared.
    pub(crate) fn add_keys(&mut self, sight: &Sight, batch: &Batch) {
        match (&mut self.seen, sight) {
            (Seen::Keys(seen), Sight::Keys(keys)) => seen.add(batch, keys, 0),
            (Seen::Collected(seen), Sight::Keys(keys)) => seen.add(batch, keys),
            _ => {}
        }
    }

    /// What follows from it, when the whole has `rows` rows.
    pub(crate) fn finish(self, rows: u64) -> Outcome {
        match self.seen {
            Seen::Rows => self.asked.of_rows(rows),
            Seen::Profile { .. } | Seen::Collected(_) => Outcome::Kept,
            Seen::Cells { tally, .. } | Seen::Across { tally, .. } => {
                self.asked.of_tally(tally, rows)
            }
            Seen::Keys(keys) => match keys.finish() {
                Ok(tally) => self.asked.of_tally(tally, rows),
                Err(short) => self.asked.fell_short(&short),
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
    /// Rows, each by itself, by the columns at `slots`.
    Across { slots: Vec<usize>, test: Arc<dyn Across>, none: Tally },
}

impl Eye {
    /// Whether it would see nothing in cells of the column at `at` of which these facts are true.
    pub(crate) fn is_kept(&self, at: usize, facts: &Facts) -> bool {
        match self {
            Self::Rows => true,
            Self::Cells { slot, test, .. } => *slot != at || test.is_kept(facts),
            Self::Keys(slots) | Self::Across { slots, .. } => !slots.contains(&at),
            // What is proven of cells does not tell how often each occurs.
            Self::Profile { slot, .. } => *slot != at,
        }
    }

    /// Whether it would see nothing in rows of which each has one of these cells.
    pub(crate) fn is_kept_by(&self, at: usize, cells: &ColumnBatch) -> bool {
        match self {
            Self::Rows => true,
            Self::Cells { slot, test, none } => {
                let mut tally = none.fresh();
                if *slot == at {
                    test.observe(cells, &mut tally);
                }
                tally.is_untouched()
            }
            Self::Keys(slots) | Self::Across { slots, .. } => !slots.contains(&at),
            Self::Profile { slot, .. } => *slot != at,
        }
    }

    /// Whether all that it looks at is among the columns at these positions.
    pub(crate) fn looks_at(&self, decoded: &[usize]) -> bool {
        match self {
            Self::Rows => false,
            Self::Cells { slot, .. } | Self::Profile { slot, .. } => decoded.contains(slot),
            Self::Keys(slots) | Self::Across { slots, .. } => {
                slots.iter().all(|slot| decoded.contains(slot))
            }
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
            Self::Across { slots, test, none } => {
                let mut tally = none.fresh();
                test.observe(&unique::columns(slots, batch), &mut tally);
                Sight::Cells(tally)
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
        let reading = Reading { domain: Domain::Integer, pattern: None, any: false };
        let column = reading.read(first_row, cells.len(), Text::Pages(texts));
        Batch { rows: cells.len(), columns: vec![column], names: Vec::new() }
    }

    fn asked(demand: Demand) -> Asked {
        let origin = Origin { source: "d".into(), contract: "c".into() };
        let columns = vec!["a".to_owned()];
        let severity = tollgate_model::Severity::Error;
        Asked { origin, code: "data.x", columns, masked: false, line: 1, severity, demand }
    }

    fn checks() -> [Check; 3] {
        let bound = Bound::new(Side::Maximum, Point::Fixed(Fixed::at(5)));
        let demand = Demand::Bound(Side::Maximum, "5".to_owned());
        let keys = Uniqueness::new(vec![0], Budget::new(&crate::Options::default()), 3);
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
