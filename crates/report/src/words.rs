//! Small pieces of text that every form shares.

use std::fmt::Write;
use std::time::Duration;

use tollgate_model::{Extent, Finding, Sample, Severity, Verdict, format_duration};

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Plain(String),
    /// It stood between backticks: a name or a value.
    Code(String),
}

/// A sentence in pieces. Where the backticks don't pair, it is one piece.
pub(crate) fn pieces(text: &str) -> Vec<Piece> {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return vec![Piece::Plain(visible(text))];
    }
    let piece = |(at, part): (usize, &&str)| match at % 2 {
        0 => Piece::Plain(visible(part)),
        _ => Piece::Code(visible(part)),
    };
    let all = parts.iter().enumerate().map(piece);
    all.filter(|piece| *piece != Piece::Plain(String::new())).collect()
}

/// The text with everything that can't be seen, or turns what follows around, written out.
pub(crate) fn visible(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => seen.push(' '),
            _ if c.is_control() || is_invisible(c) => seen.extend(c.escape_default()),
            _ => seen.push(c),
        }
    }
    seen
}

// Marks of direction, joiners, and what no XML may hold.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
    )
}

/// The first `most` characters.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A value of a sample. Blanks at the ends are what is wrong, often enough, and can't be seen
/// without quotes.
pub(crate) fn value(sample: &Sample) -> String {
    match sample.value.as_deref() {
        None => "null".to_owned(),
        Some(text) if text.trim() != text || text.is_empty() => format!("\"{text}\""),
        Some(text) => text.to_owned(),
    }
}

/// The finding in lines, as a person reads them in a CI.
pub(crate) fn details(finding: &Finding) -> String {
    let mut text = finding.message.clone();
    let mut line = |label: &str, value: &str| {
        // Writing into a text can't fail.
        let _ = write!(text, "\n{label}: {}", visible(value));
    };
    line("at", &finding.place.to_string());
    finding.expected.iter().for_each(|expected| line("expected", expected));
    finding.found.iter().for_each(|found| line("found", found));
    finding.extent.iter().for_each(|rows| line("rows", &extent(*rows)));
    for sample in &finding.samples {
        let part = sample.part.as_ref().map(|part| format!("{part} ")).unwrap_or_default();
        line(&format!("{}row {}", visible(&part), sample.row), &value(sample));
    }
    finding.rule.iter().for_each(|rule| line("rule", &format!("{}:{}", rule.path, rule.line)));
    finding.hint.iter().for_each(|hint| line("try", hint));
    text
}

/// A verdict as a word of its own.
pub(crate) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "Passed",
        Verdict::Fail => "Failed",
        Verdict::Undecided => "Undecided",
    }
}

/// A verdict as a sign, so that colour is never alone.
pub(crate) fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✓",
        Verdict::Fail => "✗",
        Verdict::Undecided => "?",
    }
}

/// How bad a finding is, as a sign and a word.
pub(crate) fn severity(finding: &Finding) -> (&'static str, &'static str) {
    match finding.severity {
        Severity::Error => ("✗", "Failed"),
        Severity::Warning => ("!", "Warning"),
        Severity::Info => ("i", "Note"),
    }
}

/// `3 of 1 000 rows (0.3 %)`.
pub(crate) fn extent(extent: Extent) -> String {
    let of = format!("{} of {}", number(extent.count), number(extent.of));
    match share(extent.count, extent.of) {
        Some(share) => format!("{of} ({share})"),
        None => of,
    }
}

/// A share in per cent, with as many decimals as show that it is neither none nor all.
pub(crate) fn share(count: u64, of: u64) -> Option<String> {
    let percent = ratio(count, of)? * 100.0;
    let whole = count == 0 || count == of;
    Some(match percent {
        _ if whole => format!("{percent:.0} %"),
        small if small < 0.01 => "< 0.01 %".to_owned(),
        large if large > 99.99 => "> 99.99 %".to_owned(),
        small if !(1.0..=99.0).contains(&small) => format!("{small:.2} %"),
        other => format!("{other:.1} %"),
    })
}

/// The quotient; none of nothing.
#[expect(clippy::cast_precision_loss, reason = "for the eye, which sees three digits")]
pub(crate) fn ratio(count: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| count as f64 / of as f64)
}

/// A number with thin spaces between thousands, as every report writes it.
#[must_use]
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// A measured value with at most five decimals; of whole numbers, thousands apart.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "only whole numbers below 10¹⁵ get there"
)]
pub(crate) fn figure(value: f64) -> String {
    let magnitude = value.abs();
    if value.fract() == 0.0 && (0.0..1e15).contains(&value) {
        return number(value as u64);
    }
    if !value.is_finite() || (value != 0.0 && !(1e-4..1e15).contains(&magnitude)) {
        return format!("{value:.4e}").replace("NaNe0", "NaN");
    }
    let text = format!("{value:.5}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Milliseconds as a person reads them.
pub(crate) fn clock(millis: u64) -> String {
    format_duration(Duration::from_millis(millis))
}

/// `1 finding`, `3 findings`.
pub(crate) fn count(count: usize, thing: &str) -> String {
    let number = number(count as u64);
    if count == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_be_seen_is_written_out() {
        assert_eq!(visible("a\0b\u{202e}c\n"), "a\\u{0}b\\u{202e}c\\n");
        assert_eq!(visible("naïve 🦀 עברית"), "naïve 🦀 עברית");
    }

    #[test]
    fn names_stand_between_backticks() {
        let plain = |text: &str| Piece::Plain(text.into());
        let code = |text: &str| Piece::Code(text.into());
        assert_eq!(pieces("`a`: is b"), [code("a"), plain(": is b")]);
        assert_eq!(pieces("a ` b"), [plain("a ` b")]);
        assert_eq!(pieces(""), []);
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(number(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(number(999), "999");
        assert_eq!(share(1, 100_000).as_deref(), Some("< 0.01 %"));
        assert_eq!(share(99_999_999, 100_000_000).as_deref(), Some("> 99.99 %"));
        assert_eq!(share(3, 1_000).as_deref(), Some("0.30 %"));
        assert_eq!((share(0, 5).as_deref(), share(0, 0)), (Some("0 %"), None));
        assert_eq!((figure(0.91), figure(12_000.0)), ("0.91".into(), "12\u{202f}000".into()));
        assert_eq!((figure(f64::NAN), figure(-0.5)), ("NaN".into(), "-0.5".into()));
        assert_eq!((figure(f64::INFINITY), figure(1e-9)), ("inf".into(), "1.0000e-9".into()));
    }
}
