//! `tollgate data import`.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::json;
use tollgate_config::{Imported, Note};
use tollgate_model::Exit;

use crate::cli::{Context, eprintln};
use crate::display::{count, style};
use crate::error::CliError;

/// A larger file is refused by whoever reads it; so much more is not read at all.
const BYTES: u64 = 2 << 20;

const AFTER: &str = "\
Examples:
  tollgate data import suite.json -o contracts/orders.odcs.yaml
  tollgate data import models/schema.yml --from dbt > contracts/shop.odcs.yaml";

/// Write a contract from what another tool knows: a suite of Great Expectations, a schema of
/// pandera, Frictionless' Table Schema, JSON Schema of records, or dbt's tests. What can't be
/// carried over is listed.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// The file of the other tool.
    #[arg(value_name = "FILE")]
    source: PathBuf,
    /// What it is; recognised where it is not given.
    #[arg(long, value_name = "FORMAT")]
    from: Option<Format>,
    /// Write the contract to this file, which must not be there yet, and not to standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A suite of Great Expectations, as JSON.
    Gx,
    /// A schema of pandera, as YAML.
    Pandera,
    /// A Table Schema or a data package.
    Frictionless,
    /// JSON Schema of records.
    Jsonschema,
    /// The properties of dbt's models.
    Dbt,
}

impl From<Format> for tollgate_config::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Gx => Self::GreatExpectations,
            Format::Pandera => Self::Pandera,
            Format::Frictionless => Self::Frictionless,
            Format::Jsonschema => Self::JsonSchema,
            Format::Dbt => Self::Dbt,
        }
    }
}

pub(super) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let shown = args.source.display().to_string();
    let text = read(&context.resolve(&args.source))
        .map_err(|e| CliError::misconfigured(format!("can't read {shown}: {e}")))?;
    let imported = tollgate_config::import(&text, &shown, args.from.map(Into::into))?;
    if let Some(output) = &args.output {
        write(&context.resolve(output), &imported.contract).map_err(|e| refuse(output, &e))?;
    }
    tell(&imported, &shown, args, context)?;
    Ok(Exit::Passed)
}

fn read(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(BYTES).read_to_string(&mut text)?;
    Ok(text)
}

// A contract that somebody wrote is never written over.
fn write(path: &Path, contract: &str) -> std::io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(contract.as_bytes())
}

fn refuse(output: &Path, error: &std::io::Error) -> CliError {
    let shown = output.display();
    let refused = match error.kind() {
        ErrorKind::AlreadyExists => format!("{shown} is there already, and is not written over"),
        _ => format!("can't write {shown}: {error}"),
    };
    CliError::misconfigured(refused)
}

fn tell(imported: &Imported, shown: &str, args: &Args, context: &Context) -> Result<(), CliError> {
    let Imported { format, contract, notes } = imported;
    if context.json {
        let notes: Vec<_> =
            notes.iter().map(|note| json!({ "line": note.line, "what": note.what })).collect();
        let whole =
            json!({ "format": format.name(), "contract": contract, "not_carried_over": notes });
        return context.json_line(&whole);
    }
    match &args.output {
        None => std::io::stdout().lock().write_all(contract.as_bytes())?,
        Some(output) => {
            context.line(&format!("{} written", style::strong(output.display().to_string())))?
        }
    }
    for Note { line, what } in notes {
        let place = style::faint(format!("{shown}:{line}:"));
        eprintln(&format!("{place} {}", style::safe(what)), context.color);
    }
    if !notes.is_empty() {
        let left = count(notes.len() as u64, "thing");
        eprintln(&format!("{} of {} not carried over", left, format.name()), context.color);
    }
    Ok(())
}
