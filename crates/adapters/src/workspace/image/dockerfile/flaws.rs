//! What a Dockerfile is told before it is built.

use std::path::Path;

use tollgate_image::dockerfile::{Dockerfile, Surroundings, lint};
use tollgate_model::{DockerfileBuild, Finding};

use super::pins::Pins;
use crate::workspace::image::Bench;

/// A longer file of requirements is none, in bytes.
const LONGEST: u64 = 4 << 20;

impl Bench<'_> {
    /// Its flaws, and whether one of them fails it.
    pub(super) fn flaws(
        &self,
        file: &Dockerfile,
        text: &str,
        build: &DockerfileBuild,
        pins: &Pins,
        project: &Path,
    ) -> (Vec<Finding>, bool) {
        let context = build.context.as_ref().map_or(project.to_owned(), |at| project.join(at));
        let around = Surroundings {
            given: &build.args,
            is_pinned: &|name| pins.has(name),
            read: &|path| read(&context, path),
            has_user: self.build.user.is_some(),
        };
        let flaws = lint(file, text, &around);
        let path = build.file.as_str();
        let found: Vec<Finding> =
            flaws.iter().filter_map(|flaw| flaw.finding(path, &build.lint)).collect();
        let fatal = found.iter().any(|finding| finding.severity.fails());
        (found, fatal)
    }
}

// A link may lead out of the context, where nothing is looked at.
fn read(context: &Path, path: &str) -> Option<String> {
    let file = context.join(path).canonicalize().ok()?;
    let inside = file.starts_with(context.canonicalize().ok()?);
    let meta = file.metadata().ok()?;
    (inside && meta.is_file() && meta.len() <= LONGEST)
        .then(|| std::fs::read_to_string(file).ok())?
}
