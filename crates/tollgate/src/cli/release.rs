//! `tollgate release`.

mod card;
mod evidence;
pub(in crate::cli) mod found;
mod show;
mod verify;

use std::collections::BTreeSet;
use std::path::Path;

use clap::Subcommand;
use serde::Serialize;
use tollgate_model::{Exit, ReleaseRecorded, Timestamp};

use super::Context;
use crate::display::{ago, count, style};
use crate::error::CliError;
use crate::project::Project;

/// So many records are looked through.
const MOST: usize = 10_000;

const ALL: &str = "\
Examples:
  tollgate release list             what was made here, newest first
  tollgate release show             the newest: its image, commit and evidence
  tollgate release verify 3f9a21    whether all of it is as it was recorded, offline
  tollgate release card -o CARD.md  the model card, made from the evidence

A run that passes at a commit with no changes beside it, and that builds an image, makes a release.";

const LIST: &str = "\
Examples:
  tollgate release list
  tollgate release list --json   a line for each, for a program";

/// Show releases, check them, and write their model cards.
#[derive(Debug, Subcommand)]
#[command(after_help = ALL)]
pub(crate) enum Verb {
    /// List the releases, newest first.
    #[command(after_help = LIST)]
    List,
    /// Show a release: its image, its commit, the evidence about it.
    Show(show::Args),
    /// Check a release: signatures, digests, the ledger, and what is missing. Needs no network.
    Verify(verify::Args),
    /// Write the model card of a release, from its evidence.
    Card(card::Args),
}

impl Verb {
    /// Checks the newest.
    pub(in crate::cli) fn verify() -> Self {
        Self::Verify(verify::Args { release: None, keys: Vec::new() })
    }

    /// Writes the card of the newest.
    pub(in crate::cli) fn card(to: &Path) -> Self {
        Self::Card(card::Args { release: None, output: Some(to.to_owned()) })
    }
}

/// A release as it is listed.
#[derive(Serialize)]
struct Listed<'a> {
    at: Timestamp,
    #[serde(flatten)]
    release: &'a ReleaseRecorded,
}

pub(crate) fn execute(verb: &Verb, context: &Context) -> Result<Exit, CliError> {
    match verb {
        Verb::List => list(context),
        Verb::Show(args) => show::execute(args, context),
        Verb::Verify(args) => verify::execute(args, context),
        Verb::Card(args) => card::execute(args, context),
    }
}

fn list(context: &Context) -> Result<Exit, CliError> {
    let ledger = Project::find(&context.directory)?.existing_ledger()?;
    let now = tollgate_engine::Clock::now(&tollgate_adapters::SystemClock);
    let mut seen = BTreeSet::new();
    for (at, release) in &ledger.releases(MOST)? {
        if !seen.insert(release.release) {
            continue;
        }
        if context.json {
            context.json_line(&Listed { at: *at, release })?;
            continue;
        }
        let commit = release.commit.get(..10).unwrap_or(&release.commit);
        let branch = release.branch.as_deref().unwrap_or("detached");
        let evidence = count(release.evidence.len() as u64, "statement");
        let rest = format!("{evidence}, {}, {}", release.run, ago(*at, now));
        context.line(&format!(
            "{}  {}  {commit} ({branch})  {}",
            style::strong(release.release),
            style::safe(release.step.as_str()),
            style::faint(rest)
        ))?;
    }
    if seen.is_empty() && !context.json {
        context
            .line("no release yet: a run that passes at a commit and builds an image makes one")?;
    }
    Ok(Exit::Passed)
}
