//! `tollgate store`.

mod images;

use std::path::PathBuf;

use clap::Subcommand;
use tollgate_engine::{Kept, Store, StoredObject, sweep};
use tollgate_ledger::Ledger;
use tollgate_model::{
    Exit, OutputRef, RelPath, RunId, RunRecord, Timestamp, format_bytes, parse_bytes,
};

use super::log::find_run;
use super::{Context, check, eprintln, known};
use crate::display::{count, style};
use crate::error::CliError;
use crate::project::Project;

/// So many runs are looked through for a step.
const LOOK_BACK: usize = 1_000;

const ALL: &str = "\
Examples:
  tollgate store size        how much there is
  tollgate store gc          keep what fits into 20 GB
  tollgate store get train   the outputs of `train`, into ./out";

const SIZE: &str = "\
Examples:
  tollgate store size          how much there is, and how much of it is in use
  tollgate store size --json   … for a program";

const GC: &str = "\
Examples:
  tollgate store gc                  keep what fits into 20 GB
  tollgate store gc --max-size 2GB   … into 2 GB
  tollgate store gc --dry-run        only say what would go";

const VERIFY: &str = "\
Examples:
  tollgate store verify            read every object and name what is damaged
  tollgate store verify --remove   … and remove it, so that its step runs again";

/// Look after the store of outputs and logs.
#[derive(Debug, Subcommand)]
#[command(after_help = ALL)]
pub(crate) enum Verb {
    /// How much there is, and how much of it is in use.
    #[command(after_help = SIZE)]
    Size,
    /// Remove what nothing refers to, then the longest unused, until the rest fits.
    Gc(Gc),
    /// Read every object and say which are not what they should be.
    Verify(Verify),
    /// Put an output of a step into a directory of yours.
    Get(Get),
}

/// Remove what nothing refers to, then what was not used for longest, until the rest fits.
/// A step whose outputs are gone runs again when it is needed. What no image of the layout is made of
/// any more goes, too; released images stay.
#[derive(Debug, clap::Args)]
#[command(after_help = GC)]
pub(crate) struct Gc {
    /// What may stay.
    #[arg(long, value_name = "SIZE", default_value = "20GB", value_parser = parse_bytes)]
    max_size: u64,
    /// Only say what would go.
    #[arg(long)]
    dry_run: bool,
}

/// Read every object and say which are not what they should be.
#[derive(Debug, clap::Args)]
#[command(after_help = VERIFY)]
pub(crate) struct Verify {
    /// Remove what is damaged; its step runs again when it is needed.
    #[arg(long)]
    remove: bool,
}

const GET: &str = "\
Examples:
  tollgate store get train                    all outputs of `train`, into ./out
  tollgate store get train model.pkl --into . one of them
  tollgate store get train --run r3           as run r3 left them";

/// Put an output of a step into a directory of yours. What is there already is not overwritten.
#[derive(Debug, clap::Args)]
#[command(after_help = GET)]
pub(crate) struct Get {
    /// The step.
    step: String,
    /// The outputs; by default all.
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// The run; by default the last one that has the step.
    #[arg(long, value_name = "RUN")]
    run: Option<RunId>,
    /// Where to put them.
    #[arg(long, value_name = "DIR", default_value = "out")]
    into: PathBuf,
}

pub(crate) fn execute(verb: &Verb, context: &Context) -> Result<Exit, CliError> {
    let project = Project::find(&context.directory)?;
    let ledger = project.existing_ledger()?;
    match verb {
        Verb::Size => size(&project, &ledger, context),
        Verb::Gc(args) => gc(args, &project, &ledger, context),
        Verb::Verify(args) => verify(args, &project, &ledger, context),
        Verb::Get(args) => get(args, &project, &ledger, context),
    }
}

fn kept(ledger: &Ledger) -> Result<Vec<Kept>, CliError> {
    let live = ledger.live_digests()?;
    let used = live.into_iter().map(|live| (live.digest, live.last_used, false));
    // Its time does not matter.
    let evidence = ledger.evidence()?.into_iter();
    let evidence = evidence.map(|digest| (digest, Timestamp::from_millis(0), true));
    let kept = |(digest, last_used, forever)| Kept { digest, last_used, forever };
    Ok(used.chain(evidence).map(kept).collect())
}

fn size(project: &Project, ledger: &Ledger, context: &Context) -> Result<Exit, CliError> {
    let stored = project.store()?.list()?;
    let unused = sweep(&stored, &kept(ledger)?, u64::MAX);
    let (all, idle) = (bytes(&stored), bytes(&unused));
    if context.json {
        context.json_line(&serde_json::json!({
            "objects": stored.len(), "bytes": all, "unused_objects": unused.len(), "unused_bytes": idle,
        }))?;
    } else {
        let objects = count(stored.len() as u64, "object");
        let line = format!("{objects}, {}; {} of it unused", format_bytes(all), format_bytes(idle));
        context.line(&line)?;
    }
    Ok(Exit::Passed)
}

fn bytes(objects: &[StoredObject]) -> u64 {
    objects.iter().map(|object| object.bytes).sum()
}

