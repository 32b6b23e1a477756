//! SARIF, as code hosts and editors read it. Source: OASIS SARIF 2.1.0 with Errata 01.
//!
//! What passed is left out: hosts that know nothing of a result's kind would show it as an alarm.

mod log;
mod place;
mod rule;
mod same;

use std::borrow::Cow;
use std::collections::BTreeSet;

use tollgate_model::{Finding, Place, Severity, Verdict};

use crate::words::{details, visible};
use crate::{Document, Part};
use log::{AutomationDetails, Driver, Log, Message, Properties, Result, Run, Tool};
use same::Known;

/// The document as SARIF: a rule for each code, and a result for each finding and for what could
/// not be assessed.
#[must_use]
pub fn render(document: &Document) -> String {
    let found: Vec<Found> = document.parts.iter().flat_map(|part| of(part, document)).collect();
    let codes: BTreeSet<&str> = found.iter().map(|found| found.finding.code.as_str()).collect();
    let driver = Driver {
        name: "Tollgate",
        semantic_version: env!("CARGO_PKG_VERSION"),
        rules: codes.iter().map(|code| rule::of(code)).collect(),
    };
    let mut known = Known::default();
    let run = Run {
        tool: Tool { driver },
        automation_details: AutomationDetails { id: category(document) },
        original_uri_base_ids: place::bases(),
        column_kind: "unicodeCodePoints",
        results: found.iter().map(|found| found.result(&codes, &mut known)).collect(),
    };
    // Texts, numbers and lists, none of which JSON refuses.
    serde_json::to_string_pretty(&Log::of(run)).map(|text| text + "\n").unwrap_or_default()
}

/// A finding, and in which step of a run it was made.
struct Found<'a> {
    finding: Cow<'a, Finding>,
    step: Option<&'a str>,
    is_assessed: bool,
}

fn of<'a>(part: &'a Part, document: &Document) -> Vec<Found<'a>> {
    let step = document.is_run.then_some(part.name.as_str());
    let found = |finding, is_assessed| Found { finding, step, is_assessed };
    let report = &part.report;
    let findings = report.findings.iter().map(|one| found(Cow::Borrowed(one), true));
    let open = report.not_assessed.iter().map(|one| found(Cow::Borrowed(one), false));
    let whole = whole(part).map(|(one, is_assessed)| found(Cow::Owned(one), is_assessed));
    whole.into_iter().chain(findings).chain(open).collect()
}

// No verdict may get lost for want of a finding that says it.
fn whole(part: &Part) -> Option<(Finding, bool)> {
    let told = |findings: &[Finding]| findings.iter().any(|finding| finding.severity.fails());
    let (code, is_assessed) = match part.report.verdict {
        Verdict::Fail if !told(&part.report.findings) => ("step.failed", true),
        Verdict::Undecided if !told(&part.report.not_assessed) => ("step.undecided", false),
        _ => return None,
    };
    let message = match part.summary.is_empty() {
        true => format!("{}: {}", part.name, part.state),
        false => format!("{}: {}", part.name, part.summary),
    };
    Some((Finding::new(code, Place::Step { step: part.name.clone() }, message), is_assessed))
}

impl Found<'_> {
    fn result(&self, codes: &BTreeSet<&str>, known: &mut Known) -> Result {
        let finding = self.finding.as_ref();
        Result {
            rule_id: visible(&finding.code),
            rule_index: codes.range(..finding.code.as_str()).count(),
            // What was not assessed is open, and what is open has no level.
            kind: if self.is_assessed { "fail" } else { "open" },
            level: if self.is_assessed { level(finding.severity) } else { "none" },
            message: Message::of(&details(finding)),
            locations: vec![place::location(finding)],
            related_locations: place::rule(finding).into_iter().collect(),
            partial_fingerprints: known.again(self),
            properties: Properties::of(finding, self.step),
        }
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

// What a host takes the place of when the next report comes: all but the part after the last slash,
// which would name the single run. A run's number must not be in it, else nothing is ever mended.
fn category(document: &Document) -> String {
    let name = match document.parts.as_slice() {
        [one] => format!("{}/{}/", document.kind, one.name),
        _ => format!("{}/", document.kind),
    };
    visible(&name)
}
