//! What pushing and pulling have in common.

use std::sync::{Mutex, PoisonError};

use tollgate_adapters::registry::{
    Moved, Patience, Progress, Registry, RegistryError, RegistryOptions,
};
use tollgate_image::oci::Reference;
use tollgate_model::{Exit, format_bytes};

use crate::cli::{Context, eprintln};
use crate::display::style;
use crate::error::CliError;
use crate::project::Project;

/// The registry of a reference, as the caller's environment has it.
pub(super) fn connect<'a>(
    reference: &Reference,
    plain_http: bool,
    project: &Project,
    context: &Context,
    stopped: &'a (dyn Fn() -> bool + Sync),
) -> Result<Registry<'a>, CliError> {
    let options = RegistryOptions {
        environment: context.environment.clone(),
        plain_http,
        uploads: Some(project.state.join("cache/uploads")),
        patience: Patience::default(),
        stopped,
    };
    Registry::of(reference, options).map_err(failed)
}

pub(in crate::cli) fn reference(text: &str) -> Result<Reference, CliError> {
    text.parse().map_err(|error| {
        CliError::misconfigured(format!("{error}")).hint("such as registry.example/team/app:1.2")
    })
}

/// Its words and exit code.
pub(super) fn failed(error: RegistryError) -> CliError {
    let exit = match &error {
        RegistryError::Stopped => Exit::Interrupted,
        RegistryError::Denied { .. } => Exit::Refused,
        error if error.is_asked_wrong() => Exit::Misconfigured,
        _ => Exit::Broken,
    };
    CliError::new(exit, error.to_string())
}

/// Tells of each blob once, when it is where it should be.
pub(super) fn teller<'c>(verb: &'c str, context: &'c Context) -> impl Fn(Progress) + Sync + 'c {
    let screen = Mutex::new(());
    move |progress| {
        let how = match progress.state {
            Moved::Part(_) => return,
            Moved::Whole => verb,
            Moved::There => "is there",
            Moved::Mounted => "mounted",
        };
        if !context.json {
            // Blobs are moved by several threads.
            let _alone = screen.lock().unwrap_or_else(PoisonError::into_inner);
            let line = format!("{how:<9} {}  {}", progress.blob, format_bytes(progress.size));
            eprintln(&style::faint(line), context.color);
        }
    }
}
