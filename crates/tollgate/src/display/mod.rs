//! How a run is shown. One narrator turns facts into lines; where the lines go differs: a live
//! screen on a terminal, plain lines elsewhere, JSON for programs. A past run goes through the
//! same code.

mod aside;
pub(crate) mod delivery;
mod findings;
mod github;
mod json;
mod judgement;
mod live;
mod narrator;
mod plain;
pub(crate) mod style;
mod words;

use std::io::IsTerminal;

use tollgate_engine::{Event, Store};

pub(crate) use aside::Display;
pub(crate) use findings::lines as finding_lines;
pub(crate) use judgement::lines as judgement_lines;
pub(crate) use words::{ago, clock, count, verdict_word};

use crate::cli::Context;

/// Something that is told of events, in order.
pub(crate) trait Reporter {
    /// Takes in an event.
    fn event(&mut self, event: &Event);

    /// The run is over, or was broken off.
    fn finish(&mut self);
}

/// Where a narrator's lines go.
trait Screen {
    /// A line that stays.
    fn line(&mut self, text: &str);

    /// A step has begun.
    fn started(&mut self, step: &str);

    /// A step printed something.
    fn output(&mut self, step: &str, bytes: &[u8]);

    /// A step is over.
    fn ended(&mut self, step: &str);

    /// So many steps of so many are over.
    fn progress(&mut self, over: usize, of: usize);

    /// Nothing more comes.
    fn close(&mut self);
}

/// The reporter that fits the caller: JSON where asked for, annotations inside GitHub Actions, a
/// live screen on a terminal, plain lines elsewhere.
pub(crate) fn reporter<'s>(context: &Context, store: &'s dyn Store) -> Box<dyn Reporter + 's> {
    if context.json {
        return Box::new(json::Lines);
    }
    let in_github = context.environment.get("GITHUB_ACTIONS").is_some_and(|value| value == "true");
    if in_github {
        let summary = context.environment.get("GITHUB_STEP_SUMMARY").cloned();
        let screen = plain::Lines::new(context.color);
        return Box::new(github::Annotated::new(screen, store, summary));
    }
    if std::io::stdout().is_terminal() && context.color {
        return Box::new(narrator::Narrator::new(live::Live::new(), store));
    }
    Box::new(narrator::Narrator::new(plain::Lines::new(context.color), store))
}
