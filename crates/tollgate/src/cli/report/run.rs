//! The document of a run.

use tollgate_data::Profile;
use tollgate_engine::Store;
use tollgate_ledger::Ledger;
use tollgate_model::{
    Digest, Finding, Place, Report, RunRecord, Sketch, StepId, StepRecord, StepResult, StepState,
    Verdict,
};
use tollgate_report::{Document, Drawing, Part};

use super::{checked, judged, words};
use crate::cli::known;
use crate::display::clock;
use crate::error::CliError;

/// So many runs are looked through for a trend.
const TREND: usize = 1_000;

/// What a run found, or one step of it.
pub(super) fn document(
    run: &RunRecord,
    step: Option<&str>,
    ledger: &Ledger,
    store: &dyn Store,
) -> Result<Document, CliError> {
    let started = &run.started;
    let wanted = started.steps.iter().filter(|id| step.is_none_or(|step| step == id.as_str()));
    let mut parts = Vec::new();
    for id in wanted {
        if let Some(record) = run.steps.get(id) {
            parts.push(part(run, id, record, ledger, store)?);
        }
    }
    if let (Some(step), true) = (step, parts.is_empty()) {
        return Err(CliError::misconfigured(format!("`{step}` is no step of {}", started.run)));
    }
    let verdicts: Vec<_> =
        parts.iter().map(|part| (part.name.as_str(), part.report.verdict)).collect();
    let title = match step {
        Some(step) => format!("{} {}: {step}", started.project, started.run),
        None => format!("{} {}", started.project, started.run),
    };
    Ok(Document {
        kind: "Run".to_owned(),
        title,
        verdict: Verdict::all(verdicts.iter().map(|(_, verdict)| *verdict)),
        sentence: words::of_steps(&verdicts),
        facts: facts(run),
        parts,
        is_run: true,
    })
}

fn facts(run: &RunRecord) -> Vec<(String, String)> {
    let commit = run.started.commit.as_ref();
    let sha = commit.map(|commit| {
        let changes = if commit.dirty { " with changes" } else { "" };
        format!("{}{changes}", commit.sha.chars().take(10).collect::<String>())
    });
    let facts = [
        ("Pipeline", run.started.pipeline.clone()),
        ("Commit", sha),
        ("Branch", commit.and_then(|commit| commit.branch.clone())),
        ("Began", Some(run.started_at.to_string())),
        ("Took", run.finished.as_ref().map(|end| clock(end.millis))),
    ];
    facts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn part(
    run: &RunRecord,
    id: &StepId,
    step: &StepRecord,
    ledger: &Ledger,
    store: &dyn Store,
) -> Result<Part, CliError> {
    let known = known::result(run.started.run, &step.state, ledger)?;
    let result = known.as_ref().map(|known| &known.result);
    let verdict = step.state.verdict().unwrap_or(Verdict::Undecided);
    let nothing = || Report::new(Vec::new(), Vec::new());
    let report = result.map_or_else(nothing, |result| found(id, result, store));
    let mut drawings = Vec::new();
    if let Some(judgement) = report.judgement.as_deref() {
        drawings.extend(judged::drawings(judgement));
        let before = ledger.judged(id, TREND)?;
        drawings.extend(judged::trend(judgement, run.started.run, &before));
    }
    if let Some(sketch) = result.and_then(|result| kept(result.sketch?, store)) {
        drawings.extend(drawn(&report, sketch));
    }
    Ok(Part {
        name: id.to_string(),
        state: step.state.to_string(),
        report: Report { verdict, ..report },
        millis: result.map(|result| result.millis),
        summary: summary(&step.state, result),
        drawings,
    })
}

// What is drawn tells nothing that is not told; where it is gone, the page is without it.
fn kept(digest: Digest, store: &dyn Store) -> Option<Sketch> {
    serde_json::from_slice(&store.get(&digest).ok()?).ok()
}

fn drawn(report: &Report, sketch: Sketch) -> Vec<Drawing> {
    match sketch {
        Sketch::Curves(curves) => judged::curves(curves).collect(),
        Sketch::Profiles { data, reference } => {
            let profile = |text: &str| Profile::from_json(text, "the profile that was kept").ok();
            match (profile(&data), profile(&reference)) {
                (Some(data), Some(reference)) => checked::laid_over(report, &reference, &data),
                _ => Vec::new(),
            }
        }
    }
}

// The report as it was kept, and the tests that failed, each as a finding of its own.
fn found(id: &StepId, result: &StepResult, store: &dyn Store) -> Report {
    let place = || Place::Step { step: id.to_string() };
    let kept = result.report.map(|digest| store.get(&digest).ok());
    let kept = kept.map(|bytes| bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()));
    let mut report = match kept {
        None => Report::new(Vec::new(), Vec::new()),
        Some(Some(report)) => report,
        Some(None) => {
            let message = "what this step found is not in the store any more";
            Report::new(Vec::new(), vec![Finding::new("step.report", place(), message)])
        }
    };
    let failures = result.tests.iter().flat_map(|tests| &tests.failures);
    report.findings.extend(failures.map(|failure| {
        let message = format!("{}: {}", failure.name, failure.message);
        Finding::new("step.test", place(), message).about(&failure.name)
    }));
    report
}

fn summary(state: &StepState, result: Option<&StepResult>) -> String {
    let told = result.map(|result| result.summary.clone()).unwrap_or_default();
    match state {
        StepState::Reused(fact) if told.is_empty() => format!("from {}", fact.origin),
        StepState::Reused(fact) => format!("{told}, from {}", fact.origin),
        StepState::Skipped(fact) => match &fact.because {
            Some(because) => format!("`{because}` did not pass"),
            None => "the run was stopped".to_owned(),
        },
        _ => told,
    }
}
