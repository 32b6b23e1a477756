//! `tollgate image import-dockerfile`.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde_json::json;
use tollgate_image::dockerfile::{self, Context as Surroundings, Imported, Note};
use tollgate_model::Exit;

use crate::cli::{Context, eprintln};
use crate::display::{count, style};
use crate::error::CliError;

const AFTER: &str = "\
Examples:
  tollgate image import-dockerfile                    print what the Dockerfile here becomes
  tollgate image import-dockerfile -o tollgate.yaml   … and write it, where there is none yet
  tollgate image import-dockerfile service/Dockerfile --step service

Then `tollgate image lock` pins the base, and `tollgate image build` builds without Docker.";

/// What nobody wants in an image.
const UNWANTED: [&str; 8] = [
    "Dockerfile",
    "tollgate.yaml",
    "tollgate.lock",
    "__pycache__",
    "venv",
    "node_modules",
    "tests",
    "test",
];

/// A longer file is not looked into, in bytes.
const LONGEST: u64 = 4 << 20;

/// Turn a Dockerfile of the simple shape (base, requirements, files, command) into an image step that
/// needs no builder. What differs afterwards is listed.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// The Dockerfile. What it copies is looked for in the current directory.
    #[arg(value_name = "DOCKERFILE", default_value = "Dockerfile")]
    file: PathBuf,
    /// How the step is called.
    #[arg(long, value_name = "STEP", default_value = "image")]
    step: tollgate_model::StepId,
    /// Write it to this file, which must not be there yet, and not to standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let shown = args.file.display().to_string();
    let (file, _) = super::lint::read(&context.resolve(&args.file), &shown)?;
    let root = &context.directory;
    let around = Surroundings {
        is_directory: &|path| fs::metadata(root.join(path)).ok().map(|meta| meta.is_dir()),
        entries: &|| entries(root),
        read: &|path| read(&root.join(path)),
    };
    let imported = dockerfile::import(&file, &around).map_err(|why| refused(&why, &shown))?;
    let text =
        format!("project: {}\nsteps:\n{}", project(root), imported.image.step(args.step.as_str()));
    if let Some(output) = &args.output {
        write(&context.resolve(output), &text).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => CliError::misconfigured(format!(
                "{} is there already, and is not written over",
                output.display()
            ))
            .hint("leave `-o` away, and put the step into it by hand"),
            _ => CliError::misconfigured(format!("can't write {}: {error}", output.display())),
        })?;
    }
    tell(&imported, &text, &shown, args, context)
}

fn refused(why: &[Note], shown: &str) -> CliError {
    let lines = why.iter().map(|note| format!("{shown}:{}: {}", note.line, note.what));
    CliError::misconfigured(lines.collect::<Vec<_>>().join("\n")).hint(
        "`image: { dockerfile: Dockerfile }` builds it as it is, by Docker, Buildah or Podman",
    )
}

fn tell(
    imported: &Imported,
    text: &str,
    shown: &str,
    args: &Args,
    context: &Context,
) -> Result<Exit, CliError> {
    let notes = &imported.differs;
    if context.json {
        let notes: Vec<_> =
            notes.iter().map(|note| json!({ "line": note.line, "what": note.what })).collect();
        context.json_line(&json!({ "tollgate": text, "differs": notes }))?;
        return Ok(Exit::Passed);
    }
    match &args.output {
        None => std::io::stdout().lock().write_all(text.as_bytes())?,
        Some(output) => {
            context.line(&format!("{} written", style::strong(output.display().to_string())))?;
        }
    }
    for Note { line, what } in notes {
        let place = style::faint(format!("{shown}:{line}:"));
        eprintln(&format!("{place} {}", style::safe(what)), context.color);
    }
    if !notes.is_empty() {
        let all = count(notes.len() as u64, "thing");
        eprintln(&format!("{all} to look at"), context.color);
    }
    Ok(Exit::Passed)
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}

/// What lies in a directory, hidden things and what only builds and tests left out.
fn entries(root: &Path) -> Vec<String> {
    let listed = fs::read_dir(root).into_iter().flatten().flatten();
    let names = listed.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> =
        names.filter(|name| !name.starts_with('.') && !UNWANTED.contains(&name.as_str())).collect();
    names.sort();
    names
}

fn read(path: &Path) -> Option<String> {
    let meta = fs::metadata(path).ok()?;
    (meta.is_file() && meta.len() <= LONGEST).then(|| fs::read_to_string(path).ok())?
}

/// The directory's name, as far as a project can be called so.
fn project(root: &Path) -> String {
    let name =
        root.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let name: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '-' })
        .collect();
    let name = name.trim_matches(['-', '_']).to_owned();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { "service".to_owned() }
}
