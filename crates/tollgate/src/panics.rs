//! Panics are defects of Tollgate, or of a library that came upon hostile bytes. They are noted,
//! not printed: a live display stands on the terminal. A panic in a step's worker becomes that
//! step's end; one that ends Tollgate itself is told once the terminal is in order again.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::sync::{Mutex, PoisonError};

use tollgate_model::Exit;

use crate::cli::eprintln;

/// Notes that are kept: of many, the last say enough.
const KEPT: usize = 16;

static NOTED: Mutex<VecDeque<Note>> = Mutex::new(VecDeque::new());

/// One panic.
#[derive(Clone, Debug)]
struct Note {
    message: String,
    place: String,
    // Empty unless `RUST_BACKTRACE` asks for it.
    trace: String,
}

/// Makes panics be noted instead of printed.
pub(crate) fn note_them() {
    set_hook(Box::new(note));
}

fn note(info: &PanicHookInfo<'_>) {
    let trace = Backtrace::capture();
    let note = Note {
        message: info.payload_as_str().unwrap_or("it says nothing").to_owned(),
        place: info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string),
        trace: match trace.status() {
            BacktraceStatus::Captured => trace.to_string(),
            _ => String::new(),
        },
    };
    let mut noted = NOTED.lock().unwrap_or_else(PoisonError::into_inner);
    noted.push_back(note);
    let over = noted.len().saturating_sub(KEPT);
    noted.drain(..over);
}

/// A panic with that message, and where it came about.
pub(crate) fn witness(message: &str) -> Option<String> {
    let noted = NOTED.lock().unwrap_or_else(PoisonError::into_inner);
    let note = noted.iter().rev().find(|note| note.message == message)?;
    Some(format!("{}: {}", note.place, note.message))
}

/// What `work` comes to; where it panics, that is told and is Tollgate's fault.
pub(crate) fn answer_for(work: impl FnOnce() -> Exit) -> Exit {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let last = NOTED.lock().unwrap_or_else(PoisonError::into_inner).back().cloned();
        for line in apology(last.as_ref()) {
            eprintln(&line, false);
        }
        Exit::Broken
    })
}

fn apology(note: Option<&Note>) -> Vec<String> {
    let mut lines = vec!["error: this is a bug in tollgate, not in your project".to_owned()];
    if let Some(note) = note {
        lines.push(format!("  at {}: {}", note.place, note.message));
        lines.extend(note.trace.lines().map(|line| format!("  {line}")));
    }
    let version = env!("CARGO_PKG_VERSION");
    lines.push(format!(
        "  try: report these lines, the command, and `tollgate doctor` (version {version}); what the \
         ledger has stays true, so run it again"
    ));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_noted_with_its_place_and_answered_for() {
        let before = std::panic::take_hook();
        note_them();
        let exit = answer_for(|| panic!("number {} is odd", 7));
        let worker = std::thread::spawn(|| panic!("of a worker")).join();
        set_hook(before);
        assert_eq!(exit, Exit::Broken);
        assert!(worker.is_err());
        let place = witness("number 7 is odd").unwrap();
        assert!(place.contains("panics.rs:") && place.ends_with(": number 7 is odd"), "{place}");
        assert!(witness("of a worker").is_some());
        assert_eq!(witness("never happened"), None);
        let note = Note { message: "m".into(), place: "a.rs:1:2".into(), trace: "f\ng".into() };
        let said = apology(Some(&note)).join("\n");
        for part in
            ["bug in tollgate", "at a.rs:1:2: m", "  g\n", "report", env!("CARGO_PKG_VERSION")]
        {
            assert!(said.contains(part), "{part}: {said}");
        }
    }

    #[test]
    fn what_does_not_panic_is_answered_as_it_is() {
        assert_eq!(answer_for(|| Exit::Refused), Exit::Refused);
    }
}
