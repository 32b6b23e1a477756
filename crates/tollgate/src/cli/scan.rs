//! `tollgate scan`.

mod secrets;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use tollgate_adapters::advisories;
use tollgate_image::osv::{Coverage, ImportError};
use tollgate_model::Exit;

use super::{Context, eprintln};
use crate::display::{count, style};
use crate::error::CliError;
use crate::project::Project;

const ALL: &str = "\
Examples:
  tollgate scan db import PyPI/all.zip    take in what osv.dev exports for PyPI
  tollgate scan db update                 fetch the exports anew, where the network allows it
  tollgate scan db show                   what the database covers, and how new it is
  tollgate image scan slim                look an image up in it
  tollgate scan secrets                   what looks like a secret in the files here";

const IMPORT: &str = "\
Examples:
  tollgate scan db import PyPI/all.zip     PyPI's advisories
  tollgate scan db import Debian/all.zip   … and Debian's beside them
  tollgate scan db import advisories/      a directory of exports, or of single advisories

An import replaces what was known of its own ecosystems, as a whole or not at all.";

const UPDATE: &str = "\
Examples:
  tollgate scan db update https://mirror.example/osv/PyPI/all.zip https://mirror.example/osv/Debian/all.zip
  tollgate scan db update          the same addresses again

An address is asked over TLS, or is of this machine. What was known stays where one does not answer.";

const SHOW: &str = "\
Examples:
  tollgate scan db show
  tollgate scan db show --json";

/// Look for secrets, and look after what is known against packages.
#[derive(Debug, Subcommand)]
#[command(after_help = ALL)]
pub(crate) enum Verb {
    /// The database of advisories: a file of this project, with a date.
    #[command(subcommand)]
    Db(Db),
    /// Look for secrets in files, in the repository's history, or in an image.
    Secrets(secrets::Args),
}

/// The database of advisories: a file of this project, with a date.
#[derive(Debug, Subcommand)]
#[command(after_help = ALL)]
pub(crate) enum Db {
    /// Take in an export of advisories in the OSV schema.
    Import(Import),
    /// Fetch exports of advisories and take them in.
    Update(Update),
    /// Show what the database covers.
    #[command(after_help = SHOW)]
    Show,
}

/// Fetch exports of advisories and take them in.
#[derive(Debug, clap::Args)]
#[command(after_help = UPDATE)]
pub(crate) struct Update {
    /// Addresses of exports, one for each ecosystem [default: those of the last time].
    #[arg(value_name = "URL")]
    urls: Vec<String>,
}

/// Take in an export of advisories in the OSV schema.
#[derive(Debug, clap::Args)]
#[command(after_help = IMPORT)]
pub(crate) struct Import {
    /// An `all.zip`, or a directory of such or of JSON files.
    #[arg(value_name = "PATH")]
    from: PathBuf,
}

pub(crate) fn execute(verb: &Verb, context: &Context) -> Result<Exit, CliError> {
    match verb {
        Verb::Db(Db::Import(args)) => import(args, context),
        Verb::Db(Db::Update(args)) => update(args, context),
        Verb::Db(Db::Show) => show(context),
        Verb::Secrets(args) => secrets::execute(args, context),
    }
}

fn import(args: &Import, context: &Context) -> Result<Exit, CliError> {
    let project = Project::find(&context.directory)?;
    project.make_state()?;
    take_in(&context.resolve(&args.from), &project, context)
}

fn update(args: &Update, context: &Context) -> Result<Exit, CliError> {
    let project = Project::find(&context.directory)?;
    project.make_state()?;
    let urls = match args.urls.is_empty() {
        true => advisories::addresses(&project.state),
        false => args.urls.clone(),
    };
    if urls.is_empty() {
        let message = "nobody has said yet where advisories are fetched from";
        let hint = "osv.dev tells where it keeps its exports, one all.zip for each ecosystem";
        return Err(CliError::misconfigured(message).hint(hint));
    }
    for url in &urls {
        eprintln(&style::faint(format!("fetching {url}")), context.color);
        let fetched =
            advisories::fetch(url, &context.environment, &project.state).map_err(|error| {
                let error = CliError::broken(error);
                error.hint("what was known stays; `tollgate scan db import` takes a file")
            })?;
        take_in(fetched.path(), &project, context)?;
    }
    advisories::remember(&urls, &project.state).map_err(CliError::broken)?;
    Ok(Exit::Passed)
}

fn take_in(from: &Path, project: &Project, context: &Context) -> Result<Exit, CliError> {
    eprintln(&style::faint("reading advisories"), context.color);
    let imported = advisories::import(from, &project.state).map_err(refuse)?;
    if context.json {
        context.json_line(&imported)?;
        return Ok(Exit::Passed);
    }
    let withdrawn = match imported.withdrawn {
        0 => String::new(),
        some => format!(", {some} of them withdrawn"),
    };
    context.line(&format!("{} read{withdrawn}", count(imported.read, "file")))?;
    print(&imported.coverage, context)
}

fn show(context: &Context) -> Result<Exit, CliError> {
    let project = Project::find(&context.directory)?;
    let database = advisories::open(&project.state).map_err(CliError::broken)?;
    let Some(database) = database else {
        let message = "there is no database of advisories yet";
        return Err(CliError::misconfigured(message).hint("`tollgate scan db import all.zip`"));
    };
    match context.json {
        true => database.coverage().iter().try_for_each(|one| context.json_line(one))?,
        false => drop(print(database.coverage(), context)?),
    }
    Ok(Exit::Passed)
}

fn print(coverage: &[Coverage], context: &Context) -> Result<Exit, CliError> {
    for one in coverage {
        let advisories = match one.advisories {
            1 => "1 advisory".to_owned(),
            several => format!("{several} advisories"),
        };
        let name = style::strong(&one.ecosystem);
        context.line(&format!("{name}  {advisories}, the newest of {}", one.newest))?;
    }
    Ok(Exit::Passed)
}

fn refuse(error: ImportError) -> CliError {
    match error {
        ImportError::Database(_) => CliError::broken(error),
        _ => CliError::misconfigured(error.to_string())
            .hint("an export is had from osv.dev, one for each ecosystem: PyPI/all.zip"),
    }
}
