//! `tollgate release verify`.

use std::path::PathBuf;

use serde::Serialize;
use tollgate_evidence::{Keyring, Kind, Predicate, PublicKey, Statement};
use tollgate_image::oci::layout::{Layout, LayoutError};
use tollgate_ledger::Ledger;
use tollgate_model::{Exit, ReleaseId, ReleaseRecorded, RunRecord, Verdict};

use super::evidence::{self, Read};
use super::{found, show};
use crate::cli::Context;
use crate::display::{count, style, verdict_word};
use crate::error::CliError;
use crate::project::Project;

const AFTER: &str = "\
Examples:
  tollgate release verify                     the newest
  tollgate release verify 3f9a21 --json
  tollgate release verify --key ops.pub       believe that key alone, not those kept here

Exit code 0 says that everything is as it was recorded, 1 that something is not, and 3 that
something is missing, so that nobody can say.";

/// Check a release: signatures, digests, the ledger, and what is missing. Needs no network.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// Its name, commit or image, or the beginning of one [default: the newest].
    #[arg(value_name = "RELEASE")]
    pub(super) release: Option<String>,
    /// Believe the public keys in these files, and no others [default: those that signed here].
    #[arg(long = "key", value_name = "FILE")]
    pub(super) keys: Vec<PathBuf>,
}

/// One thing that was looked at.
#[derive(Serialize)]
struct Check {
    what: String,
    verdict: Verdict,
    found: String,
}

#[derive(Serialize)]
struct Checked<'a> {
    release: ReleaseId,
    verdict: Verdict,
    checks: &'a [Check],
}

/// All that was looked at so far.
#[derive(Default)]
struct Checks(Vec<Check>);

pub(super) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let project = Project::find(&context.directory)?;
    let ledger = project.existing_ledger()?;
    let (_, release) = found::release(args.release.as_deref(), &ledger)?;
    let keys = keys(args, &project, context)?;
    let mut checks = Checks::default();
    checks.ledger(&ledger);
    let run = ledger.run(release.run)?;
    checks.identity(&release, run.as_ref());
    let store = project.store()?;
    let mut statements = Vec::new();
    for said in &release.evidence {
        let step = said.step.as_ref().map(|step| format!(" of {step}")).unwrap_or_default();
        let what = format!("{}{step}", show::name(said));
        match evidence::read(said, &release, &store, &keys) {
            Read::Sound(statement) => {
                checks.pass(what, "signed, and about this image".to_owned());
                statements.push(*statement);
            }
            Read::Missing => checks.open(what, "it is not in the store".to_owned()),
            Read::Unsound(why) => checks.fail(what, why),
        }
    }
    checks.provenance(&release, &statements);
    checks.complete(&statements, run.as_ref());
    checks.image(&project, &release);
    checks.told(&release, context)
}

fn keys(args: &Args, project: &Project, context: &Context) -> Result<Keyring, CliError> {
    if args.keys.is_empty() {
        return project.keys(context).believed().map_err(CliError::broken);
    }
    let read = |path: &PathBuf| {
        let unfit = |why: String| CliError::misconfigured(format!("{}: {why}", path.display()));
        let text = std::fs::read_to_string(context.resolve(path));
        let text = text.map_err(|error| unfit(error.to_string()))?;
        PublicKey::from_pem(&text).map_err(|error| unfit(error.to_string()))
    };
    Ok(Keyring::new(args.keys.iter().map(read).collect::<Result<Vec<_>, _>>()?))
}

impl Checks {
    fn pass(&mut self, what: impl Into<String>, found: String) {
        self.0.push(Check { what: what.into(), verdict: Verdict::Pass, found });
    }

    fn fail(&mut self, what: impl Into<String>, found: String) {
        self.0.push(Check { what: what.into(), verdict: Verdict::Fail, found });
    }

    /// What can't be told.
    fn open(&mut self, what: impl Into<String>, found: String) {
        self.0.push(Check { what: what.into(), verdict: Verdict::Undecided, found });
    }

    fn ledger(&mut self, ledger: &Ledger) {
        match ledger.verify() {
            Ok(head) => {
                let facts = count(head.seq, "fact");
                self.pass("ledger", format!("{facts}, head {}", head.hash.short()));
            }
            Err(damage) => damage.iter().for_each(|it| self.fail("ledger", it.to_string())),
        }
    }

