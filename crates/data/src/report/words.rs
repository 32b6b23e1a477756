//! Names, values, bounds and rates, as they stand in a sentence.

use tollgate_model::{Limit, Operator, Unit};

use crate::checks::Side;

/// Characters of a value that are shown.
const SHOWN: usize = 80;

/// A name as it stands in a sentence.
pub(crate) fn quote(name: &str) -> String {
    format!("`{}`", shorten(name))
}

/// The value, cut after 80 characters, and without characters that act on a terminal.
pub(crate) fn shorten(value: &str) -> String {
    let mut shown = String::new();
    for (at, c) in value.chars().enumerate() {
        if at == SHOWN {
            shown.push('…');
            break;
        }
        if c.is_control() || is_invisible(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Marks of direction and joiners: they make a text look like another one.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

pub(super) fn outside(side: Side) -> &'static str {
    match side {
        Side::Minimum => "below",
        Side::Maximum => "above",
        Side::ExclusiveMinimum => "not above",
        Side::ExclusiveMaximum => "not below",
    }
}

pub(super) fn inside(side: Side) -> &'static str {
    match side {
        Side::Minimum => "at least",
        Side::Maximum => "at most",
        Side::ExclusiveMinimum => "above",
        Side::ExclusiveMaximum => "below",
    }
}

/// "limit 1 %", "must be at least 10".
pub(super) fn bar(limit: &Limit) -> String {
    let unit = if limit.unit == Unit::Percent { " %" } else { "" };
    match limit.operator {
        Operator::Be(bar) => format!("must be {bar}{unit}"),
        Operator::NotBe(bar) => format!("must not be {bar}{unit}"),
        Operator::GreaterThan(bar) => format!("must be above {bar}{unit}"),
        Operator::AtLeast(bar) => format!("must be at least {bar}{unit}"),
        Operator::LessThan(bar) => format!("must be below {bar}{unit}"),
        Operator::AtMost(bar) => format!("limit {bar}{unit}"),
        Operator::Between(low, high) => format!("must be between {low} and {high}{unit}"),
        Operator::NotBetween(low, high) => format!("must not be between {low} and {high}{unit}"),
    }
}

/// With as few decimals as show that the limit is broken: not "1.0 %, limit 1 %".
pub(super) fn rate(value: f64, operator: Operator) -> String {
    let tells = |text: &String| text.parse().is_ok_and(|shown| !operator.allows(shown));
    let texts = (1..=8).map(|decimals| format!("{value:.decimals$}"));
    let text = texts.into_iter().find(tells).unwrap_or_else(|| value.to_string());
    format!("{text} %")
}

pub(crate) fn plural(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Counts of rows are far below 2⁵³.
#[expect(clippy::cast_precision_loss, reason = "exact below 2⁵³")]
pub(crate) fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_short_and_harmless() {
        assert_eq!(shorten("a\x1b[31m\n"), "a\\u{1b}[31m\\n");
        assert_eq!(shorten(&"é".repeat(81)), format!("{}…", "é".repeat(80)));
        assert_eq!(shorten("\u{202e}abc"), "\\u{202e}abc");
    }

    #[test]
    fn a_rate_has_as_many_decimals_as_tell() {
        assert_eq!(rate(3.0, Operator::AtMost(1.0)), "3.0 %");
        assert_eq!(rate(1.04, Operator::AtMost(1.0)), "1.04 %");
        assert_eq!(rate(0.001, Operator::Be(0.0)), "0.001 %");
    }
}
