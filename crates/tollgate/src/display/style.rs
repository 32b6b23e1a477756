//! Colours, by meaning. Text is always made with them; they are stripped where not wanted.

use std::io::IsTerminal;

use anstyle::{AnsiColor, Style};

fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Passed.
pub(crate) fn good(text: impl std::fmt::Display) -> String {
    paint(AnsiColor::Green.on_default().bold(), text)
}

/// Failed.
pub(crate) fn bad(text: impl std::fmt::Display) -> String {
    paint(AnsiColor::Red.on_default().bold(), text)
}

/// Undecided, skipped: look here.
pub(crate) fn doubt(text: impl std::fmt::Display) -> String {
    paint(AnsiColor::Yellow.on_default().bold(), text)
}

/// Known already.
pub(crate) fn known(text: impl std::fmt::Display) -> String {
    paint(AnsiColor::Cyan.on_default().bold(), text)
}

/// What to do next.
pub(crate) fn hint(text: impl std::fmt::Display) -> String {
    paint(AnsiColor::Cyan.on_default(), text)
}

/// Of less weight.
pub(crate) fn faint(text: impl std::fmt::Display) -> String {
    paint(Style::new().dimmed(), text)
}

/// Of more weight.
pub(crate) fn strong(text: impl std::fmt::Display) -> String {
    paint(Style::new().bold(), text)
}

/// The text without colours.
pub(crate) fn strip(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// Whether colours are wanted by default: on a terminal, unless `NO_COLOR` is set.
pub(crate) fn wanted() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal() && !refused
}

/// Text that came from outside, safe to print: no control characters, so that a log or a file
/// name can't steer the terminal.
pub(crate) fn safe(text: &str) -> String {
    let visible = |c: char| if c.is_control() && c != '\t' { '\u{fffd}' } else { c };
    strip(text).chars().map(visible).collect()
}

/// The first `most` characters of a text.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The last `most` bytes.
pub(crate) fn end(bytes: &[u8], most: usize) -> &[u8] {
    &bytes[bytes.len().saturating_sub(most)..]
}
