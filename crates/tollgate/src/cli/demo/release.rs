//! The end of the story: an image, its evidence, and what can be told of it.

use std::path::Path;

use tollgate_adapters::apt;
use tollgate_model::Exit;

use super::stage::Stage;
use crate::cli::{Context, image, release};
use crate::display::style;
use crate::error::CliError;

/// Why this machine can't build on Debian packages, if so.
pub(super) fn impossible() -> Option<String> {
    match apt::configured(Path::new("/")) {
        Ok(sources) if sources.is_empty() => Some("it has no APT sources".to_owned()),
        Ok(_) if !has_gpgv() => Some("it has no `gpgv` to verify them with".to_owned()),
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    }
}

fn has_gpgv() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join("gpgv").is_file())
}

/// Pins what the image stands on, as a person does once.
pub(super) fn pin(stage: &Stage, context: &Context) -> Result<(), CliError> {
    command("image lock", context)?;
    image::execute(&image::Verb::Lock, context)?;
    stage.keep("Pin what the image stands on")
}

/// Shows the release, checks it, and writes its card. Tells whether it was sound.
pub(super) fn tell(context: &Context) -> Result<bool, CliError> {
    command("release verify", context)?;
    let verified = release::execute(&release::Verb::verify(), context)?;
    let card = context.resolve(Path::new("CARD.md"));
    command("release card -o CARD.md", context)?;
    release::execute(&release::Verb::card(&card), context)?;
    let text = std::fs::read_to_string(&card).map_err(CliError::broken)?;
    std::fs::remove_file(&card).map_err(CliError::broken)?;
    if !context.json {
        for line in text.lines().skip_while(|line| *line != "## Metrics").take(8) {
            context.line(&style::safe(line))?;
        }
    }
    Ok(verified == Exit::Passed)
}

fn command(words: &str, context: &Context) -> Result<(), CliError> {
    if context.json {
        return Ok(());
    }
    context.line(&style::faint(format!("$ tollgate {words}")))
}
