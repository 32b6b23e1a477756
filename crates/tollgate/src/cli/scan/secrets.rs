//! `tollgate scan secrets`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use tollgate_adapters::leaks;
use tollgate_image::secrets::{self, Leak};
use tollgate_image::{Limits, View};
use tollgate_model::{Exit, StepKind};

use crate::cli::{Context, image, run};
use crate::display::{count, style};
use crate::error::CliError;
use crate::project::Project;

const AFTER: &str = "\
Examples:
  tollgate scan secrets                  the files here that Git does not ignore
  tollgate scan secrets --history        every version of every file that was ever committed
  tollgate scan secrets --image slim     every layer and the settings of an image
  tollgate scan secrets src --json       a line for each, for a program

A line that says `tollgate: allow-secret` is passed over, and so are the fingerprints in the
`allow_secrets` of image steps. What is shown of a secret is how it begins, never the whole.";

/// Look for secrets in files, in the repository's history, or in an image.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// A directory [default: the current one].
    #[arg(value_name = "DIR")]
    place: Option<PathBuf>,
    /// Look through everything that was ever committed.
    #[arg(long, conflicts_with = "image")]
    history: bool,
    /// Look through an image: a step, a digest, or `oci:DIRECTORY:TAG`.
    #[arg(long, value_name = "IMAGE", conflicts_with = "place")]
    image: Option<String>,
}

pub(super) fn execute(args: &Args, context: &Context) -> Result<Exit, CliError> {
    let stop = run::stop_on_signals()?;
    let stopped = || stop.load(Ordering::Relaxed);
    let directory = match &args.place {
        Some(directory) => context.resolve(directory),
        None => context.directory.clone(),
    };
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::Interrupted => CliError::new(Exit::Interrupted, "stopped"),
        _ => CliError::misconfigured(format!("{}: {error}", directory.display())),
    };
    let mut found = match (&args.image, args.history) {
        (Some(image), _) => in_image(image, context)?,
        (None, true) => leaks::in_history(&directory, &stopped).map_err(failed)?,
        (None, false) => leaks::in_files(&directory, &stopped).map_err(failed)?,
    };
    let allowed = allowed(context);
    found.retain(|leak| !allowed.contains(&leak.fingerprint));
    for leak in &found {
        match context.json {
            true => context.json_line(leak)?,
            false => print(leak, context)?,
        }
    }
    if !context.json {
        context.line(&match found.len() {
            0 => style::good("no secret found"),
            some => style::bad(count(some as u64, "secret")),
        })?;
    }
    Ok(if found.is_empty() { Exit::Passed } else { Exit::Failed })
}

fn print(leak: &Leak, context: &Context) -> Result<(), CliError> {
    let encoded = leak.encoded.map(|how| format!(", in {how}")).unwrap_or_default();
    let place = style::strong(format!("{}:{}", leak.path, leak.line));
    let rest = style::faint(format!("{}  {}", leak.shown, leak.fingerprint));
    context.line(&format!("{place}  {}{encoded}  {rest}", leak.what))
}

fn in_image(text: &str, context: &Context) -> Result<Vec<Leak>, CliError> {
    let (layout, image) = image::found(text, context)?;
    let refuse = |error: &dyn std::fmt::Display| CliError::new(Exit::Failed, error.to_string());
    let (mut found, mut searched) = (Vec::new(), BTreeSet::new());
    for image in layout.images_of(&image).map_err(|error| refuse(&error))? {
        let view = View::open(&layout, &image).map_err(|error| refuse(&error))?;
        found.extend(secrets::settings(&view.config));
        // Images for several kinds of machines have layers in common.
        for layer in view.layers.iter().filter(|layer| searched.insert(layer.name.clone())) {
            let leaks =
                secrets::layer(layer, &Limits::default()).map_err(|error| refuse(&error))?;
            found.extend(leaks.leaks);
        }
    }
    Ok(found)
}

/// What the project says are no secrets. Without a project there is nothing to say.
fn allowed(context: &Context) -> BTreeSet<String> {
    let plan = Project::find(&context.directory).and_then(|project| project.plan());
    let steps = plan.map(|plan| plan.steps).unwrap_or_default();
    let images = steps.into_values().filter_map(|step| match step.kind {
        StepKind::Image(image) => Some(image.allowed_secrets),
        _ => None,
    });
    images.flatten().map(|it| it.fingerprint).collect()
}
