//! `tollgate audit`.

mod at;
mod figures;

use clap::Subcommand;
use tollgate_ledger::verify_file;
use tollgate_model::Exit;

use super::{Context, check};
use crate::display::{count, style};
use crate::error::CliError;
use crate::project::Project;

/// Entries that are read at a time.
const PAGE: usize = 1_000;

const ALL: &str = "\
Examples:
  tollgate audit log      every fact, oldest first
  tollgate audit at 2026-05-03T14:03:00Z   what served then, who approved it, on what evidence
  tollgate audit figures  how often releases go in, how fast, and how many are taken back
  tollgate audit export   the whole record, for another tool or an archive
  tollgate audit verify   whether the ledger and the store are as they were written";

const LOG: &str = "\
Examples:
  tollgate audit log                       every fact, oldest first
  tollgate audit log --after 120 --json    what came after fact 120, whole";

const EXPORT: &str = "\
Examples:
  tollgate audit export > ledger.jsonl";

const VERIFY: &str = "\
Examples:
  tollgate audit verify          name everything that is not as it was written
  tollgate audit verify --json   … for a program; exit code 1 where something is";

/// Read and verify the ledger.
#[derive(Debug, Subcommand)]
#[command(after_help = ALL)]
pub(crate) enum Verb {
    /// Every fact, oldest first.
    Log(Log),
    /// What served at a time, who approved it, on what evidence.
    At(at::Args),
    /// How often releases go in, how fast, how many are taken back, and how fast.
    Figures(figures::Args),
    /// Every fact with its hash, a line of JSON each, which anybody can check.
    #[command(after_help = EXPORT)]
    Export,
    /// Verify the ledger's hash chain and views, and every object of the store.
    #[command(after_help = VERIFY)]
    Verify,
}

/// Every fact, oldest first.
#[derive(Debug, clap::Args)]
#[command(after_help = LOG)]
pub(crate) struct Log {
    /// Only what comes after this sequence number.
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    after: u64,
}

pub(crate) fn execute(verb: &Verb, context: &Context) -> Result<Exit, CliError> {
    let project = Project::find(&context.directory)?;
    match verb {
        Verb::Log(args) => log(args, &project, context),
        Verb::At(args) => at::execute(args, &project, context),
        Verb::Figures(args) => figures::execute(args, &project, context),
        Verb::Export => {
            let context = Context { json: true, ..context.clone() };
            log(&Log { after: 0 }, &project, &context)
        }
        Verb::Verify => verify(&project, context),
    }
}

fn log(args: &Log, project: &Project, context: &Context) -> Result<Exit, CliError> {
    let ledger = project.existing_ledger()?;
    let mut after = args.after;
    loop {
        let page = ledger.read(after, PAGE)?;
        let Some(last) = page.last() else { return Ok(Exit::Passed) };
        after = last.seq;
        for entry in &page {
            if context.json {
                context.json_line(&serde_json::json!({
                    "seq": entry.seq, "at": entry.at, "hash": entry.hash, "fact": entry.fact,
                }))?;
                continue;
            }
            let fact = &entry.fact;
            let step = fact.step().map(|step| format!(" {step}")).unwrap_or_default();
            let of = fact.run().map(|run| run.to_string());
            let of = of.as_deref().or_else(|| fact.environment()).unwrap_or_default();
            let what = format!("{of} {}{step}", fact.kind());
            let hash = style::faint(entry.hash.short());
            context.line(&format!("{:>6}  {}  {hash}  {what}", entry.seq, entry.at))?;
        }
    }
}

fn verify(project: &Project, context: &Context) -> Result<Exit, CliError> {
    project.existing_ledger().map(drop).or_else(|error| match project.ledger_path().exists() {
        // One that is too damaged to be opened is for `verify_file` to describe.
        true => Ok(()),
        false => Err(error),
    })?;
    let mut damage: Vec<String> = Vec::new();
    let head = match verify_file(&project.ledger_path()) {
        Ok(head) => Some(head),
        Err(found) => {
            damage.extend(found.iter().map(ToString::to_string));
            None
        }
    };
    let store = project.store()?;
    let check::Checked { stored, damaged } = check::check(&store)?;
    damage.extend(damaged.into_iter().map(|(_, what)| what));
    // Only a sound ledger can be asked what it refers to.
    let missing = match head {
        Some(_) => check::missing(&stored, &project.existing_ledger()?)?,
        None => 0,
    };
    if context.json {
        let sound = damage.is_empty();
        context.json_line(&serde_json::json!({
            "sound": sound, "damage": damage, "objects": stored.len(), "missing_objects": missing,
            "head": head.map(|head| serde_json::json!({ "seq": head.seq, "hash": head.hash })),
        }))?;
        return Ok(if sound { Exit::Passed } else { Exit::Failed });
    }
    for what in &damage {
        context.line(&format!("{} {}", style::bad("✗"), style::safe(what)))?;
    }
    if let Some(head) = head {
        let facts = count(head.seq, "fact");
        let hash = head.hash.short();
        context.line(&format!("{} ledger: {facts}, head {hash}", style::good("✓")))?;
    }
    if missing > 0 {
        context.line(&format!("{}: {}", style::doubt("note"), check::note(missing)))?;
    }
    let objects = count(stored.len() as u64, "object");
    context.line(&match damage.is_empty() {
        true => format!("{} store: {objects}, all sound", style::good("✓")),
        false => format!("{}: {}", style::bad("not sound"), count(damage.len() as u64, "finding")),
    })?;
    Ok(if damage.is_empty() { Exit::Passed } else { Exit::Failed })
}
