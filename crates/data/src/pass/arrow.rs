//! Arrow: each thread reads a record batch at a time, and what they see is added up in the order of
//! the rows.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::{Part, Total};
use crate::DataError;
use crate::checks::Eye;
use crate::reader::Wanted;
use crate::reader::arrow::{ArrowReader, Dictionaries};

/// Batches of a record batch that wait for those of earlier ones.
const AHEAD: usize = 4;

/// Some rows, or why they are not to be had.
type Seen = Result<Part, DataError>;

/// Which record batch, and where to send what is seen of it.
type Task = (usize, SyncSender<Seen>);

/// How record batches are looked at; the same for each.
struct Look<'a> {
    reader: &'a ArrowReader,
    wanted: &'a [Wanted],
    dictionaries: Dictionaries,
    eyes: &'a [Eye],
}

impl Look<'_> {
    /// Hands out what is seen of the record batch; false once nobody wants it any more.
    fn at(&self, batch: usize, take: &mut dyn FnMut(Part) -> bool) -> Result<bool, DataError> {
        let mut stream = self.reader.stream(self.wanted, &self.dictionaries, batch)?;
        while let Some(batch) = stream.next()? {
            if !take(Part::of(batch, self.eyes)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn work(&self, tasks: &Mutex<Receiver<Task>>) {
        let next = || tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        while let Ok((batch, answer)) = next() {
            if let Err(error) = self.at(batch, &mut |part| answer.send(Ok(part)).is_ok()) {
                // Nobody waits for it any more once an earlier batch has a fault.
                let _ = answer.send(Err(error));
            }
        }
    }
}

/// Hands out what is seen of the file, until that is not wanted any more.
pub(super) fn alone(
    reader: &ArrowReader,
    wanted: &[Wanted],
    eyes: &[Eye],
    take: &mut dyn FnMut(Part) -> bool,
) -> Result<(), DataError> {
    let look = Look { reader, wanted, dictionaries: reader.dictionaries(wanted)?, eyes };
    for batch in 0..reader.batches() {
        if !look.at(batch, take)? {
            break;
        }
    }
    Ok(())
}

/// Adds up what is seen of the file.
pub(super) fn read(
    reader: &ArrowReader,
    total: &mut Total,
    threads: usize,
    go_on: &dyn Fn() -> Result<(), DataError>,
) -> Result<(), DataError> {
    let (wanted, eyes) = (total.plan.wanted.clone(), total.eyes());
    let dictionaries = reader.dictionaries(&wanted)?;
    let look = Look { reader, wanted: &wanted, dictionaries, eyes: &eyes };
    let (tasks, queue) = sync_channel(threads);
    let queue = Mutex::new(queue);
    thread::scope(|scope| {
        // They are dropped at the end, so that the others end, too.
        let (tasks, mut answers): (SyncSender<Task>, _) = (tasks, VecDeque::new());
        (0..threads).for_each(|_| drop(scope.spawn(|| look.work(&queue))));
        let mut batches = 0..reader.batches();
        loop {
            while answers.len() < threads
                && let Some(batch) = batches.next()
            {
                let (answer, seen) = sync_channel(AHEAD);
                // Where there is nobody to take it, nobody answers either.
                let _ = tasks.send((batch, answer));
                answers.push_back(seen);
            }
            let Some(seen) = answers.pop_front() else { return Ok(()) };
            go_on()?;
            for part in seen {
                go_on()?;
                let before = total.pass.rows;
                total.add(part?, before);
            }
        }
    })
}
