//! Markdown for the comment of a pull request.

mod escape;
mod finding;
mod measured;

use escape::{rich, text};
use tollgate_model::{Finding, Place, Verdict};

use crate::words::{self, count};
use crate::{Document, Drawing, Part};

/// No Markdown is longer, in bytes: GitHub refuses a comment of more than 65 536 characters.
pub const LONGEST: usize = 65_000;

/// Kept for the sentence on what is left out.
const TAIL: usize = 300;

/// What the table of steps may take of it, so that there is room for findings.
const TABLE: usize = 30_000;

/// So many passed checks are listed.
const PASSED: usize = 50;

/// Names and sentences are cut there, in characters.
const CUT: usize = 300;

/// The document as Markdown of less than [`LONGEST`] bytes: the verdict, a table of steps, and the
/// findings, folded. What is left out is counted.
#[must_use]
pub fn render(document: &Document) -> String {
    let mut page = Page::default();
    page.add(&headline(document), LONGEST - TAIL);
    if document.is_run {
        table(document, &mut page);
    }
    let mut left = 0;
    for part in &document.parts {
        left += findings(part, document.is_run, &mut page);
    }
    if left > 0 {
        let what = count(left, "finding");
        page.text.push_str(&format!(
            "_{what} more: left out here for length; an HTML or JSON report has more._\n"
        ));
    }
    page.text.trim_end().to_owned() + "\n"
}

#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    /// Adds a block if the page is not longer than `most` then.
    fn add(&mut self, block: &str, most: usize) -> bool {
        let fits = self.text.len() + block.len() <= most;
        if fits {
            self.text.push_str(block);
        }
        fits
    }
}

fn headline(document: &Document) -> String {
    let sign = mark(document.verdict);
    let word = words::verdict(document.verdict).to_lowercase();
    let mut head = format!("### {sign} {} {word}\n\n", text(&document.title, CUT));
    head.push_str(&format!("{}\n\n", rich(&document.sentence, CUT)));
    let facts = document.facts.iter().take(12);
    let facts = facts.map(|(name, value)| format!("{} {}", text(name, CUT), text(value, CUT)));
    let facts: Vec<_> = facts.collect();
    if !facts.is_empty() {
        head.push_str(&format!("{}\n\n", facts.join(" · ")));
    }
    head
}

fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✅",
        Verdict::Fail => "❌",
        Verdict::Undecided => "❔",
    }
}

fn table(document: &Document, page: &mut Page) {
    page.text.push_str("| | step | | time | |\n|---|---|---|--:|---|\n");
    let mut left = 0;
    for part in &document.parts {
        let time = part.millis.map(words::clock).unwrap_or_default();
        let row = format!(
            "| {} | {} | {} | {time} | {} |\n",
            mark(part.report.verdict),
            text(&part.name, CUT),
            text(&part.state, CUT),
            rich(&part.summary, CUT),
        );
        if left > 0 || !page.add(&row, TABLE) {
            left += 1;
        }
    }
    page.text.push('\n');
    if left > 0 {
        page.text.push_str(&format!("_and {}_\n\n", count(left, "step")));
    }
}

// How many findings had no room.
fn findings(part: &Part, is_run: bool, page: &mut Page) -> usize {
    let report = &part.report;
    let all: Vec<(&Finding, bool)> = report
        .findings
        .iter()
        .map(|finding| (finding, true))
        .chain(report.not_assessed.iter().map(|finding| (finding, false)))
        .collect();
    let is_silent = all.is_empty() && !part.drawings.iter().any(is_tabled);
    if !is_silent && is_run {
        let heading = format!("#### {}\n\n", text(&part.name, CUT));
        if !page.add(&heading, LONGEST - TAIL) {
            return all.len();
        }
    }
    page.add(&measured::block(part), LONGEST - TAIL);
    let mut shown = 0;
    for (finding, is_found) in &all {
        if !page.add(&finding::block(finding, *is_found), LONGEST - TAIL) {
            break;
        }
        shown += 1;
    }
    if shown == all.len() && !report.passed.is_empty() {
        page.add(&passed(part), LONGEST - TAIL);
    }
    all.len() - shown
}

fn is_tabled(drawing: &Drawing) -> bool {
    matches!(drawing, Drawing::Bar(_) | Drawing::Slices(_))
}

fn passed(part: &Part) -> String {
    let mut rows = String::new();
    let all = &part.report.passed;
    for passed in all.iter().take(PASSED) {
        let place = match &passed.place {
            Place::Data { column: Some(column), .. } => column,
            Place::Metric { name, .. } => name,
            _ => "",
        };
        let (code, expected) = (text(&passed.code, CUT), rich(&passed.expected, CUT));
        rows.push_str(&format!("| {} | {expected} | {code} |\n", text(place, CUT)));
    }
    let more = match all.len().saturating_sub(PASSED) {
        0 => String::new(),
        more => format!("\n_and {more} more_\n"),
    };
    let title = format!("{} passed", count(all.len(), "check"));
    let head = "| | expected | |\n|---|---|---|\n";
    format!("<details><summary>{title}</summary>\n\n{head}{rows}{more}\n</details>\n\n")
}
