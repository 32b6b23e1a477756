//! Facts as lines for a person.

use std::collections::BTreeMap;

use tollgate_engine::{Event, Signal, Store};
use tollgate_model::{
    Digest, Fact, ReleaseRecorded, Report, RunEnd, RunFinished, RunStarted, StepEnd, StepFinished,
    StepId, StepResult, StepStarted, Verdict,
};

use super::{Reporter, Screen, clock, count, findings, style};

/// Lines of a failed step's log that are shown.
const TAIL: usize = 15;
/// Where they are looked for, from the log's end.
const TAIL_BYTES: usize = 256 << 10;
/// Characters of one line that are shown.
const LINE: usize = 400;

pub(super) struct Narrator<'s, S> {
    screen: S,
    store: &'s dyn Store,
    width: usize,
    of: usize,
    over: usize,
    attempts: BTreeMap<StepId, u32>,
    tally: Tally,
}

/// What the closing line counts.
#[derive(Default)]
struct Tally {
    ran: u64,
    cached: u64,
    failed: u64,
    broken: u64,
    wrong: u64,
    skipped: u64,
    flaky: u64,
    saved: u64,
}

impl<'s, S: Screen> Narrator<'s, S> {
    pub(super) fn new(screen: S, store: &'s dyn Store) -> Self {
        Self {
            screen,
            store,
            width: 8,
            of: 0,
            over: 0,
            attempts: BTreeMap::new(),
            tally: Tally::default(),
        }
    }

    pub(super) fn screen(&mut self) -> &mut S {
        &mut self.screen
    }

    fn fact(&mut self, fact: &Fact) {
        match fact {
            Fact::RunStarted(run) => self.run_started(run),
            Fact::StepStarted(step) => self.step_started(step),
            Fact::StepReused(step) => {
                self.tally.cached += 1;
                self.tally.saved += step.saved_millis;
                let saved = style::faint(format!("saved {}", clock(step.saved_millis)));
                self.over(&step.step, style::known("  cached"), &saved);
            }
            Fact::StepFinished(step) => self.step_finished(step),
            Fact::StepSkipped(step) => {
                self.tally.skipped += 1;
                let why = match &step.because {
                    Some(because) => format!("`{because}` did not pass"),
                    None => "the run was stopped".to_owned(),
                };
                self.over(&step.step, style::doubt(" skipped"), &style::faint(why));
            }
            Fact::ReleaseRecorded(release) => self.released(release),
            Fact::RunFinished(end) => self.run_finished(end),
            // No run has any.
            Fact::Delivery(_) => {}
        }
    }

    fn released(&mut self, release: &ReleaseRecorded) {
        let evidence = count(release.evidence.len() as u64, "statement");
        let image = release.image.get(..19).unwrap_or(&release.image);
        let line = format!("{} of `{}`: {evidence} about {image}…", release.release, release.step);
        self.screen.line(&format!("{} {}", style::good("release"), style::strong(line)));
    }

    fn run_started(&mut self, run: &RunStarted) {
        self.width = run.steps.iter().map(|id| id.as_str().len()).max().unwrap_or(8).max(8);
        self.of = run.steps.len();
        let what = run.pipeline.clone().unwrap_or_else(|| "steps".to_owned());
        let at = run.commit.as_ref().map(|commit| {
            let branch = commit.branch.as_deref().unwrap_or("detached");
            let dirty = if commit.dirty { ", with changes" } else { "" };
            format!(" at {} ({branch}{dirty})", &commit.sha[..commit.sha.len().min(10)])
        });
        let title = format!("{} {what} of {}", style::strong(run.run), run.project);
        self.screen.line(&format!("{title}{}", style::faint(at.unwrap_or_default())));
        self.screen.progress(0, self.of);
    }

    fn step_started(&mut self, step: &StepStarted) {
        self.attempts.insert(step.step.clone(), step.attempt);
        self.screen.started(step.step.as_str());
        if step.attempt > 1 {
            let why = format!("attempt {}, for the one before failed", step.attempt);
            self.note(&step.step, style::doubt("   again"), &why);
        }
    }

