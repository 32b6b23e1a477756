//! Inputs that must exist.

use tollgate_model::{InputPattern, RelPath, StepId};

use super::Steps;
use super::outputs::{Outputs, Written, is_needed};
use crate::project::{PathKind, Project};
use crate::shape::At;
use crate::sink::Sink;
use crate::syntax::{Input, StepFile};
use crate::text::quoted;
use crate::{Code, Problem, Span, glob, suggest};

pub(crate) fn check(steps: &Steps, outputs: &Outputs<'_>, project: &dyn Project, sink: &mut Sink) {
    for (id, step) in steps {
        let Some(inputs) = &step.value.inputs else { continue };
        for input in &inputs.value {
            let reader = Reader { id: &id.value, step, outputs, project };
            reader.input(input, sink);
        }
    }
}

/// A step that reads files.
pub(crate) struct Reader<'r> {
    pub(crate) id: &'r StepId,
    pub(crate) step: &'r At<StepFile>,
    pub(crate) outputs: &'r Outputs<'r>,
    pub(crate) project: &'r dyn Project,
}

impl Reader<'_> {
    pub(crate) fn input(&self, input: &At<Input>, sink: &mut Sink) {
        match &input.value.pattern {
            InputPattern::Path(path) => self.path(path, input, sink),
            InputPattern::Glob(glob) => self.glob(glob, input.span, sink),
        }
    }

    fn path(&self, path: &RelPath, input: &At<Input>, sink: &mut Sink) {
        let Some(kind) = self.kind(path, input.span, sink) else { return };
        if input.value.directory && kind == PathKind::File {
            let message = format!("{} is a file, not a directory", quoted(path.as_str()));
            let problem = Problem::new(Code::NotADirectory, input.span, message);
            sink.add(problem.hint("remove the `/` at the end"));
        }
    }

    /// What the project has at the path; nothing where a step writes it, or where it is missing,
    /// which then is a problem.
    pub(crate) fn kind(&self, path: &RelPath, span: Span, sink: &mut Sink) -> Option<PathKind> {
        let mut writers: Vec<Written<'_>> = self.outputs.holding(path).collect();
        if writers.is_empty() {
            let kind = self.project.kind(path);
            if kind.is_none() {
                sink.add(missing(path, span, self.project, sink));
            }
            return kind;
        }
        // What it writes itself has a problem of its own.
        writers.retain(|writer| writer.step != self.id);
        if let Some(writer) = writers.first()
            && !writers.iter().any(|writer| is_needed(self.step, writer.step))
        {
            sink.add(self.missing_need(path.as_str(), span, writer));
        }
        None
    }

    fn missing_need(&self, path: &str, span: Span, writer: &Written<'_>) -> Problem {
        let (reader, writer_id) = (quoted(self.id.as_str()), quoted(writer.step.as_str()));
        let message = format!(
            "{reader} reads {}, which {writer_id} writes, but does not need {writer_id}",
            quoted(path)
        );
        Problem::new(Code::MissingNeed, span, message)
            .label("read here")
            .also(writer.span, "written here")
            .hint(format!("add {writer_id} to the `needs` of {reader}"))
    }

    fn glob(&self, pattern: &str, span: Span, sink: &mut Sink) {
        if self.project.glob_matches(pattern) {
            return;
        }
        let Ok(matcher) = glob::compile(pattern) else { return };
        let start = glob::literal_start(pattern);
        let may_match = |written: &Written<'_>| {
            let path = written.output.path.as_str();
            matcher.is_match(path.as_bytes())
                || (written.output.directory && same_branch(start, path))
        };
        let others = self.outputs.all().filter(|written| written.step != self.id);
        let writers: Vec<Written<'_>> = others.filter(may_match).collect();
        match writers.first() {
            None => sink.add(matches_nothing(pattern, span)),
            Some(_) if writers.iter().any(|writer| is_needed(self.step, writer.step)) => {}
            Some(writer) => sink.add(self.missing_need(pattern, span, writer)),
        }
    }
}

/// Whether one directory holds the other.
fn same_branch(one: &str, other: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        outer.is_empty()
            || inner
                .strip_prefix(outer)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    within(one, other) || within(other, one)
}

fn matches_nothing(glob: &str, span: Span) -> Problem {
    let message = format!("no file matches {}", quoted(glob));
    Problem::new(Code::MissingFile, span, message)
        .hint("`*` does not cross a `/`; `**/` stands for any directories")
}

fn missing(path: &RelPath, span: Span, project: &dyn Project, sink: &Sink) -> Problem {
    let message = format!("{} does not exist, and no step writes it", quoted(path.as_str()));
    let problem = Problem::new(Code::MissingFile, span, message)
        .hint("if a step writes it, list it in that step's `outputs`");
    if !sink.worth_suggesting() {
        return problem;
    }
    let paths = project.paths();
    let meant = similar(path.as_str(), &paths);
    problem.maybe_hint(suggest::did_you_mean(meant.as_deref()))
}

/// A file of the project, or a directory of one, that the path may have been meant to be.
pub(crate) fn similar(path: &str, paths: &[String]) -> Option<String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let mut directories: Vec<&str> = paths.iter().flat_map(|p| parents(p)).collect();
    directories.sort_unstable();
    directories.dedup();
    let all = || paths.iter().map(String::as_str).chain(directories.iter().copied());
    suggest::nearest(path, all())
        .or_else(|| all().find(|known| known.rsplit('/').next() == Some(name)))
        .map(str::to_owned)
}

fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_or_misplaced_path_is_found() {
        let paths = ["src/model/train.py".to_owned(), "data/sample.csv".to_owned()];
        assert_eq!(similar("src/model/tarin.py", &paths).as_deref(), Some("src/model/train.py"));
        assert_eq!(similar("sample.csv", &paths).as_deref(), Some("data/sample.csv"));
        assert_eq!(similar("scr", &paths).as_deref(), Some("src"));
        assert_eq!(similar("zebra/quagga", &paths), None);
    }

    #[test]
    fn directories_of_one_branch() {
        assert!(same_branch("data/raw", "data"));
        assert!(same_branch("", "data"));
        assert!(!same_branch("data2", "data"));
    }
}
