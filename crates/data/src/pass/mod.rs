//! One pass over a data set: batches are decoded and looked at by several threads, and what they
//! see is added up in the order of the rows, so that the sum is that of one thread.

mod alone;
mod arrow;
mod parquet;
mod parts;
mod text;

use std::collections::BTreeSet;

use crate::batch::Batch;
use crate::checks::{Eye, Sight};
use crate::fit::Fit;
use crate::plan::Plan;
use crate::reader::{Opening, Source};
use crate::set::{self, DataSet};
use crate::{DataError, Options};

/// What was counted on the way.
#[derive(Default)]
pub(crate) struct Pass {
    pub(crate) rows: u64,
    /// Of each decoded column.
    pub(crate) nulls: Vec<u64>,
    /// What each file is called, and how many rows stand before it, where there are several.
    pub(crate) parts: Vec<(String, u64)>,
    /// Files with other columns than the first, and in what they differ.
    pub(crate) unlike: Vec<(String, String)>,
    /// Columns that only rows told of; as many as are remembered.
    pub(crate) names: BTreeSet<String>,
}

/// Names that are remembered.
const NAMES: usize = 64 << 10;

/// Reads the set to its end, with a plan that is made for its first file, `source`.
pub(crate) fn over(
    set: &DataSet,
    mut source: Source,
    fit: impl FnOnce(&Plan) -> Fit,
    plan: &dyn Fn() -> Plan,
    opening: &Opening<'_>,
    cancelled: &dyn Fn() -> bool,
) -> Result<(Plan, Pass), DataError> {
    let go_on = || match cancelled() {
        true => Err(DataError::Cancelled { path: set.shown().to_owned() }),
        false => Ok(()),
    };
    let options = opening.options;
    let (mut total, again) = (Total::new(plan()), || Total::new(plan()));
    if set.is_several() {
        drop(source);
        let reading = parts::Reading { fit: fit(&total.plan), eyes: total.eyes(), opening };
        total.pass.unlike = parts::read(set.parts(), &mut total, &reading, &again, &go_on)?;
    } else {
        one(&mut source, &mut total, &again, options, &go_on)?;
    }
    Ok(total.end())
}

/// Adds one file, by all threads.
fn one(
    source: &mut Source,
    total: &mut Total,
    again: &dyn Fn() -> Total,
    options: &Options,
    go_on: &dyn Fn() -> Result<(), DataError>,
) -> Result<(), DataError> {
    let threads = options.threads.max(1);
    match source {
        Source::Text(reader) => text::read(reader, total, threads, go_on),
        Source::Arrow(reader) => arrow::read(reader, total, threads, go_on),
        // A profile is put together from those of row groups, whoever reads them.
        Source::Parquet(reader) if threads == 1 && options.paranoid && !total.profiles() => {
            parquet::read_alone(reader, total, go_on)
        }
        Source::Parquet(reader) => {
            if parquet::read(reader, total, threads, options.paranoid, go_on)? {
                return Ok(());
            }
            // One thread finds the first fault, which is the one to tell.
            let mut another = again();
            another.plan.wanted.clone_from(&total.plan.wanted);
            parquet::read_alone(reader, &mut another, go_on)?;
            Err(reader.changed())
        }
    }
}

/// What was seen so far.
struct Total {
    plan: Plan,
    pass: Pass,
}

/// What is seen in one batch, whose rows are numbered from 1.
struct Part {
    batch: Batch,
    sights: Vec<Sight>,
    nulls: Vec<u64>,
}

impl Total {
    fn new(plan: Plan) -> Self {
        let nulls = vec![0; plan.wanted.len()];
        Self { plan, pass: Pass { nulls, ..Pass::default() } }
    }

    fn profiles(&self) -> bool {
        self.eyes().iter().any(|eye| matches!(eye, Eye::Profile { .. }))
    }

    fn eyes(&self) -> Vec<Eye> {
        self.plan.checks.iter().map(|check| check.eye()).collect()
    }

    /// Adds a part that follows all others, of whose rows `before` are not numbered in it.
    fn add(&mut self, part: Part, before: u64) {
        self.pass.rows += part.batch.rows as u64;
        self.count_nulls(&part.nulls);
        for name in &part.batch.names {
            if self.pass.names.len() < NAMES && !self.pass.names.contains(name) {
                self.pass.names.insert(name.clone());
            }
        }
        for (check, sight) in self.plan.checks.iter_mut().zip(part.sights) {
            check.add(sight, &part.batch, before);
        }
    }

    fn count_nulls(&mut self, nulls: &[u64]) {
        self.pass.nulls.iter_mut().zip(nulls).for_each(|(sum, nulls)| *sum += nulls);
    }

    fn end(self) -> (Plan, Pass) {
        (self.plan, self.pass)
    }
}

impl Pass {
    /// The rows that follow are those of the part.
    fn begin(&mut self, part: &set::Part) {
        self.parts.push((part.shown.clone(), self.rows));
    }
}

impl Part {
    /// Where only the columns at these slots were decoded.
    fn of_slots(batch: Batch, eyes: &[Eye], slots: &[usize]) -> Self {
        let see = |eye: &Eye| if eye.looks_at(slots) { eye.see(&batch) } else { Sight::Nothing };
        let sights = eyes.iter().map(see).collect();
        let nulls = batch.columns.iter().map(|column| column.nulls()).collect();
        Self { batch, sights, nulls }
    }

    fn of(batch: Batch, eyes: &[Eye]) -> Self {
        let sights = eyes.iter().map(|eye| eye.see(&batch)).collect();
        let nulls = batch.columns.iter().map(|column| column.nulls()).collect();
        Self { batch, sights, nulls }
    }
}
