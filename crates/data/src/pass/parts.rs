//! Several files as one data set. A large one is read by all threads; of small ones each thread
//! reads one, and what they see is added up in the order of the files.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::{Part, Total, alone};
use crate::DataError;
use crate::checks::Eye;
use crate::fit::Fit;
use crate::reader::{Opening, Source};
use crate::set;

/// A larger file is worth all threads.
const LARGE: u64 = 4 << 20;
/// Small files that are shared out at a time.
const TOGETHER: usize = 256;
/// Batches of a file that wait for those of earlier files.
const AHEAD: usize = 16;

/// What is asked of each file; the same for all.
pub(super) struct Reading<'a> {
    pub(super) fit: Fit,
    pub(super) eyes: Vec<Eye>,
    pub(super) opening: &'a Opening<'a>,
}

/// What a thread says of a file: some of its rows, or why they are not to be had.
enum Said {
    Rows(Part),
    Unlike(String),
    Failed(DataError),
}

/// Reads all files; of each that has other columns, why its rows were left out.
pub(super) fn read(
    parts: &[set::Part],
    total: &mut Total,
    reading: &Reading<'_>,
    again: &dyn Fn() -> Total,
    go_on: &dyn Fn() -> Result<(), DataError>,
) -> Result<Vec<(String, String)>, DataError> {
    let (mut unlike, mut rest) = (Vec::new(), parts);
    let is_large = |part: &set::Part| part.path.metadata().is_ok_and(|file| file.len() > LARGE);
    while let [first, further @ ..] = rest {
        go_on()?;
        // By one thread, too: what is rounded must not depend on how many there are.
        let small = rest.iter().take(TOGETHER).take_while(|part| !is_large(part)).count();
        if small > 1 {
            together(&rest[..small], total, reading, &mut unlike, go_on)?;
            rest = &rest[small..];
            continue;
        }
        total.pass.begin(first);
        let mut source = Source::open(first, true, reading.opening)?;
        match reading.fit.wanted(source.columns()) {
            Ok(wanted) => {
                total.plan.wanted = wanted;
                super::one(&mut source, total, again, reading.opening.options, go_on)?;
            }
            Err(why) => unlike.push((first.shown.clone(), why)),
        }
        rest = further;
    }
    Ok(unlike)
}

/// Small files side by side.
fn together(
    parts: &[set::Part],
    total: &mut Total,
    reading: &Reading<'_>,
    unlike: &mut Vec<(String, String)>,
    go_on: &dyn Fn() -> Result<(), DataError>,
) -> Result<(), DataError> {
    let (senders, receivers): (Vec<_>, Vec<_>) = parts.iter().map(|_| sync_channel(AHEAD)).unzip();
    let senders: Vec<_> =
        senders.into_iter().map(|sender| std::sync::Mutex::new(Some(sender))).collect();
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        for _ in 0..reading.opening.options.threads.clamp(1, parts.len()) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let (Some(part), false) = (parts.get(at), stop.load(Ordering::Relaxed)) else {
                        return;
                    };
                    let sender = senders[at].lock().ok().and_then(|mut sender| sender.take());
                    sender.into_iter().for_each(|sender| say(part, reading, &sender));
                }
            });
        }
        let end = parts
            .iter()
            .zip(receivers)
            .try_for_each(|(part, said)| take(part, &said, total, unlike, go_on));
        // Whoever still waits to be heard finds nobody there, and ends.
        stop.store(true, Ordering::Relaxed);
        end
    })
}

/// Reads a file from its first row to its last.
fn say(part: &set::Part, reading: &Reading<'_>, to: &SyncSender<Said>) {
    let mut rows = |part| to.send(Said::Rows(part)).is_ok();
    let mut read = || -> Result<Option<String>, DataError> {
        let mut source = Source::open(part, true, reading.opening)?;
        match reading.fit.wanted(source.columns()) {
            Ok(wanted) => alone::read(&mut source, &wanted, reading, &mut rows).map(|()| None),
            Err(why) => Ok(Some(why)),
        }
    };
    // If nobody listens any more, an earlier file has a fault.
    let _ = match read() {
        Ok(None) => Ok(()),
        Ok(Some(why)) => to.send(Said::Unlike(why)),
        Err(error) => to.send(Said::Failed(error)),
    };
}

fn take(
    part: &set::Part,
    said: &Receiver<Said>,
    total: &mut Total,
    unlike: &mut Vec<(String, String)>,
    go_on: &dyn Fn() -> Result<(), DataError>,
) -> Result<(), DataError> {
    total.pass.begin(part);
    for said in said {
        go_on()?;
        match said {
            Said::Rows(rows) => {
                let before = total.pass.rows;
                total.add(rows, before);
            }
            Said::Unlike(why) => unlike.push((part.shown.clone(), why)),
            Said::Failed(error) => return Err(error),
        }
    }
    Ok(())
}
