//! One part: what failed first, then what else is to be seen, then what passed.

use tollgate_model::{Finding, Passed, Place, Verdict};

use super::markup::{Element, el};
use super::page::{heading, isolated, rich, sign, th, tone, wide_table};
use super::{columns, finding, measured};
use crate::Part;
use crate::words::{self, count, number};

/// So many findings of each sort are shown in full.
const FINDINGS: usize = 200;

/// So many passed checks are listed.
const PASSED: usize = 500;

/// What stands alone on its page: nothing is around its sections.
pub(super) fn alone(part: &Part) -> Element {
    let sections = sections(part, 2);
    match sections.is_empty() {
        true => el("section").add(nothing(part)),
        false => el("div").all(sections),
    }
}

/// A step of a run; empty where the table of steps says it all.
pub(super) fn of_run(part: &Part, at: usize) -> Element {
    if !is_shown(part) {
        return el("section");
    }
    let verdict = part.report.verdict;
    let state = el("span")
        .class(tone(verdict))
        .add(sign(words::sign(verdict)))
        .add(el("span").text(&part.state));
    let title = heading(2).with("id", id(at)).add(isolated(&part.name)).text(" ").add(state);
    let step = el("section").class("step").with("aria-labelledby", id(at)).add(title);
    // Mostly it is the sentence of the first finding, which stands below.
    let told = part.report.findings.iter().any(|finding| finding.message == part.summary);
    let step = match told || part.summary.is_empty() {
        true => step,
        false => step.add(rich("p", &part.summary).class("summary")),
    };
    step.all(sections(part, 3))
}

/// Whether there is more to it than its line in the table of steps.
pub(super) fn is_shown(part: &Part) -> bool {
    let report = &part.report;
    let checks = report.findings.len() + report.not_assessed.len() + report.passed.len();
    checks > 0 || !part.drawings.is_empty() || !report.figures.is_empty()
}

/// What a link leads to.
pub(super) fn id(at: usize) -> String {
    format!("step-{}", at + 1)
}

fn nothing(part: &Part) -> Element {
    el("p").class("quiet").text(match part.report.verdict {
        Verdict::Pass => "There is nothing to look at: every check passed.",
        Verdict::Fail | Verdict::Undecided => "Nothing more is known.",
    })
}

fn sections(part: &Part, level: u8) -> Vec<Element> {
    let report = &part.report;
    let (failed, noted): (Vec<&Finding>, Vec<&Finding>) =
        report.findings.iter().partition(|finding| finding.severity.fails());
    let open: Vec<&Finding> = report.not_assessed.iter().collect();
    let sections = [
        findings("What failed", &failed, level, true),
        findings("Worth a look", &noted, level, true),
        measured::section(part, level),
        columns::section(part, level),
        passed(&report.passed, level),
        findings("Not assessed", &open, level, false),
    ];
    sections.into_iter().flatten().collect()
}

fn findings(title: &str, all: &[&Finding], level: u8, found: bool) -> Option<Element> {
    let title = heading(level).text(title).add(tally(all.len()));
    let shown = all.iter().take(FINDINGS).map(|one| finding::article(one, found, level + 1));
    let section = el("section").class("findings").add(title).all(shown);
    let more = all.len().saturating_sub(FINDINGS);
    let section = match more {
        0 => section,
        _ => section.add(el("p").class("quiet").text(&format!(
            "{} more: this page shows the first {}, a report as JSON has all of them.",
            count(more, "finding"),
            number(FINDINGS as u64),
        ))),
    };
    (!all.is_empty()).then_some(section)
}

/// How many there are, beside a heading.
pub(super) fn tally(count: usize) -> Element {
    el("span").class("tally").text(&format!(" {}", number(count as u64)))
}

// Folded: it is for those who ask what was looked at.
fn passed(all: &[Passed], level: u8) -> Option<Element> {
    let rows: Vec<Element> = all.iter().take(PASSED).map(kept).collect();
    let head = vec![th("Where"), th("Expected"), th("Check"), th("Rule")];
    let list = wide_table("What passed", "passed", head, rows);
    let title = format!("{} passed", count(all.len(), "check"));
    let summary = el("summary").add(sign("✓")).add(el("span").text(&title));
    let details = el("details").add(summary).add(list);
    let details = match all.len().saturating_sub(PASSED) {
        0 => details,
        more => details.add(
            el("p").class("quiet").text(&format!("{} more are not listed.", number(more as u64))),
        ),
    };
    let section = el("section").add(heading(level).text("What passed").add(tally(all.len())));
    (!all.is_empty()).then(|| section.add(details))
}

fn kept(passed: &Passed) -> Element {
    let place = match &passed.place {
        Place::Data { column: Some(column), .. } => column.clone(),
        Place::Metric { name, .. } => name.clone(),
        Place::Data { source, column: None } => source.clone(),
        other => other.to_string(),
    };
    let rule = passed.rule.as_ref().map(|rule| format!("{}:{}", rule.path, rule.line));
    el("tr")
        .add(el("th").with("scope", "row").add(isolated(&place)))
        .add(rich("td", &passed.expected))
        .add(el("td").class("faint").text(&passed.code))
        .add(el("td").class("faint").add(isolated(&rule.unwrap_or_default())))
}
