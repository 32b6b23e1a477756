//! `tollgate demo`: the worked example, from its first run to everything that is stopped.

mod acts;
mod delivery;
mod edits;
mod release;
mod stage;

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use serde::Serialize;
use tollgate_ledger::StepCounts;
use tollgate_model::{Exit, RunEnd, RunRecord, StepId, StepState, Verdict};

use super::{Context, eprintln, run};
use crate::display::{clock, style, verdict_word};
use crate::error::CliError;
use acts::{ACTS, Act, Expected, RELEASE};
use stage::Stage;

const AFTER: &str = "\
Examples:
  tollgate demo               watch it; some four minutes
  tollgate demo --keep churn  and keep the project to try things on";

/// Watch the whole story on a worked example: a churn model from `pip install` to its quality
/// gate, cold, warm and after a change; then broken data and a broken model, each stopped; then an
/// image and a signed release, which goes to staging and, approved, to production; releases that are
/// worse there are taken back. Needs Python 3, Git and PyPI; for the image, APT sources; for delivery,
/// OpenSSH and namespaces.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// Leave the project in this directory, which must not be there yet.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// What came of one act.
#[derive(Serialize)]
struct Outcome {
    act: &'static str,
    verdict: Verdict,
    counts: StepCounts,
    millis: u64,
    saved_millis: u64,
    stopped_by: Option<StepId>,
    as_told: bool,
}

pub(crate) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let stop = run::stop_on_signals()?;
    let stopped = || stop.load(Ordering::Relaxed);
    let keep = args.keep.as_ref().map(|dir| context.resolve(dir));
    let stage = Stage::set(keep.as_deref())?;
    let context = Context { directory: stage.root().to_owned(), ..context.clone() };
    prologue(&context)?;
    let mut outcomes = Vec::new();
    let (impossible, mut sound) = (release::impossible(), true);
    let last = if impossible.is_none() { RELEASE } else { &[] };
    let mut scenes = Vec::new();
    let undeliverable = delivery::impossible(&stage);
    delivery::settle(&stage)?;
    for (number, act) in (1..).zip(ACTS.iter().chain(last)) {
        announce(number, act, &context)?;
        stage.enter(act)?;
        if let Expected::Releases = act.expected {
            release::pin(&stage, &context)?;
        }
        command(act, &context)?;
        let record = run::perform(&run::Args::of(act.targets), &context, &stopped)?;
        if record.finished.as_ref().is_some_and(|end| end.end == RunEnd::Cancelled) {
            return Ok(Exit::Interrupted);
        }
        outcomes.push(outcome(act, &record));
        if let Expected::Releases = act.expected {
            sound = !record.releases.is_empty() && release::tell(&context)?;
        }
        stage.leave(act)?;
    }
    match &undeliverable {
        None if impossible.is_none() => scenes = delivery::tell(&stage, &context, &stopped)?,
        None => {}
        Some(why) => {
            let note = format!("{}: nothing is delivered: {why}", style::doubt("note"));
            eprintln(&note, context.color);
        }
    }
    if let Some(why) = impossible {
        eprintln(
            &format!("{}: no image and no release: {why}", style::doubt("note")),
            context.color,
        );
    }
    epilogue(&outcomes, &scenes, args.keep.as_ref(), &context)?;
    let delivered = scenes.iter().all(|scene| scene.as_told);
    let as_told = sound && delivered && outcomes.iter().all(|outcome| outcome.as_told);
    Ok(if as_told { Exit::Passed } else { Exit::Failed })
}

fn prologue(context: &Context) -> Result<(), CliError> {
    if context.json {
        return Ok(());
    }
    context.line(&style::strong("A churn model, from a commit to production and back."))?;
    let place = style::faint(format!("The project is in {}", context.directory.display()));
    context.line(&place)
}

fn announce(number: usize, act: &Act, context: &Context) -> Result<(), CliError> {
    if context.json {
        return Ok(());
    }
    context.line("")?;
    let rule = "─".repeat(62usize.saturating_sub(act.title.len()));
    let title = style::strong(act.title);
    context.line(&format!("{} {title} {}", style::known(number), style::faint(rule)))?;
    context.line(act.says)
}

