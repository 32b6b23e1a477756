//! Small pieces of text.

use std::time::Duration;

use tollgate_model::{Timestamp, Verdict, format_duration};

use super::style;

/// `1 step`, `3 steps`.
pub(crate) fn count(number: u64, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// Milliseconds as a person reads them.
pub(crate) fn clock(millis: u64) -> String {
    format_duration(Duration::from_millis(millis))
}

/// How long ago.
pub(crate) fn ago(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.millis_since(then) / 1_000;
    match seconds {
        0..60 => format!("{seconds} s ago"),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..86_400 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} d ago", seconds / 86_400),
    }
}

/// A verdict in its colour.
pub(crate) fn verdict_word(verdict: Verdict) -> String {
    match verdict {
        Verdict::Pass => style::good("passed"),
        Verdict::Fail => style::bad("failed"),
        Verdict::Undecided => style::doubt("undecided"),
    }
}
