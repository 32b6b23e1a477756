//! Images that a Dockerfile stands on or copies from, and as whom its own runs.

use super::{Flaw, Rule, Surroundings};
use crate::dockerfile::error::shown;
use crate::dockerfile::images::taken_from;
use crate::dockerfile::instruction::{Instruction, Kind, Stage};
use crate::dockerfile::parse::Dockerfile;
use crate::dockerfile::scope::Scope;
use crate::dockerfile::stages::{Base, named};

/// What a stage stands on.
pub(super) fn stage(stage: &Stage, base: &Base, around: &Surroundings<'_>) -> Option<Flaw> {
    match base {
        Base::Stage(_) | Base::Scratch => None,
        Base::Image(name) => image(name, stage.line, around),
        Base::Open(variables) => {
            let names = variables.iter().map(|name| shown(name)).collect::<Vec<_>>().join(", ");
            let message = format!("which image this is depends on {names}");
            let hint = "give it a value here, or in `image.args`";
            Some(Flaw::new(Rule::UnpinnedBase, stage.line, message, hint))
        }
    }
}

/// What an instruction copies from or mounts.
pub(super) fn taken(
    file: &Dockerfile,
    index: usize,
    instruction: &Instruction,
    scope: &Scope,
    around: &Surroundings<'_>,
) -> Vec<Flaw> {
    let images = taken_from(instruction, scope).into_iter();
    let images = images.filter(|taken| named(file, index, &taken.name).is_none());
    images.filter_map(|taken| image(&taken.name, instruction.line, around)).collect()
}

fn image(name: &str, line: usize, around: &Surroundings<'_>) -> Option<Flaw> {
    if name.contains("@sha256:") || (around.is_pinned)(name) {
        return None;
    }
    let hint = "`tollgate image lock` pins what is written with its registry; else write \
                `NAME:TAG@sha256:…`";
    // A colon before the last slash is that of a port.
    let (rule, message) = match name.rsplit('/').next().and_then(|last| last.split_once(':')) {
        None => (Rule::Latest, format!("{} names no version", shown(name))),
        Some((_, "latest")) => {
            (Rule::Latest, format!("{} is whatever is newest when it is built", shown(name)))
        }
        Some(_) => (Rule::UnpinnedBase, format!("{} is another image tomorrow", shown(name))),
    };
    Some(Flaw::new(rule, line, message, hint))
}

/// As whom the image runs, where that is root.
pub(super) fn user(
    file: &Dockerfile,
    shipped: &[usize],
    around: &Surroundings<'_>,
) -> Option<Flaw> {
    if around.has_user {
        return None;
    }
    let stages = shipped.iter().filter_map(|at| file.stages.get(*at));
    let instructions = stages.flat_map(|stage| &stage.instructions);
    let mut users = instructions.filter_map(|it| match &it.kind {
        Kind::User(user) => Some((it.line, user.as_str())),
        _ => None,
    });
    let hint = "`USER 65532` after the last step that needs root";
    match users.next_back() {
        Some((line, user)) if is_root(user) => {
            Some(Flaw::new(Rule::RootUser, line, "the service runs as root", hint))
        }
        Some(_) => None,
        None => {
            let line = file.stages.last()?.line;
            let message = "nothing says as whom the service runs, so it mostly is root";
            Some(Flaw::new(Rule::RootUser, line, message, hint))
        }
    }
}

fn is_root(user: &str) -> bool {
    let user = user.trim_matches(['"', '\'']);
    matches!(user.split(':').next(), Some("root" | "0"))
}
