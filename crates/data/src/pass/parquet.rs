//! Parquet: each thread takes a column of a row group at a time. Columns that are compared across
//! rows are streamed from the first row to the last, and the calling thread compares. What the
//! footer or a dictionary proves is not decoded, and what is only counted is not laid out in rows.

mod skimming;

use std::collections::BTreeMap;
use std::iter::Enumerate;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use self::skimming::Skimming;
use super::{Part, Total};
use crate::DataError;
use crate::batch::Batch;
use crate::checks::{Eye, Facts, Sight};
use crate::reader::Wanted;
use crate::reader::parquet::{ParquetReader, Stream};

/// Batches of a stream that wait for the calling thread.
const AHEAD: usize = 4;
/// How long a withdrawn question may go on.
const POLL: Duration = Duration::from_millis(20);

type GoOn<'a> = &'a dyn Fn() -> Result<(), DataError>;

/// By the calling thread alone.
pub(super) fn read_alone(
    reader: &ParquetReader,
    total: &mut Total,
    go_on: GoOn<'_>,
) -> Result<(), DataError> {
    let (wanted, eyes) = (total.plan.wanted.clone(), total.eyes());
    let mut stream = reader.whole(&wanted, total.pass.rows);
    while let Some(batch) = go_on().and_then(|()| stream.next())? {
        total.add(Part::of(batch, &eyes), 0);
    }
    Ok(())
}

/// Some columns of some row groups.
struct Job {
    groups: Range<usize>,
    before: u64,
    /// The columns that are decoded.
    slots: Vec<usize>,
    /// Those whose cells are tested here.
    own: Vec<usize>,
    /// The check of rows, each by itself, for which the columns are decoded.
    across: Option<usize>,
    /// Where the rows go whose keys are compared, and by which checks.
    keys: Option<(Vec<usize>, SyncSender<Keyed>)>,
}

/// A batch, and its keys for some checks.
type Keyed = (Batch, Vec<(usize, Sight)>);

/// What a job shows of cells: by check and by column.
struct Found {
    sights: Vec<(usize, Sight)>,
    nulls: Vec<u64>,
}

/// What all threads share.
struct Work<'a> {
    reader: &'a ParquetReader,
    wanted: Vec<Wanted>,
    eyes: Vec<Eye>,
    /// What is to be done, by numbers.
    jobs: Mutex<Enumerate<std::vec::IntoIter<Job>>>,
    /// Whether what is proven is decoded all the same.
    paranoid: bool,
    stop: AtomicBool,
}

