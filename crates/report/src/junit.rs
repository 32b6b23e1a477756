//! JUnit XML, as CI systems read it. Source: the de-facto schema of Apache Ant's JUnit task, with
//! the attributes `file` and `line` that pytest and GitLab have.

use tollgate_model::{Finding, Passed, Place, SourceLine, Verdict};

use crate::words::{self, details, visible};
use crate::{Document, Part};

/// The document as JUnit XML: a suite for each part, a case for each check and finding. What only
/// warns is a case that passed and says so.
#[must_use]
pub fn render(document: &Document) -> String {
    let suites: Vec<Suite> = document.parts.iter().map(Suite::of).collect();
    let sum = |of: fn(&Suite) -> usize| suites.iter().map(of).sum::<usize>();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let (tests, failed, skipped) =
        (sum(|suite| suite.cases.len()), sum(Suite::failed), sum(Suite::skipped));
    let millis = document.parts.iter().filter_map(|part| part.millis).fold(0, u64::saturating_add);
    let name = format!("{} {}", document.kind, document.title);
    xml.push_str(&format!(
        "<testsuites name=\"{}\" tests=\"{tests}\" failures=\"{failed}\" errors=\"0\" \
         skipped=\"{skipped}\" time=\"{}\">\n",
        escape(&name),
        seconds(millis),
    ));
    suites.iter().for_each(|suite| suite.write(&mut xml));
    xml.push_str("</testsuites>\n");
    xml
}

struct Suite {
    name: String,
    millis: u64,
    cases: Vec<Case>,
}

struct Case {
    name: String,
    rule: Option<SourceLine>,
    outcome: Outcome,
}

enum Outcome {
    Passed,
    /// It passed, and something is to be said.
    Noted(String),
    Failed {
        kind: String,
        message: String,
        text: String,
    },
    Skipped(String),
}

impl Suite {
    fn of(part: &Part) -> Self {
        let report = &part.report;
        let mut cases: Vec<Case> = report.findings.iter().map(finding).collect();
        cases.extend(report.not_assessed.iter().map(not_assessed));
        cases.extend(report.passed.iter().map(passed));
        let suite = Self { name: part.name.clone(), millis: part.millis.unwrap_or(0), cases };
        suite.with_whole(part)
    }

    // No verdict may get lost for want of a check that says it.
    fn with_whole(mut self, part: &Part) -> Self {
        let summary = match part.summary.is_empty() {
            true => part.state.clone(),
            false => part.summary.clone(),
        };
        let outcome = match part.report.verdict {
            Verdict::Fail if self.failed() == 0 => {
                Outcome::Failed { kind: "step".to_owned(), message: summary.clone(), text: summary }
            }
            Verdict::Undecided if self.skipped() == 0 => Outcome::Skipped(summary),
            Verdict::Pass if self.cases.is_empty() => Outcome::Passed,
            _ => return self,
        };
        self.cases.insert(0, Case { name: part.name.clone(), rule: None, outcome });
        self
    }

    fn failed(&self) -> usize {
        self.cases.iter().filter(|case| matches!(case.outcome, Outcome::Failed { .. })).count()
    }

    fn skipped(&self) -> usize {
        self.cases.iter().filter(|case| matches!(case.outcome, Outcome::Skipped(_))).count()
    }

    fn write(&self, xml: &mut String) {
        let (name, time) = (escape(&self.name), seconds(self.millis));
        let (tests, failed, skipped) = (self.cases.len(), self.failed(), self.skipped());
        xml.push_str(&format!(
            "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failed}\" errors=\"0\" \
             skipped=\"{skipped}\" time=\"{time}\">\n"
        ));
        self.cases.iter().for_each(|case| case.write(&name, xml));
        xml.push_str("  </testsuite>\n");
    }
}

impl Case {
    fn write(&self, suite: &str, xml: &mut String) {
        let name = escape(&self.name);
        let rule = self
            .rule
            .as_ref()
            .map(|rule| format!(" file=\"{}\" line=\"{}\"", escape(&rule.path), rule.line));
        let head = format!(
            "    <testcase classname=\"{suite}\" name=\"{name}\"{} time=\"0\"",
            rule.unwrap_or_default()
        );
        xml.push_str(&head);
        let inner = match &self.outcome {
            Outcome::Passed => {
                xml.push_str("/>\n");
                return;
            }
            Outcome::Noted(text) => format!("<system-out>{}</system-out>", escape(text)),
            Outcome::Skipped(why) => format!("<skipped message=\"{}\"/>", escape(why)),
            Outcome::Failed { kind, message, text } => format!(
                "<failure type=\"{}\" message=\"{}\">{}</failure>",
                escape(kind),
                escape(message),
                lines(text)
            ),
        };
        xml.push_str(&format!(">\n      {inner}\n    </testcase>\n"));
    }
}

fn finding(finding: &Finding) -> Case {
    let outcome = match finding.severity.fails() {
        false => {
            let (_, word) = words::severity(finding);
            Outcome::Noted(format!("{word}: {}", finding.message))
        }
        true => Outcome::Failed {
            kind: finding.code.clone(),
            message: finding.message.clone(),
            text: details(finding),
        },
    };
    Case { name: named(&finding.code, &finding.place), rule: finding.rule.clone(), outcome }
}

fn not_assessed(finding: &Finding) -> Case {
    let outcome = match finding.severity.fails() {
        true => Outcome::Skipped(finding.message.clone()),
        false => Outcome::Noted(finding.message.clone()),
    };
    Case { name: named(&finding.code, &finding.place), rule: finding.rule.clone(), outcome }
}

fn passed(passed: &Passed) -> Case {
    let name = format!("{}: {}", named(&passed.code, &passed.place), passed.expected);
    Case { name, rule: passed.rule.clone(), outcome: Outcome::Passed }
}

fn named(code: &str, place: &Place) -> String {
    match place {
        Place::Data { column: Some(column), .. } => format!("{code} {column}"),
        Place::Metric { name, .. } => format!("{code} {name}"),
        Place::File { path, .. } => format!("{code} {path}"),
        Place::Package { package, .. } => format!("{code} {package}"),
        Place::Data { column: None, .. } | Place::Step { .. } => code.to_owned(),
    }
}

fn seconds(millis: u64) -> String {
    format!("{}.{:03}", millis / 1_000, millis % 1_000)
}

fn lines(text: &str) -> String {
    text.split('\n').map(escape).collect::<Vec<_>>().join("\n")
}

// What XML 1.0 forbids can't be written as a reference either, so it is written out.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(c),
        }
    }
    escaped
}
