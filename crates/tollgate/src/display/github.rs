//! Inside GitHub Actions: the same lines, an annotation for each finding, and the job's summary.
//! Source: "Workflow commands for GitHub Actions".

use std::io::Write;

use tollgate_engine::{Event, Store};
use tollgate_model::{
    Fact, Finding, Place, Report, Severity, StepEnd, StepFinished, StepState, Verdict,
};

use super::narrator::Narrator;
use super::plain::Lines;
use super::{Reporter, Screen, clock};

pub(super) struct Annotated<'s> {
    narrator: Narrator<'s, Lines>,
    store: &'s dyn Store,
    summary: Option<String>,
    rows: Vec<[String; 4]>,
}

impl<'s> Annotated<'s> {
    pub(super) fn new(screen: Lines, store: &'s dyn Store, summary: Option<String>) -> Self {
        Self { narrator: Narrator::new(screen, store), store, summary, rows: Vec::new() }
    }

    fn finished(&mut self, step: &StepFinished) {
        let result = &step.result;
        let state = StepState::Finished(step.clone()).to_string();
        self.row(step.step.as_str(), &state, &clock(result.millis), &result.summary);
        let bytes = result.report.and_then(|digest| self.store.get(&digest).ok());
        let report: Option<Report> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let findings = report.map(|report| report.findings).unwrap_or_default();
        for finding in &findings {
            self.narrator.screen().line(&annotation(step.step.as_str(), finding));
        }
        let wants_a_person = matches!(result.end, StepEnd::Broken | StepEnd::Misconfigured);
        if findings.is_empty() && (result.verdict == Verdict::Fail || wants_a_person) {
            let line = format!(
                "::error title={}::{}",
                property(step.step.as_str()),
                data(&result.summary)
            );
            self.narrator.screen().line(&line);
        }
    }

    fn row(&mut self, step: &str, state: &str, time: &str, note: &str) {
        let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
        self.rows.push([step, state, time, note].map(cell));
    }

    // A summary that can't be written must not fail the run.
    fn write_summary(&self) {
        let Some(path) = &self.summary else { return };
        let mut text = "| step | result | time | |\n|---|---|---|---|\n".to_owned();
        for row in &self.rows {
            text.push_str(&format!("| {} |\n", row.join(" | ")));
        }
        let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
        let _ = file.and_then(|mut file| file.write_all(text.as_bytes()));
    }
}

impl Reporter for Annotated<'_> {
    fn event(&mut self, event: &Event) {
        self.narrator.event(event);
        let Event::Fact { fact, .. } = event else { return };
        match &**fact {
            Fact::StepFinished(step) => self.finished(step),
            Fact::StepReused(step) => self.row(step.step.as_str(), "cached", "", ""),
            Fact::StepSkipped(step) => self.row(step.step.as_str(), "skipped", "", ""),
            Fact::RunStarted(_)
            | Fact::StepStarted(_)
            | Fact::ReleaseRecorded(_)
            | Fact::RunFinished(_)
            | Fact::Delivery(_) => {}
        }
    }

    fn finish(&mut self) {
        self.narrator.finish();
        self.write_summary();
    }
}

fn annotation(step: &str, finding: &Finding) -> String {
    let place = match (&finding.place, &finding.rule) {
        (Place::File { path, line: Some(line) }, _) => {
            format!("file={},line={line},", property(path))
        }
        (Place::File { path, line: None }, _) => format!("file={},", property(path)),
        (_, Some(rule)) => format!("file={},line={},", property(&rule.path), rule.line),
        _ => String::new(),
    };
    let title = property(&format!("{step}: {}", finding.code));
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    format!("::{level} {place}title={title}::{}", data(&finding.message))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_can_not_break_out_of_a_command() {
        let place = Place::File { path: "a,b.py".into(), line: Some(3) };
        let finding = Finding::new("data.x", place, "100 %\n::stop-commands::x");
        assert_eq!(
            annotation("lint", &finding),
            "::error file=a%2Cb.py,line=3,title=lint%3A data.x::100 %25%0A::stop-commands::x"
        );
        let warning = Finding { severity: Severity::Warning, ..finding };
        assert!(annotation("lint", &warning).starts_with("::warning file="));
    }
}
