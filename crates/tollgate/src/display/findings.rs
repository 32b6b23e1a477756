//! Findings as text: the same everywhere.

use tollgate_model::{Finding, Report, Sample, Severity};

use super::style;

/// So many findings are shown in full; `show` has the rest.
const SHOWN: usize = 12;

/// A report's findings, a few lines each.
pub(crate) fn lines(report: &Report) -> Vec<String> {
    let failed = report.findings.iter().map(|finding| (mark(finding), finding));
    let open = report.not_assessed.iter().map(|finding| (style::doubt("?"), finding));
    let all: Vec<_> = failed.chain(open).collect();
    let mut lines: Vec<String> =
        all.iter().take(SHOWN).flat_map(|(mark, finding)| one(mark, finding)).collect();
    if all.len() > SHOWN {
        let (hidden, open) = (all.len() - SHOWN, report.not_assessed.len().min(all.len() - SHOWN));
        let open = match open {
            0 => String::new(),
            open => format!(", {open} of them not assessed"),
        };
        lines.push(style::faint(format!("… and {hidden} more{open}")));
    }
    lines
}

fn mark(finding: &Finding) -> String {
    match finding.severity {
        Severity::Error => style::bad("✗"),
        Severity::Warning => style::doubt("!"),
        Severity::Info => style::faint("i"),
    }
}

fn one(mark: &str, finding: &Finding) -> Vec<String> {
    let code = style::faint(format!("[{}]", finding.code));
    let mut lines = vec![format!("{mark} {} {code}", style::safe(&finding.message))];
    let mut more = |label: &str, text: &str| {
        lines.push(format!("    {} {}", style::faint(label), style::safe(text)));
    };
    if let (Some(expected), Some(found)) = (&finding.expected, &finding.found) {
        more("expected", expected);
        more("found   ", found);
    }
    if !finding.samples.is_empty() {
        let shown = finding
            .samples
            .iter()
            .map(|sample| format!("{}: {}", row(sample), value(sample.value.as_deref())));
        more("rows    ", &shown.collect::<Vec<_>>().join("; "));
    }
    if let Some(rule) = &finding.rule {
        more("rule    ", &format!("{}:{}", rule.path, rule.line));
    }
    if let Some(hint) = &finding.hint {
        lines.push(format!("    {} {}", style::hint("try     "), style::safe(hint)));
    }
    lines
}

fn row(sample: &Sample) -> String {
    match &sample.part {
        None => format!("row {}", sample.row),
        Some(part) => format!("{part} row {}", sample.row),
    }
}

// Blanks at the ends are what is wrong, often enough, and can't be seen without quotes.
fn value(value: Option<&str>) -> String {
    match value {
        None => "null".to_owned(),
        Some(text) if text.trim() != text || text.is_empty() => format!("{text:?}"),
        Some(text) => text.to_owned(),
    }
}
