//! `tollgate release show`.

use serde::Serialize;
use tollgate_evidence::Kind;
use tollgate_model::{EvidenceRef, Exit, ReleaseRecorded, Timestamp};

use super::{evidence, found};
use crate::cli::Context;
use crate::display::{style, verdict_word};
use crate::error::CliError;
use crate::project::Project;

const AFTER: &str = "\
Examples:
  tollgate release show               the newest
  tollgate release show 3f9a21        by the beginning of its name, commit or image
  tollgate release show --json        for a program
  tollgate release show --statement cyclonedx   what a statement says, as in-toto has it";

/// Show a release: its image, its commit, the evidence about it.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// Its name, commit or image, or the beginning of one [default: the newest].
    #[arg(value_name = "RELEASE")]
    release: Option<String>,
    /// Print the statements of this kind (`provenance`, `gate` …) or about this step, checked.
    #[arg(long, value_name = "KIND|STEP")]
    statement: Option<String>,
}

#[derive(Serialize)]
struct Shown<'a> {
    at: Timestamp,
    #[serde(flatten)]
    release: &'a ReleaseRecorded,
}

pub(super) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let project = Project::find(&context.directory)?;
    let ledger = project.existing_ledger()?;
    let (at, release) = found::release(args.release.as_deref(), &ledger)?;
    if let Some(wanted) = &args.statement {
        return statements(wanted, &release, &project, context);
    }
    if context.json {
        context.json_line(&Shown { at, release: &release })?;
        return Ok(Exit::Passed);
    }
    context.line(&style::strong(release.release))?;
    let branch = release.branch.as_deref().unwrap_or("detached");
    context.line(&format!("commit    {} ({})", release.commit, style::safe(branch)))?;
    context.line(&format!("image     {}", style::safe(&release.image)))?;
    context.line(&format!("made by   `{}` of {}, recorded {at}", release.step, release.run))?;
    context.line(&format!("signed    by key {}", style::safe(&release.key)))?;
    for said in &release.evidence {
        context.line(&format!("evidence  {}", told(said)))?;
    }
    Ok(Exit::Passed)
}

fn statements(
    wanted: &str,
    release: &ReleaseRecorded,
    project: &Project,
    context: &Context,
) -> Result<Exit, CliError> {
    let is_wanted = |said: &&EvidenceRef| {
        name(said) == wanted || said.step.as_ref().is_some_and(|step| step.as_str() == wanted)
    };
    let found: Vec<&EvidenceRef> = release.evidence.iter().filter(is_wanted).collect();
    if found.is_empty() {
        let message = format!("release {} has no statement `{wanted}`", release.release);
        return Err(CliError::misconfigured(message).hint("`tollgate release show` lists them"));
    }
    let keys = project.keys(context).believed().map_err(CliError::broken)?;
    let store = project.store()?;
    for said in found {
        let statement = evidence::sound(said, release, &store, &keys)?;
        let bytes = statement.to_bytes().map_err(CliError::broken)?;
        context.line(&String::from_utf8_lossy(&bytes))?;
    }
    Ok(Exit::Passed)
}

fn told(said: &EvidenceRef) -> String {
    let kind = name(said);
    let step = said.step.as_ref().map_or("", |step| step.as_str());
    let verdict = said.verdict.map(verdict_word).unwrap_or_default();
    let digest = style::faint(said.envelope);
    format!("{kind:<11} {step:<14} {digest}  {verdict}")
}

/// What a statement is called.
pub(super) fn name(said: &EvidenceRef) -> String {
    let known = Kind::of(&said.predicate).map(|kind| kind.word().to_owned());
    known.unwrap_or_else(|| style::safe(&said.predicate))
}
