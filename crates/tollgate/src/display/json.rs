//! Facts as JSON, one a line: `{"at": …, "fact": "step_finished", …}`, as the ledger has them.

use std::io::Write;

use tollgate_engine::Event;
use tollgate_model::{Fact, Timestamp};

use super::Reporter;

pub(super) struct Lines;

#[derive(serde::Serialize)]
struct Line<'a> {
    at: Timestamp,
    #[serde(flatten)]
    fact: &'a Fact,
}

impl Reporter for Lines {
    fn event(&mut self, event: &Event) {
        // Signals may be lost, and a program must not rely on what may be lost.
        let Event::Fact { at, fact } = event else { return };
        if let Ok(text) = serde_json::to_string(&Line { at: *at, fact }) {
            // A reader that went away must not end the run.
            let _ = writeln!(std::io::stdout().lock(), "{text}");
        }
    }

    fn finish(&mut self) {}
}
