//! Numbers and tables in Markdown.

use tollgate_model::Verdict;

/// Four digits after the point, without the zeros that say nothing.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

pub(super) fn interval(interval: Option<(f64, f64)>) -> String {
    interval.map_or_else(String::new, |(low, high)| format!("{} to {}", number(low), number(high)))
}

pub(super) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "passed",
        Verdict::Fail => "failed",
        Verdict::Undecided => "undecided",
    }
}

/// A table of Markdown; nothing in a cell can end it.
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(head.iter().map(|cell| (*cell).to_owned()).collect());
    text.push_str(&line(head.iter().map(|_| "---".to_owned()).collect()));
    for row in rows {
        text.push_str(&line(row.iter().map(|cell| inline(cell)).collect()));
    }
    text
}

/// Text that stays on its line and in its cell.
pub(super) fn inline(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_cells_hold() {
        assert_eq!([0.5, 0.871_25, 1e4, -0.000_001].map(number), ["0.5", "0.8712", "10000", "0"]);
        let text = table(&["a"], &[vec!["x | y\n# z".to_owned()]]);
        assert_eq!(text, "| a |\n| --- |\n| x \\| y # z |\n");
    }
}
