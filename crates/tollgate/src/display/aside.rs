//! The display on a thread of its own: a screen that is slow, or that nobody reads, holds up no
//! run. Facts wait for it, however many; what steps print is passed over while it is behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use tollgate_adapters::DiskStore;
use tollgate_engine::{Event, Signal};

use super::{Reporter, reporter};
use crate::cli::{Context, eprintln};

/// Pieces of output that may wait.
const WAITING: usize = 64;
/// A screen shows the end of what a step printed; so much of each piece is kept for it.
const PIECE: usize = 4 << 10;
/// What a screen has to catch up once nobody wants to wait any more.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often it is looked whether somebody still waits.
const POLL: Duration = Duration::from_millis(20);

/// A display at work.
pub(crate) struct Display {
    outbox: Option<Sender<Told>>,
    waiting: Arc<AtomicUsize>,
    // Says nothing; it ends with the thread.
    ended: Receiver<()>,
}

enum Told {
    Event(Event),
    Note(String),
}

impl Display {
    /// Starts the display that fits the caller. `store` is where it reads logs and reports.
    pub(crate) fn start(context: &Context, store: DiskStore) -> Self {
        let context = context.clone();
        Self::of(move |inbox, waiting| {
            let mut reporter = reporter(&context, &store);
            let note = |text: &str| eprintln(text, context.color);
            show(&mut *reporter, inbox, waiting, &note);
        })
    }

    fn of(show: impl FnOnce(&Receiver<Told>, &AtomicUsize) + Send + 'static) -> Self {
        let (outbox, inbox) = mpsc::channel();
        let (ending, ended) = mpsc::channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&waiting);
        thread::spawn(move || {
            let _ending: Sender<()> = ending;
            show(&inbox, &seen);
        });
        Self { outbox: Some(outbox), waiting, ended }
    }

    /// Takes in an event, at once.
    pub(crate) fn event(&self, event: Event) {
        match event {
            // The one who drives the run shows its notes.
            Event::Signal(Signal::Note { .. }) => {}
            Event::Fact { .. } => self.tell(Told::Event(event)),
            Event::Signal(Signal::Output { step, mut bytes }) => {
                if self.waiting.fetch_add(1, Ordering::Relaxed) >= WAITING {
                    self.waiting.fetch_sub(1, Ordering::Relaxed);
                    return;
                }
                bytes.drain(..bytes.len().saturating_sub(PIECE));
                self.tell(Told::Event(Event::Signal(Signal::Output { step, bytes })));
            }
        }
    }

    /// Takes in a line for standard error, to be shown between the events.
    pub(crate) fn note(&self, text: String) {
        self.tell(Told::Note(text));
    }

    // A display that is gone has nobody to show anything to.
    fn tell(&self, told: Told) {
        let _ = self.outbox.as_ref().map(|outbox| outbox.send(told));
    }

    /// Waits until everything is shown, or until a person who wants to stop has waited a while.
    /// Says whether everything is shown.
    pub(crate) fn finish(mut self, stopped: &dyn Fn() -> bool) -> bool {
        self.outbox = None;
        let mut since = None;
        loop {
            if stopped() && since.get_or_insert_with(Instant::now).elapsed() >= PATIENCE {
                return false;
            }
            if self.ended.recv_timeout(POLL) != Err(RecvTimeoutError::Timeout) {
                return true;
            }
        }
    }
}

impl Drop for Display {
    // Where a run is broken off: the terminal should be left in order, if that can be.
    fn drop(&mut self) {
        if self.outbox.take().is_some() {
            let _ = self.ended.recv_timeout(PATIENCE);
        }
    }
}

fn show(
    reporter: &mut dyn Reporter,
    inbox: &Receiver<Told>,
    waiting: &AtomicUsize,
    note: &dyn Fn(&str),
) {
    for told in inbox {
        match told {
            Told::Note(text) => note(&text),
            Told::Event(event) => {
                reporter.event(&event);
                if let Event::Signal(_) = event {
                    waiting.fetch_sub(1, Ordering::Relaxed);
                }
            }
        }
    }
    reporter.finish();
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tollgate_model::{Fact, RunEnd, RunFinished, RunId, Timestamp, Verdict};

    use super::*;

    /// Facts, pieces of output, and the longest of these.
    type Counts = Arc<Mutex<(usize, usize, usize)>>;

    /// Shows nothing before its gate opens; then it counts.
    struct Slow {
        gate: Receiver<()>,
        counts: Counts,
    }

    impl Reporter for Slow {
        fn event(&mut self, event: &Event) {
            let _ = self.gate.recv();
            let mut counts = self.counts.lock().unwrap();
            match event {
                Event::Fact { .. } => counts.0 += 1,
                Event::Signal(Signal::Output { bytes, .. }) => {
                    counts.1 += 1;
                    counts.2 = counts.2.max(bytes.len());
                }
                Event::Signal(Signal::Note { .. }) => {}
            }
        }

        fn finish(&mut self) {}
    }

    fn fact() -> Event {
        let end = RunEnd::Completed;
        let fact = RunFinished { run: RunId(1), verdict: Verdict::Pass, end, millis: 0 };
        Event::Fact { at: Timestamp::from_millis(0), fact: Box::new(Fact::RunFinished(fact)) }
    }

    fn slow() -> (Display, Sender<()>, Counts) {
        let (opener, gate) = mpsc::channel();
        let counts = Counts::default();
        let mut reporter = Slow { gate, counts: Arc::clone(&counts) };
        let display = Display::of(move |inbox, waiting| {
            show(&mut reporter, inbox, waiting, &|_| {});
        });
        (display, opener, counts)
    }

    #[test]
    fn a_slow_screen_loses_output_and_no_fact() {
        let (display, gate, counts) = slow();
        let output = || Signal::Output { step: "a".parse().unwrap(), bytes: vec![b'x'; PIECE * 3] };
        for _ in 0..10 * WAITING {
            display.event(Event::Signal(output()));
            display.event(fact());
        }
        drop(gate);
        assert!(display.finish(&|| false));
        assert_eq!(*counts.lock().unwrap(), (10 * WAITING, WAITING, PIECE));
    }

    #[test]
    fn whoever_stops_does_not_wait_for_a_screen_that_is_stuck() {
        let (display, _gate, counts) = slow();
        display.event(fact());
        assert!(!display.finish(&|| true), "it says that not everything is shown");
        assert_eq!(counts.lock().unwrap().0, 0);
    }
}