    fn step_finished(&mut self, step: &StepFinished) {
        let result = &step.result;
        self.tally.ran += u64::from(result.end != StepEnd::Misconfigured);
        self.tally.wrong += u64::from(result.end == StepEnd::Misconfigured);
        self.tally.failed += u64::from(result.verdict == Verdict::Fail);
        self.tally.broken += u64::from(result.end == StepEnd::Broken);
        let flaky = result.verdict.passed() && result.attempts > 1;
        self.tally.flaky += u64::from(flaky);
        let label = match result.verdict {
            Verdict::Pass if flaky => style::doubt("   flaky"),
            Verdict::Pass => style::good("  passed"),
            Verdict::Fail => style::bad("  failed"),
            Verdict::Undecided if result.end == StepEnd::Cancelled => style::doubt(" stopped"),
            Verdict::Undecided => match result.end {
                StepEnd::Broken => style::bad("  broken"),
                StepEnd::Misconfigured => style::bad("   wrong"),
                _ => style::doubt("    open"),
            },
        };
        let time = style::faint(format!("{:>8}", clock(result.millis)));
        let again =
            if flaky { format!("passed on attempt {}; ", result.attempts) } else { String::new() };
        let report = self.report(result);
        let text = match &report {
            Some(report) if report.findings.len() > 1 && !result.verdict.passed() => {
                count(report.findings.len() as u64, "finding")
            }
            _ if result.end == StepEnd::Cancelled => String::new(),
            _ => style::safe(&result.summary),
        };
        self.over(&step.step, label, format!("{time}  {again}{text}").trim_end());
        if !result.verdict.passed() {
            self.explain(result, report.as_ref());
        } else if let Some(report) = report.filter(|report| !report.findings.is_empty()) {
            // What doesn't fail is shown nevertheless.
            self.findings(&report, 0);
        }
    }

    fn report(&self, result: &StepResult) -> Option<Report> {
        let bytes = self.store.get(&result.report?).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    fn findings(&mut self, report: &Report, said: usize) {
        for line in findings::lines(report).iter().skip(said) {
            self.screen.line(&format!("           {line}"));
        }
    }

    // What a person needs to see why, without a second command. A single finding's sentence
    // stands in the step's line already.
    fn explain(&mut self, result: &StepResult, report: Option<&Report>) {
        let said = report.is_some_and(|report| match report.findings.len() {
            0 => report.not_assessed.len() == 1,
            failed => failed == 1,
        });
        if let Some(report) = report {
            self.findings(report, usize::from(said));
        }
        for failure in result.tests.iter().flat_map(|tests| &tests.failures) {
            let message = style::safe(failure.message.lines().next().unwrap_or_default());
            let name = style::safe(&failure.name);
            self.screen.line(&format!("           {} {name}: {message}", style::bad("✗")));
        }
        if result.end != StepEnd::Cancelled {
            self.tail(result.log);
        }
    }

    fn tail(&mut self, log: Option<Digest>) {
        let Some(bytes) = log.and_then(|digest| self.store.get(&digest).ok()) else { return };
        let text = String::from_utf8_lossy(style::end(&bytes, TAIL_BYTES));
        let lines: Vec<&str> = text.lines().collect();
        for line in &lines[lines.len().saturating_sub(TAIL)..] {
            self.screen.line(&format!(
                "           {} {}",
                style::faint("│"),
                style::safe(&style::cut(line, LINE))
            ));
        }
    }

    fn run_finished(&mut self, end: &RunFinished) {
        let how = match (end.end, end.verdict) {
            (RunEnd::Cancelled, _) => style::doubt("stopped"),
            (RunEnd::Abandoned, _) => style::doubt("abandoned: its engine died"),
            (RunEnd::Completed, verdict) => super::verdict_word(verdict),
        };
        let tally = &self.tally;
        let parts = [
            (tally.ran, "ran"),
            (tally.cached, "cached"),
            (tally.failed, "failed"),
            (tally.broken, "broken"),
            (tally.wrong, "wrong"),
            (tally.flaky, "flaky"),
            (tally.skipped, "skipped"),
        ];
        let counts: Vec<String> = parts
            .iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, word)| format!("{number} {word}"))
            .collect();
        let saved = match tally.saved {
            0 => String::new(),
            millis => format!("; the cache saved {}", clock(millis)),
        };
        let steps = count(self.of as u64, "step");
        self.screen.line(&format!(
            "{} {how} in {}: {steps}, {}{saved}",
            style::strong(end.run),
            clock(end.millis),
            counts.join(", "),
        ));
    }

    fn over(&mut self, step: &StepId, label: String, text: &str) {
        self.screen.ended(step.as_str());
        self.over += 1;
        self.note(step, label, text);
        self.screen.progress(self.over, self.of);
    }

    fn note(&mut self, step: &StepId, label: String, text: &str) {
        let line = format!("{label}  {step:width$}  {text}", width = self.width);
        self.screen.line(line.trim_end());
    }
}

impl<S: Screen> Reporter for Narrator<'_, S> {
    fn event(&mut self, event: &Event) {
        match event {
            Event::Fact { fact, .. } => self.fact(fact),
            Event::Signal(Signal::Output { step, bytes }) => {
                self.screen.output(step.as_str(), bytes);
            }
            // A note is for standard error, whatever the run is shown as.
            Event::Signal(Signal::Note { .. }) => {}
        }
    }

    fn finish(&mut self) {
        self.screen.close();
    }
}