impl Work<'_> {
    fn run(&self, lane: Option<(usize, Job)>, found: &Sender<(usize, Result<Found, DataError>)>) {
        let next = || self.jobs.lock().unwrap_or_else(PoisonError::into_inner).next();
        let mut job = lane.or_else(next);
        while let Some((number, now)) = job {
            if found.send((number, self.job(now))).is_err() {
                return;
            }
            job = next();
        }
    }

    fn job(&self, job: Job) -> Result<Found, DataError> {
        let mut found = self.nothing(&job);
        if let Some(nulls) = self.proven_by_dictionary(&job) {
            job.own.iter().for_each(|slot| found.nulls[*slot] += nulls);
            return Ok(found);
        }
        if let Some(skimmed) = self.skimmed(&job) {
            return Ok(skimmed);
        }
        let mut stream: Stream<'_> =
            self.reader.stream(&self.wanted, job.slots, job.groups, job.before);
        while !self.stop.load(Ordering::Relaxed) {
            let Some(batch) = stream.next()? else {
                break;
            };
            for slot in &job.own {
                found.nulls[*slot] += batch.columns[*slot].nulls();
            }
            for (check, sight) in &mut found.sights {
                sight.extend(self.eyes[*check].see(&batch));
            }
            let Some((checks, rows)) = &job.keys else {
                continue;
            };
            let keys = checks.iter().map(|check| (*check, self.eyes[*check].see(&batch))).collect();
            if rows.send((batch, keys)).is_err() {
                break;
            }
        }
        Ok(found)
    }

    /// Whether it matters how often each value of the column occurs.
    fn is_counted(&self, column: usize) -> bool {
        self.eyes.iter().any(|eye| matches!(eye, Eye::Profile { slot, .. } if *slot == column))
    }

    /// The nulls of the job's one column, if its dictionary shows that its rows keep every rule.
    fn proven_by_dictionary(&self, job: &Job) -> Option<u64> {
        let [slot] = job.slots[..] else { return None };
        let is_of_rows = job.keys.is_some() || job.across.is_some();
        if self.paranoid || is_of_rows || self.is_counted(slot) {
            return None;
        }
        let (group, wanted) = (job.groups.start, &self.wanted[slot]);
        let facts = self.reader.facts(group, wanted)?;
        let cells = self.reader.distinct(group, wanted, &facts)?;
        let kept = |eye: &Eye| eye.is_kept(slot, &facts) || eye.is_kept_by(slot, &cells);
        of_cells(&self.eyes).all(kept).then_some(facts.nulls)
    }

    /// What the job's one column shows, if all its pages show that it keeps every rule.
    fn skimmed(&self, job: &Job) -> Option<Found> {
        let ([slot], None, None) = (&job.slots[..], &job.keys, &job.across) else { return None };
        let (group, wanted) = (job.groups.start, &self.wanted[*slot]);
        let facts = self.reader.facts(group, wanted).filter(|_| !self.paranoid);
        let is_open = |eye: &&Eye| !facts.as_ref().is_some_and(|facts| eye.is_kept(*slot, facts));
        let eyes = of_cells(&self.eyes).filter(is_open);
        let mut skimming = Skimming::new(*slot, eyes, self.nothing(job), &self.stop);
        let nulls = self.reader.skim(group, wanted, &mut skimming)?;
        let mut found = skimming.found;
        found.nulls[*slot] += nulls;
        Some(found)
    }

    fn nothing(&self, job: &Job) -> Found {
        let eyes = self.eyes.iter().enumerate();
        let own = eyes.filter_map(|(check, eye)| match eye {
            Eye::Cells { slot, none, .. } if job.own.contains(slot) => {
                Some((check, Sight::Cells(none.fresh())))
            }
            Eye::Across { none, .. } if job.across == Some(check) => {
                Some((check, Sight::Cells(none.fresh())))
            }
            Eye::Profile { slot, none } if job.own.contains(slot) => {
                Some((check, Sight::Profile(none.clone())))
            }
            _ => None,
        });
        let nulls = vec![0; self.wanted.len()];
        Found { sights: own.collect(), nulls }
    }
}

/// Whether it could be read; if not, only one thread can tell what is wrong first.
pub(super) fn read(
    reader: &ParquetReader,
    total: &mut Total,
    threads: usize,
    paranoid: bool,
    go_on: GoOn<'_>,
) -> Result<bool, DataError> {
    let Ok(groups) = reader.groups() else {
        return Ok(false);
    };
    let (wanted, eyes) = (total.plan.wanted.clone(), total.eyes());
    let before = total.pass.rows;
    let (lanes, rows) = lanes(&eyes, groups.len(), before, threads);
    let streams = lanes.len();
    let streamed: Vec<_> = lanes.iter().flat_map(|lane| lane.own.clone()).collect();
    let alone = (0..wanted.len()).filter(|slot| !streamed.contains(slot)).collect::<Vec<_>>();
    let mut jobs = jobs(&groups, before, &alone);
    if !paranoid {
        jobs.retain(|job| !is_proven(reader, job, total, &eyes));
    }
    jobs.extend(across(&groups, before, &eyes));
    // A lane ends with the file. Nobody waits for it whose number is lower.
    let lanes = (jobs.len()..).zip(lanes);
    let expected = jobs.len() + streams;
    let jobs = Mutex::new(jobs.into_iter().enumerate());
    let work = Work { reader, wanted, eyes, jobs, paranoid, stop: AtomicBool::new(false) };
    let (found, all) = channel();
    thread::scope(|scope| {
        let mut lanes = lanes;
        for _ in 0..threads {
            let (work, lane, found) = (&work, lanes.next(), found.clone());
            scope.spawn(move || work.run(lane, &found));
        }
        // With the last thread the channel ends, too.
        drop(found);
        let end = compare(total, rows, go_on).and_then(|()| collect(total, &all, expected, go_on));
        work.stop.store(true, Ordering::Relaxed);
        let all_found = end?;
        total.pass.rows += groups.iter().sum::<u64>();
        Ok(all_found)
    })
}

