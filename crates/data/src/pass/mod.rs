//! One pass over a data set: batches are decoded and looked at by several threads, and what they
//! see is added up in the order of the rows, so that the sum is that of one thread.

mod parquet;
mod text;

use crate::batch::Batch;
use crate::checks::{Eye, Sight};
use crate::plan::Plan;
use crate::reader::Source;
use crate::{DataError, Options};

/// What was counted on the way.
#[derive(Default)]
pub(crate) struct Pass {
    pub(crate) rows: u64,
    /// Of each decoded column.
    pub(crate) nulls: Vec<u64>,
}

/// Reads the source to its end, with a plan that is made for it.
pub(crate) fn over(
    source: &mut Source,
    plan: &dyn Fn() -> Plan,
    options: &Options,
    shown: &str,
    cancelled: &dyn Fn() -> bool,
) -> Result<(Plan, Pass), DataError> {
    let go_on = || match cancelled() {
        true => Err(DataError::Cancelled { path: shown.to_owned() }),
        false => Ok(()),
    };
    let (mut total, threads) = (Total::new(plan()), options.threads.max(1));
    match source {
        Source::Csv(reader) => text::read(reader, &mut total, threads, &go_on)?,
        Source::Parquet(reader) => {
            let alone = threads == 1 && options.paranoid;
            if !alone && parquet::read(reader, &mut total, threads, options.paranoid, &go_on)? {
                return Ok(total.end());
            }
            // One thread finds the first fault, which is the one to tell.
            total = Total::new(plan());
            parquet::read_alone(reader, &mut total, &go_on)?;
        }
    }
    Ok(total.end())
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
        Self { plan, pass: Pass { rows: 0, nulls } }
    }

    fn eyes(&self) -> Vec<Eye> {
        self.plan.checks.iter().map(|check| check.eye()).collect()
    }

    /// Adds a part that follows all others, of whose rows `before` are not numbered in it.
    fn add(&mut self, part: Part, before: u64) {
        self.pass.rows += part.batch.rows as u64;
        self.count_nulls(&part.nulls);
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

impl Part {
    fn of(batch: Batch, eyes: &[Eye]) -> Self {
        let sights = eyes.iter().map(|eye| eye.see(&batch)).collect();
        let nulls = batch.columns.iter().map(|column| column.nulls()).collect();
        Self { batch, sights, nulls }
    }
}
