//! Text: the calling thread cuts the file between records, others split and test the pieces, and
//! it adds up what they see.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::{Part, Total};
use crate::DataError;
use crate::checks::Eye;
use crate::reader::Wanted;
use crate::reader::input::Piece;
use crate::reader::text::{Rules, TextReader};

/// Pieces under way for each thread; no more are in memory.
const AHEAD: usize = 2;

/// How pieces are looked at; the same for each.
pub(super) struct Look<'a> {
    pub(super) rules: Rules,
    pub(super) wanted: Vec<Wanted>,
    pub(super) eyes: &'a [Eye],
}

/// What was seen, and how many lines the piece has.
pub(super) type Seen = Result<(Part, u64), DataError>;

/// A piece, and where to send what is seen in it.
type Task = (Piece, SyncSender<Seen>);

impl Look<'_> {
    pub(super) fn at(&self, piece: Piece) -> Seen {
        let (batch, lines) = self.rules.read(piece, &self.wanted)?;
        Ok((Part::of(batch, self.eyes), lines))
    }

    fn work(&self, tasks: &Mutex<Receiver<Task>>) {
        let next = || tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        while let Ok((piece, answer)) = next() {
            // Nobody waits for it any more once an earlier piece has a fault.
            let _ = answer.send(self.at(piece));
        }
    }
}

pub(super) fn read(
    reader: &mut TextReader,
    total: &mut Total,
    threads: usize,
    go_on: &dyn Fn() -> Result<(), DataError>,
) -> Result<(), DataError> {
    let (rules, wanted) = (reader.rules(), total.plan.wanted.clone());
    let eyes = total.eyes();
    let look = Look { rules, wanted, eyes: &eyes };
    let mut lines = reader.lines_before();
    if threads < 2 {
        loop {
            go_on()?;
            match reader.piece() {
                Ok(Some(piece)) => take(total, look.at(piece), &mut lines)?,
                Ok(None) => return Ok(()),
                Err(error) => return Err(error.further_down(lines)),
            }
        }
    }
    let (tasks, queue) = sync_channel(threads * AHEAD);
    let queue = Mutex::new(queue);
    thread::scope(|scope| {
        // It is dropped at the end, so that the others end, too.
        let tasks: SyncSender<Task> = tasks;
        (0..threads).for_each(|_| drop(scope.spawn(|| look.work(&queue))));
        let (mut answers, mut failed) = (VecDeque::new(), None);
        loop {
            go_on()?;
            while answers.len() < threads * AHEAD && failed.is_none() {
                match reader.piece() {
                    Ok(Some(piece)) => answers.push_back(ask(&tasks, piece)),
                    Ok(None) => break,
                    Err(error) => failed = Some(error),
                }
            }
            match answers.pop_front().map(|answer: Receiver<Seen>| answer.recv()) {
                Some(Ok(seen)) => take(total, seen, &mut lines)?,
                // That thread panicked; the scope passes it on.
                Some(Err(_)) => return Ok(()),
                None => return failed.map_or(Ok(()), |error| Err(error.further_down(lines))),
            }
        }
    })
}

fn ask(tasks: &SyncSender<Task>, piece: Piece) -> Receiver<Seen> {
    let (answer, seen) = sync_channel(1);
    // Where there is nobody to take it, nobody answers either.
    let _ = tasks.send((piece, answer));
    seen
}

fn take(total: &mut Total, seen: Seen, lines: &mut u64) -> Result<(), DataError> {
    let (part, further) = seen.map_err(|error| error.further_down(*lines))?;
    *lines += further;
    let before = total.pass.rows;
    total.add(part, before);
    Ok(())
}