    /// That the record is of what it says.
    fn identity(&mut self, release: &ReleaseRecorded, run: Option<&RunRecord>) {
        let Some(run) = run else {
            return self.open("record", format!("{} is not in the ledger", release.run));
        };
        let (project, commit) = (&run.started.project, &release.commit);
        let id = ReleaseId::of(project, commit, &release.step, &release.image);
        match id == release.release {
            true => self.pass("record", format!("{project} at {commit}, by {}", release.run)),
            false => self.fail("record", "its name is not of its commit and image".to_owned()),
        }
    }

    fn provenance(&mut self, release: &ReleaseRecorded, statements: &[Statement]) {
        let made = statements.iter().find_map(|it| match &it.predicate {
            Predicate::Provenance(made) => Some(&made.build_definition),
            _ => None,
        });
        let Some(made) = made else { return };
        let mut sources = made.resolved_dependencies.iter();
        let is_commit =
            sources.any(|part| part.digest.by("gitCommit") == Some(release.commit.as_str()));
        match is_commit {
            true => self.pass("commit", "the provenance names it".to_owned()),
            false => self.fail("commit", "the provenance names another".to_owned()),
        }
    }

    /// Whether there is all that a release needs.
    fn complete(&mut self, statements: &[Statement], run: Option<&RunRecord>) {
        for kind in [Kind::Provenance, Kind::CycloneDx, Kind::Signature] {
            if !statements.iter().any(|it| it.predicate.kind() == kind) {
                self.open(
                    kind.word(),
                    "there is no such statement that can be believed".to_owned(),
                );
            }
        }
        for step in run.iter().flat_map(|run| &run.started.steps) {
            let about = |it: &&Statement| {
                it.predicate.step() == Some(step.as_str()) && it.predicate.verdict().is_some()
            };
            match statements.iter().filter(about).map(|it| it.predicate.verdict()).min() {
                None => self.open(format!("step {step}"), "nothing tells how it ended".to_owned()),
                Some(Some(Verdict::Pass)) => {}
                Some(_) => self.fail(format!("step {step}"), "it did not pass".to_owned()),
            }
        }
    }

    /// Every byte of the image.
    fn image(&mut self, project: &Project, release: &ReleaseRecorded) {
        let Ok(layout) = Layout::open(&project.state.join("oci")) else {
            return self.open("image", "there is no layout here".to_owned());
        };
        let parts = layout.resolve(&release.image).and_then(|image| layout.reachable(&image));
        let parts = match parts {
            Ok(parts) => parts,
            Err(error @ (LayoutError::Missing { .. } | LayoutError::Unknown { .. })) => {
                return self.open("image", error.to_string());
            }
            Err(error) => return self.fail("image", error.to_string()),
        };
        for part in &parts {
            if !layout.has(part) {
                self.open("image", format!("{} is not here", part.digest));
            } else if let Err(error) = layout.proven(part) {
                self.fail("image", error.to_string());
            }
        }
        if self.0.iter().all(|check| check.what != "image") {
            let parts = count(parts.len() as u64, "blob");
            self.pass("image", format!("{}, {parts} of it", release.image));
        }
    }

    fn told(self, release: &ReleaseRecorded, context: &Context) -> Result<Exit, CliError> {
        let verdict = Verdict::all(self.0.iter().map(|check| check.verdict));
        if context.json {
            let checked = Checked { release: release.release, verdict, checks: &self.0 };
            context.json_line(&checked)?;
            return Ok(verdict.into());
        }
        for check in &self.0 {
            let mark = match check.verdict {
                Verdict::Pass => style::good("✓"),
                Verdict::Fail => style::bad("✗"),
                Verdict::Undecided => style::doubt("?"),
            };
            let what = style::safe(&check.what);
            context.line(&format!("{mark} {what:<22} {}", style::safe(&check.found)))?;
        }
        let word = verdict_word(verdict);
        context.line(&format!("release {} {word}", style::strong(release.release)))?;
        Ok(verdict.into())
    }
}
