//! Plain lines: stable, one event each, for pipes, files and CI.

use std::io::Write;

use super::{Screen, style};

pub(super) struct Lines {
    color: bool,
}

impl Lines {
    pub(super) fn new(color: bool) -> Self {
        Self { color }
    }
}

impl Screen for Lines {
    fn line(&mut self, text: &str) {
        let text = if self.color { text.to_owned() } else { style::strip(text) };
        // A reader that went away must not end the run.
        let _ = writeln!(std::io::stdout().lock(), "{text}");
    }

    fn started(&mut self, _step: &str) {}

    fn output(&mut self, _step: &str, _bytes: &[u8]) {}

    fn ended(&mut self, _step: &str) {}

    fn progress(&mut self, _over: usize, _of: usize) {}

    fn close(&mut self) {}
}