fn command(act: &Act, context: &Context) -> Result<(), CliError> {
    if context.json {
        return Ok(());
    }
    let command = format!("$ tollgate run {}", act.targets.join(" "));
    context.line(&style::faint(command.trim_end()))
}

fn outcome(act: &Act, record: &RunRecord) -> Outcome {
    let summary = tollgate_ledger::RunSummary::of(record);
    let verdict = summary.finished.as_ref().map_or(Verdict::Undecided, |end| end.verdict);
    let with = |verdict| {
        let mut steps = record.steps.iter();
        steps.find(|(_, step)| step.state.verdict() == Some(verdict)).map(|(id, _)| id.clone())
    };
    let (failed, open) = (with(Verdict::Fail), with(Verdict::Undecided));
    let saved = record.steps.values().map(|step| match &step.state {
        StepState::Reused(fact) => fact.saved_millis,
        _ => 0,
    });
    let ran = summary.counts.passed + summary.counts.failed + summary.counts.undecided;
    let as_told = match act.expected {
        Expected::Passes => verdict == Verdict::Pass,
        Expected::Releases => verdict == Verdict::Pass && !record.releases.is_empty(),
        Expected::TouchesNothing => verdict == Verdict::Pass && ran == 0,
        Expected::StoppedBy(step) => failed.as_ref().is_some_and(|id| id.as_str() == step),
        Expected::LeftOpenBy(step) => {
            failed.is_none() && open.as_ref().is_some_and(|id| id.as_str() == step)
        }
    };
    Outcome {
        act: act.title,
        verdict,
        millis: summary.finished.map_or(0, |end| end.millis),
        saved_millis: saved.sum(),
        counts: summary.counts,
        stopped_by: failed.or(open),
        as_told,
    }
}

fn epilogue(
    outcomes: &[Outcome],
    scenes: &[delivery::Scene],
    keep: Option<&PathBuf>,
    context: &Context,
) -> Result<(), CliError> {
    if context.json {
        return context.json_line(&serde_json::json!({ "demo": outcomes, "delivery": scenes }));
    }
    context.line("")?;
    context.line(&style::strong(format!(
        "{:<44} {:>14}  {:>3} {:>6}  {:>10}",
        "In short", "", "ran", "cached", "time"
    )))?;
    for outcome in outcomes {
        context.line(&row(outcome))?;
    }
    for scene in scenes {
        context.line(&delivery::row(scene))?;
    }
    context.line("")?;
    context
        .line("Every line above is in the ledger, and can be checked: `tollgate audit verify`.")?;
    match keep {
        Some(dir) => {
            context.line(&format!("The project stays in {}. There, try", dir.display()))?;
            context.line("  tollgate run                    all of it is known: nothing runs")?;
            context.line("  tollgate show quality           what the gate measured")?;
            context.line("  tollgate log                    every run of this story")?;
            context.line("  tollgate release show           what was signed")?;
            context.line("  vi src/features.py && tollgate run --explain train")?;
        }
        None => {
            context.line("`tollgate demo --keep churn` leaves the project for you to try.")?;
        }
    }
    context.line("In your own repository: `tollgate init`, then `tollgate run`.")
}

fn row(outcome: &Outcome) -> String {
    let counts = &outcome.counts;
    let ran = counts.passed + counts.failed + counts.undecided;
    // Padded before it is coloured: the codes have no width on the screen.
    let word = match (&outcome.stopped_by, outcome.verdict) {
        (Some(step), Verdict::Fail) => style::bad(format!("{:>14}", format!("✗ {step}"))),
        (Some(step), _) => style::doubt(format!("{:>14}", format!("? {step}"))),
        (None, _) => style::good(format!("{:>14}", "✓ passed")),
    };
    let time = clock(outcome.millis);
    let line = format!("{:<44} {word}  {ran:>3} {:>6}  {time:>10}", outcome.act, counts.reused);
    if outcome.as_told {
        return line;
    }
    format!("{line}  {}", style::doubt(format!("not as told: {}", verdict_word(outcome.verdict))))
}
