//! Images that can be built: something to run, places that exist, and things to put there.

use std::collections::BTreeMap;

use tollgate_model::{Base, ImagePlatform};

use super::Steps;
use super::files::Reader;
use super::outputs::Outputs;
use crate::project::{PathKind, Project};
use crate::record::Recorded;
use crate::shape::At;
use crate::sink::Sink;
use crate::syntax::{Dockerfile, ImageFile};
use crate::text::quoted;
use crate::{Code, Problem, Span};

pub(crate) fn check(steps: &Steps, sink: &mut Sink) {
    for image in steps.iter().filter_map(|(_, step)| step.value.image.as_ref()) {
        stands_on(image, sink);
        command(&image.value, sink);
        packages(&image.value, sink);
        machines(&image.value, sink);
        health(&image.value, sink);
        places(&image.value, sink);
    }
}

/// What it is built of is there.
pub(crate) fn sources(
    steps: &Steps,
    outputs: &Outputs<'_>,
    project: &dyn Project,
    sink: &mut Sink,
) {
    for (id, step) in steps {
        let Some(image) = &step.value.image else { continue };
        let reader = Reader { id: &id.value, step, outputs, project };
        for (source, _) in image.value.copy.iter().flat_map(|copy| &copy.value.entries) {
            reader.kind(&source.value.0, source.span, sink);
        }
        if let Some(lock) = &image.value.requirements {
            let kind = reader.kind(&lock.value, lock.span, sink);
            expect(PathKind::File, kind, lock.value.as_str(), lock.span, sink);
        }
        match image.value.dockerfile.as_ref().map(|at| (&at.value, at.span)) {
            Some((Dockerfile::Path(path), span)) => {
                let kind = reader.kind(path, span, sink);
                expect(PathKind::File, kind, path.as_str(), span, sink);
            }
            Some((Dockerfile::Map(map), _)) => {
                if let Some(file) = &map.file {
                    let kind = reader.kind(&file.value, file.span, sink);
                    expect(PathKind::File, kind, file.value.as_str(), file.span, sink);
                }
                if let Some(context) = &map.context {
                    let kind = reader.kind(&context.value, context.span, sink);
                    expect(PathKind::Directory, kind, context.value.as_str(), context.span, sink);
                }
            }
            None => {}
        }
        if let Some(At { value: Base::Layout { path, .. }, span, .. }) = &image.value.base {
            let kind = reader.kind(path, *span, sink);
            expect(PathKind::Directory, kind, path.as_str(), *span, sink);
        }
    }
}

fn expect(wanted: PathKind, found: Option<PathKind>, path: &str, span: Span, sink: &mut Sink) {
    let (is, should_be) = match wanted {
        PathKind::File => ("a directory", "a file"),
        PathKind::Directory => ("a file", "a directory"),
    };
    if found.is_some_and(|found| found != wanted) {
        let message = format!("{} is {is}, and {should_be} is expected", quoted(path));
        sink.add(Problem::new(Code::NotADirectory, span, message));
    }
}

/// Either a base and what is run on it, or a Dockerfile.
fn stands_on(image: &At<ImageFile>, sink: &mut Sink) {
    let file = &image.value;
    match (file.given("base"), file.given("dockerfile")) {
        (Some(base), Some(dockerfile)) => {
            let message = "an image with a base and a Dockerfile, which has a base of its own";
            sink.add(Problem::new(Code::TwoBases, dockerfile, message).also(base, "the base"));
        }
        // A misspelt key may have been meant, and has been told.
        (None, None) if !file.has_others(ImageFile::RECORD.keys) => {
            let problem =
                Problem::new(Code::MissingKey, image.key, "an image that stands on nothing");
            sink.add(problem.hint(
                "such as `base: { debian: [python3-minimal] }`, or `dockerfile: Dockerfile`",
            ));
        }
        (Some(_), None) if file.given("command").is_none() => {
            let problem = Problem::new(Code::MissingKey, image.key, "an image that runs nothing");
            sink.add(problem.hint("such as `command: [python3, -m, src.api]`"));
        }
        _ => {}
    }
}

fn command(image: &ImageFile, sink: &mut Sink) {
    let Some(command) = image.command.as_ref().filter(|command| command.value.is_empty()) else {
        return;
    };
    let problem = Problem::new(Code::MissingKey, command.span, "an image that runs nothing");
    sink.add(problem.hint("such as `command: [python3, -m, src.api]`"));
}

/// What is said of packages needs some.
fn packages(image: &ImageFile, sink: &mut Sink) {
    if image.given("requirements").is_some() {
        return;
    }
    for key in ["from_source", "leave_out"] {
        if let Some(span) = image.given(key) {
            let message = format!("`{key}` without `requirements` is about nothing");
            let problem = Problem::new(Code::MissingKey, span, message);
            sink.add(problem.hint("such as `requirements: requirements.txt`"));
        }
    }
}

/// Who is asked for its health listens somewhere.
fn health(image: &ImageFile, sink: &mut Sink) {
    let Some(health) = &image.health else { return };
    if image.ports.as_ref().is_none_or(|ports| ports.value.is_empty()) {
        let message = "a health check of an image that listens on no port";
        let problem = Problem::new(Code::MissingKey, health.span, message);
        sink.add(problem.hint("such as `ports: [8080]`"));
    }
}

/// Each kind of machine once, and none that the Dockerfile's builder would have to be.
fn machines(image: &ImageFile, sink: &mut Sink) {
    let Some(platforms) = &image.platforms else { return };
    if image.given("dockerfile").is_some() {
        let message =
            "`platforms` with a Dockerfile, which is built for the machine that builds it";
        let problem = Problem::new(Code::WrongKind, platforms.span, message);
        sink.add(problem.hint("a `base:` needs no builder, and is put together for any machine"));
    }
    let mut seen: BTreeMap<ImagePlatform, Span> = BTreeMap::new();
    for platform in &platforms.value {
        if let Some(first) = seen.insert(platform.value, platform.span) {
            let message = format!("{} twice", platform.value);
            let problem = Problem::new(Code::RepeatedItem, platform.span, message);
            sink.add(problem.also(first, "the first"));
        }
    }
}

fn places(image: &ImageFile, sink: &mut Sink) {
    if let Some(workdir) = &image.workdir {
        let is_place = workdir.value.starts_with('/') && stays_inside(&workdir.value);
        if !is_place {
            let message = format!("{} is no absolute path", quoted(&workdir.value));
            let problem = Problem::new(Code::BadTarget, workdir.span, message);
            sink.add(problem.hint("such as `workdir: /app`"));
        }
    }
    let mut taken: BTreeMap<String, Span> = BTreeMap::new();
    for (_, target) in image.copy.iter().flat_map(|copy| &copy.value.entries) {
        if !stays_inside(&target.value) {
            let message = format!("{} would leave the image", quoted(&target.value));
            sink.add(Problem::new(Code::BadTarget, target.span, message));
        }
        let place = target.value.trim_end_matches('/').to_owned();
        if let Some(first) = taken.insert(place, target.span) {
            let message = format!("two things are copied to {}", quoted(&target.value));
            let problem = Problem::new(Code::BadTarget, target.span, message);
            sink.add(problem.also(first, "the first"));
        }
    }
}

fn stays_inside(path: &str) -> bool {
    !path.split('/').any(|part| part == "..") && !path.chars().any(char::is_control)
}