/// Streams for the checks that compare rows, by as many threads as leave half of them for the rest.
fn lanes(
    eyes: &[Eye],
    groups: usize,
    before: u64,
    threads: usize,
) -> (Vec<Job>, Vec<Receiver<Keyed>>) {
    let keys: Vec<_> = (0..eyes.len()).filter(|at| matches!(eyes[*at], Eye::Keys(_))).collect();
    let count = keys.len().min((threads / 2).max(1));
    let (mut owned, mut lanes, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    for lane in 0..count {
        let checks: Vec<_> = keys.iter().copied().skip(lane).step_by(count).collect();
        let mut slots: Vec<usize> = Vec::new();
        for check in &checks {
            if let Eye::Keys(columns) = &eyes[*check] {
                slots.extend(columns);
            }
        }
        slots.sort_unstable();
        slots.dedup();
        let own: Vec<_> = slots.iter().copied().filter(|slot| !owned.contains(slot)).collect();
        owned.extend(&own);
        let (sender, receiver) = sync_channel(AHEAD);
        rows.push(receiver);
        let keys = Some((checks, sender));
        lanes.push(Job { groups: 0..groups, before, slots, own, across: None, keys });
    }
    (lanes, rows)
}

fn jobs(groups: &[u64], mut before: u64, slots: &[usize]) -> Vec<Job> {
    let mut jobs = Vec::new();
    for (group, rows) in groups.iter().enumerate() {
        jobs.extend(slots.iter().map(|slot| {
            let (slots, own) = (vec![*slot], vec![*slot]);
            Job { groups: group..group + 1, before, slots, own, across: None, keys: None }
        }));
        before += rows;
    }
    jobs
}

/// For each check of rows a job in each group, whose columns may be decoded elsewhere, too.
fn across(groups: &[u64], mut before: u64, eyes: &[Eye]) -> Vec<Job> {
    let mut jobs = Vec::new();
    for (group, rows) in groups.iter().enumerate() {
        jobs.extend(eyes.iter().enumerate().filter_map(|(check, eye)| {
            let Eye::Across { slots, .. } = eye else { return None };
            let (slots, own, across) = (slots.clone(), Vec::new(), Some(check));
            Some(Job { groups: group..group + 1, before, slots, own, across, keys: None })
        }));
        before += rows;
    }
    jobs
}

/// The eyes that need the columns' own jobs. Checks of rows have jobs of their own.
fn of_cells(eyes: &[Eye]) -> impl Iterator<Item = &Eye> {
    eyes.iter().filter(|eye| !matches!(eye, Eye::Across { .. }))
}

/// Whether the footer shows all that the job could. Then its nulls are counted.
fn is_proven(reader: &ParquetReader, job: &Job, total: &mut Total, eyes: &[Eye]) -> bool {
    let [slot] = job.own[..] else {
        return false;
    };
    let facts = reader.facts(job.groups.start, &total.plan.wanted[slot]);
    let proven = |facts: &Facts| of_cells(eyes).all(|eye| eye.is_kept(slot, facts));
    let Some(facts) = facts.filter(proven) else {
        return false;
    };
    total.pass.nulls[slot] += facts.nulls;
    true
}

/// Adds the keys, in the order of rows and then of checks, as one thread would.
fn compare(
    total: &mut Total,
    lanes: Vec<Receiver<Keyed>>,
    go_on: GoOn<'_>,
) -> Result<(), DataError> {
    loop {
        go_on()?;
        let Ok(batches) = lanes.iter().map(Receiver::recv).collect::<Result<Vec<_>, _>>() else {
            return Ok(());
        };
        if batches.is_empty() {
            return Ok(());
        }
        let mut all = Vec::new();
        for (batch, sights) in &batches {
            all.extend(sights.iter().map(|(check, sight)| (*check, sight, batch)));
        }
        all.sort_by_key(|(check, ..)| *check);
        for (check, sight, batch) in all {
            total.plan.checks[check].add_keys(sight, batch);
        }
    }
}

/// Adds what the jobs found in the order of their numbers, and holds only what waits for an earlier
/// one. Whether all of them could be done.
fn collect(
    total: &mut Total,
    all: &Receiver<(usize, Result<Found, DataError>)>,
    expected: usize,
    go_on: GoOn<'_>,
) -> Result<bool, DataError> {
    let (mut waiting, mut next) = (BTreeMap::new(), 0);
    while next < expected {
        match all.recv_timeout(POLL) {
            Ok((number, Ok(found))) => waiting.insert(number, found),
            Ok((_, Err(_))) | Err(RecvTimeoutError::Disconnected) => return Ok(false),
            Err(RecvTimeoutError::Timeout) => None,
        };
        while let Some(found) = waiting.remove(&next) {
            add(total, found);
            next += 1;
        }
        go_on()?;
    }
    Ok(true)
}

fn add(total: &mut Total, found: Found) {
    total.count_nulls(&found.nulls);
    for (check, sight) in found.sights {
        total.plan.checks[check].add(sight, &Batch::nothing(), 0);
    }
}
