//! A live screen: a line for each running step with what it printed last, and how far the run is.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Screen, style};

/// Often enough to look alive, seldom enough to cost nothing.
const TICK: Duration = Duration::from_millis(120);

/// The end of what a step printed, in bytes, and how many characters of a line: no terminal is
/// wider.
const SHOWN: usize = 4 << 10;
const LINE: usize = 400;

pub(super) struct Live {
    all: MultiProgress,
    bar: ProgressBar,
    running: BTreeMap<String, ProgressBar>,
}

impl Live {
    pub(super) fn new() -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stdout_with_hz(10));
        let bar = all.add(ProgressBar::new(0));
        bar.set_style(template("      {elapsed:>5.dim} {bar:24.cyan/dim} {pos}/{len} steps"));
        Self { all, bar, running: BTreeMap::new() }
    }
}

// The templates are constants; one that didn't parse would show a default bar.
fn template(text: &str) -> ProgressStyle {
    ProgressStyle::with_template(text)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━━─")
}

impl Screen for Live {
    fn line(&mut self, text: &str) {
        // A terminal that went away must not end the run.
        let _ = self.all.println(text);
    }

    fn started(&mut self, step: &str) {
        if self.running.contains_key(step) {
            return;
        }
        let line = self.all.insert_before(&self.bar, ProgressBar::new_spinner());
        line.set_style(template("{spinner:>11.cyan} {prefix:.bold} {elapsed:>4} {wide_msg:.dim}"));
        line.set_prefix(format!("{step:12}"));
        line.enable_steady_tick(TICK);
        self.running.insert(step.to_owned(), line);
    }

    fn output(&mut self, step: &str, bytes: &[u8]) {
        let Some(line) = self.running.get(step) else { return };
        let text = String::from_utf8_lossy(style::end(bytes, SHOWN));
        let last = text.split(['\n', '\r']).rev().find(|part| !part.trim().is_empty());
        if let Some(last) = last {
            line.set_message(style::safe(&style::cut(last.trim(), LINE)));
        }
    }

    fn ended(&mut self, step: &str) {
        if let Some(line) = self.running.remove(step) {
            line.finish_and_clear();
            self.all.remove(&line);
        }
    }

    fn progress(&mut self, over: usize, of: usize) {
        self.bar.set_length(of as u64);
        self.bar.set_position(over as u64);
    }

    fn close(&mut self) {
        for (_, line) in std::mem::take(&mut self.running) {
            line.finish_and_clear();
        }
        self.bar.finish_and_clear();
    }
}
