//! `tollgate image diff`.

use tollgate_adapters::registry::this_platform;
use tollgate_image::{Change, Difference, FileChange, LayerChange, Limits, View, ViewError};
use tollgate_model::{Exit, format_bytes};

use crate::cli::Context;
use crate::display::{count, style};
use crate::error::CliError;

const AFTER: &str = "\
Examples:
  tollgate image diff slim sha256:4f1d…         what a change did to the image
  tollgate image diff oci:theirs oci:ours:1.2   two builds that should be one
  tollgate image diff slim oci:other --json     … for a program

It exits with 0 where both are the same image, and with 1 where they are not.";

/// Show in what two images differ: settings, and files one by one with what is another in them.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// A step that built an image, a digest, or another layout's image: `oci:DIRECTORY:TAG`. Of an
    /// image for several kinds of machines it is this one's.
    #[arg(value_name = "BEFORE")]
    before: String,
    /// The same.
    #[arg(value_name = "AFTER")]
    after: String,
}

pub(super) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let view = |text: &str| {
        let (layout, image) = super::found::image(text, context)?;
        let image = layout.image_for(&image, &this_platform());
        image
            .map_err(ViewError::from)
            .and_then(|image| View::open(&layout, &image))
            .map_err(|error| CliError::new(Exit::Failed, format!("{text}: {error}")))
    };
    let (before, after) = (view(&args.before)?, view(&args.after)?);
    let difference = Difference::between(&before, &after, &Limits::default())
        .map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
    match context.json {
        true => context.json_line(&difference)?,
        false => print(&difference, context)?,
    }
    Ok(if difference.is_same() { Exit::Passed } else { Exit::Failed })
}

fn print(difference: &Difference, context: &Context) -> Result<(), CliError> {
    if difference.is_same() {
        return context.line(&format!("the same image: {}", difference.after));
    }
    for setting in &difference.settings {
        let shown = |value: &Option<String>| match value {
            Some(value) => style::safe(value).to_string(),
            None => "(none)".to_owned(),
        };
        let (was, is) = (shown(&setting.before), shown(&setting.after));
        context.line(&format!("{} {}: {is}, was {was}", style::doubt("~"), setting.name))?;
    }
    for file in &difference.files {
        context.line(&line(file))?;
    }
    for layer in &difference.layers {
        context.line(&format!("{} {}", style::doubt("~"), of_layer(layer, difference)))?;
    }
    let settings = count(difference.settings.len() as u64, "setting");
    let files = count(difference.files.len() as u64, "file");
    context.line(&style::strong(format!("{settings} and {files} differ")))
}

fn line(file: &FileChange) -> String {
    let mark = match file.change {
        Change::Added => style::good("+"),
        Change::Removed => style::bad("-"),
        Change::Changed => style::doubt("~"),
    };
    let mut words = file.what.clone();
    match (file.size_before, file.size_after) {
        (Some(was), Some(is)) if was != is => {
            words.push(format!("{}, was {}", format_bytes(is), format_bytes(was)));
        }
        (Some(only), None) | (None, Some(only)) => words.push(format_bytes(only)),
        _ => {}
    }
    if let Some(from) = &file.from {
        words.push(style::faint(format!("({})", style::safe(from))).clone());
    }
    format!("{mark} /{}  {}", style::safe(&file.path), words.join("; "))
}

fn of_layer(layer: &LayerChange, difference: &Difference) -> String {
    let name = format!("layer {}", layer.layer);
    match (layer.before, layer.after) {
        (None, Some(_)) => format!("{name} is new"),
        (Some(_), None) => format!("{name} is gone"),
        _ if layer.same_content => format!("{name}: the same content, packed in another way"),
        _ if difference.files.is_empty() => {
            format!(
                "{name}: the same files, in another order, with other headers or from other layers"
            )
        }
        _ => format!("{name}: other files"),
    }
}
