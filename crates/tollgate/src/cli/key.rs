//! `tollgate key`.

use std::path::PathBuf;

use clap::Subcommand;
use tollgate_adapters::keys::{Keys, KeysError};
use tollgate_evidence::PublicKey;
use tollgate_model::Exit;

use super::Context;
use crate::display::style;
use crate::error::CliError;
use crate::project::Project;

const ALL: &str = "\
Examples:
  tollgate key show > tollgate.pub    the public key, for `cosign verify --key tollgate.pub`
  tollgate key list                   the keys that are believed here
  tollgate key rotate                 sign with a new key; what the old one signed stays believed
  tollgate key add colleague.pub      believe another machine's key

The key is made on first use in .tollgate/keys, where only its owner can read it. One from elsewhere
is named by TOLLGATE_SIGNING_KEY_FILE (a file), TOLLGATE_SIGNING_KEY_COMMAND (a command that prints
it) or TOLLGATE_SIGNING_KEY (the key itself): ECDSA P-256, PKCS#8 in PEM.";

const SHOW: &str = "\
Examples:
  tollgate key show > tollgate.pub   for `cosign verify --key tollgate.pub`
  tollgate key show --json           with its id, and where the key comes from";

const LIST: &str = "\
Examples:
  tollgate key list                  the SHA-256 of each public key, as evidence names it";

const ROTATE: &str = "\
Examples:
  tollgate key rotate                the next release is signed by the new key";

const ADD: &str = "\
Examples:
  tollgate key add colleague.pub     their evidence is believed here from now on";

/// Look after the key that signs evidence, and the keys that are believed.
#[derive(Debug, Subcommand)]
#[command(after_help = ALL)]
pub(crate) enum Verb {
    /// Print the public key of the one that signs; it is made where there is none.
    #[command(after_help = SHOW)]
    Show,
    /// List the keys that are believed here.
    #[command(after_help = LIST)]
    List,
    /// Put a new key in the place of the one that signs.
    #[command(after_help = ROTATE)]
    Rotate,
    /// Believe another machine's key.
    Add(Add),
}

/// Believe another machine's key.
#[derive(Debug, clap::Args)]
#[command(after_help = ADD)]
pub(crate) struct Add {
    /// A public key in PEM.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(crate) fn execute(verb: &Verb, context: &Context) -> Result<Exit, CliError> {
    let project = Project::find(&context.directory)?;
    project.make_state()?;
    let keys = project.keys(context);
    match verb {
        Verb::Show => show(&keys, context)?,
        Verb::List => list(&keys, context)?,
        Verb::Rotate => rotated(&keys.rotate().map_err(unfit)?, context)?,
        Verb::Add(args) => add(args, &keys, context)?,
    }
    Ok(Exit::Passed)
}

fn show(keys: &Keys, context: &Context) -> Result<(), CliError> {
    let key = keys.signing().map_err(unfit)?.public();
    let source = keys.source().map_err(unfit)?.to_string();
    match context.json {
        true => context.json_line(&serde_json::json!({
            "id": key.id().as_str(), "pem": key.to_pem(), "from": source,
        })),
        false => context.line(key.to_pem().trim_end()),
    }
}

fn list(keys: &Keys, context: &Context) -> Result<(), CliError> {
    for key in keys.believed().map_err(unfit)?.iter() {
        match context.json {
            true => context.json_line(&serde_json::json!({ "id": key.id().as_str() }))?,
            false => context.line(key.id().as_str())?,
        }
    }
    Ok(())
}

fn rotated(key: &PublicKey, context: &Context) -> Result<(), CliError> {
    match context.json {
        true => context.json_line(&serde_json::json!({ "id": key.id().as_str() })),
        false => context.line(&format!("{} signs from now on", style::strong(key.id()))),
    }
}

fn add(args: &Add, keys: &Keys, context: &Context) -> Result<(), CliError> {
    let named = |why: String| CliError::misconfigured(format!("{}: {why}", args.file.display()));
    let text = std::fs::read_to_string(context.resolve(&args.file));
    let text = text.map_err(|error| named(error.to_string()))?;
    let key = PublicKey::from_pem(&text).map_err(|error| named(error.to_string()))?;
    keys.believe(&key).map_err(unfit)?;
    match context.json {
        true => context.json_line(&serde_json::json!({ "id": key.id().as_str() })),
        false => context.line(&format!("{} is believed from now on", style::strong(key.id()))),
    }
}

fn unfit(error: KeysError) -> CliError {
    CliError::misconfigured(error.to_string())
        .hint("`tollgate key --help` says where keys come from")
}
