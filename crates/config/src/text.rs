//! Small words for messages.

/// Longer texts are cut in messages: the caret shows the place, and a line stays a line.
const LONGEST: usize = 60;

/// A text of the user's as part of a message: in backticks, on one line, cut where it is long.
pub(crate) fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(LONGEST).flat_map(visible).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

fn visible(c: char) -> Vec<char> {
    // Also what turns the direction of writing: it could make a message read as another.
    match c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    {
        true => c.escape_unicode().collect(),
        false => vec![c],
    }
}

/// `a`, `b` and `c`.
pub(crate) fn listed<'a>(words: impl IntoIterator<Item = &'a str>, last: &str) -> String {
    let words: Vec<String> = words.into_iter().map(quoted).collect();
    match words.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [rest @ .., end] => format!("{} {last} {end}", rest.join(", ")),
    }
}

/// `1 step`, `2 steps`.
pub(crate) fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_or_strange_text_stays_on_its_line() {
        assert_eq!(quoted("a\nb"), "`a\\u{a}b`");
        assert_eq!(quoted(&"x".repeat(100)).chars().count(), 63);
        assert_eq!(listed(["a", "b", "c"], "or"), "`a`, `b` or `c`");
    }
}