fn gc(args: &Gc, project: &Project, ledger: &Ledger, context: &Context) -> Result<Exit, CliError> {
    let mut say = |text: &str| eprintln(&style::faint(text), context.color);
    // Under the lease, or an object could go between a run's look at it and its use.
    let _lease = project.lease("tollgate store gc", true, &|| false, &mut say)?;
    let store = project.store()?;
    let stored = store.list()?;
    let doomed = sweep(&stored, &kept(ledger)?, args.max_size);
    if !args.dry_run {
        store.clear_tmp()?;
        store.clear_unlisted()?;
        for object in &doomed {
            store.remove(&object.digest)?;
        }
    }
    let of_images = images::collect(project, args.dry_run)?;
    let stays = bytes(&stored) - bytes(&doomed);
    if context.json {
        context.json_line(&serde_json::json!({
            "removed_objects": doomed.len(), "removed_bytes": bytes(&doomed), "bytes": stays,
            "images": of_images, "dry_run": args.dry_run,
        }))?;
    } else {
        let verb = if args.dry_run { "would remove" } else { "removed" };
        let objects = count(doomed.len() as u64, "object");
        let freed = format_bytes(bytes(&doomed));
        context.line(&format!("{verb} {objects}, {freed}; {} stay", format_bytes(stays)))?;
        if of_images.blobs > 0 {
            let blobs = count(of_images.blobs, "blob");
            let freed = format_bytes(of_images.bytes);
            context.line(&format!("{verb} {blobs} of images, {freed}"))?;
        }
    }
    Ok(Exit::Passed)
}

fn verify(
    args: &Verify,
    project: &Project,
    ledger: &Ledger,
    context: &Context,
) -> Result<Exit, CliError> {
    let mut say = |text: &str| eprintln(&style::faint(text), context.color);
    // Under the lease where something goes: a run could be about to use it.
    let lease = || project.lease("tollgate store verify", true, &|| false, &mut say);
    let _lease = args.remove.then(lease).transpose()?;
    let store = project.store()?;
    let check::Checked { stored, damaged } = check::check(&store)?;
    let missing = check::missing(&stored, ledger)?;
    for (digest, what) in &damaged {
        if args.remove {
            store.remove(digest)?;
        }
        match context.json {
            true => context.json_line(&serde_json::json!({ "digest": digest, "damage": what }))?,
            false => context.line(&format!("{} {}", style::bad("✗"), style::safe(what)))?,
        }
    }
    if missing > 0 {
        match context.json {
            true => context.json_line(&serde_json::json!({ "missing_objects": missing }))?,
            false => {
                context.line(&format!("{}: {}", style::doubt("note"), check::note(missing)))?
            }
        }
    }
    if damaged.is_empty() {
        if !context.json {
            context.line(&format!("{} sound", count(stored.len() as u64, "object")))?;
        }
        return Ok(Exit::Passed);
    }
    if !context.json {
        let remedy = if args.remove { "removed" } else { "`--remove` takes them away" };
        let objects = count(damaged.len() as u64, "object");
        context.line(&format!("{objects} of {} damaged; {remedy}", stored.len()))?;
    }
    Ok(Exit::Failed)
}

fn get(
    args: &Get,
    project: &Project,
    ledger: &Ledger,
    context: &Context,
) -> Result<Exit, CliError> {
    let outputs = outputs(&args.step, args.run, ledger)?;
    let store = project.store()?;
    let into = context.resolve(&args.into);
    let wanted = wanted(&outputs, &args.paths)?;
    let there = |path: &&RelPath| std::fs::symlink_metadata(into.join(path)).is_ok();
    if let Some(path) = wanted.iter().map(|(path, _)| *path).find(there) {
        let to = into.join(path);
        let message = format!("{} is there already; it is not overwritten", to.display());
        return Err(CliError::new(Exit::Refused, message).hint("another directory: --into DIR"));
    }
    for (path, output) in wanted {
        let to = into.join(path);
        store.restore(output, &to)?;
        match context.json {
            true => context.json_line(&serde_json::json!({ "path": to, "output": output }))?,
            false => context.line(&format!("{}  {}", to.display(), format_bytes(output.bytes)))?,
        }
    }
    Ok(Exit::Passed)
}

type Outputs = std::collections::BTreeMap<RelPath, OutputRef>;

fn outputs(step: &str, run: Option<RunId>, ledger: &Ledger) -> Result<Outputs, CliError> {
    let record = match run {
        Some(_) => find_run(run, ledger)?,
        None => last_with(step, ledger)?,
    };
    let of = record.started.run;
    let state = record.steps.get(step).map(|step| &step.state);
    let state =
        state.ok_or_else(|| CliError::misconfigured(format!("`{step}` is no step of {of}")))?;
    match known::result(of, state, ledger)? {
        Some(known) if !known.result.outputs.is_empty() => Ok(known.result.outputs),
        _ => Err(CliError::misconfigured(format!("`{step}` left nothing in {of}"))),
    }
}

// The last run of all where none of the latest has the step: it is the one to speak of.
fn last_with(step: &str, ledger: &Ledger) -> Result<RunRecord, CliError> {
    for summary in ledger.runs(LOOK_BACK)? {
        let record = find_run(Some(summary.run), ledger)?;
        if record.steps.contains_key(step) {
            return Ok(record);
        }
    }
    find_run(None, ledger)
}

fn wanted<'a>(
    outputs: &'a Outputs,
    paths: &[String],
) -> Result<Vec<(&'a RelPath, &'a OutputRef)>, CliError> {
    if paths.is_empty() {
        return Ok(outputs.iter().collect());
    }
    let find = |path: &String| {
        let known = outputs.keys().map(RelPath::as_str).collect::<Vec<_>>().join(", ");
        let wanted: Option<RelPath> = path.parse().ok();
        let found = wanted.and_then(|wanted| outputs.get_key_value(&wanted));
        found.ok_or_else(|| CliError::misconfigured(format!("no output {path}; there are {known}")))
    };
    paths.iter().map(find).collect()
}
