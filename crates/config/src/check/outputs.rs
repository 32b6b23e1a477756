//! What steps leave behind.

use std::collections::BTreeMap;
use std::ops::Bound;

use tollgate_model::{InputPattern, OutputPath, RelPath, StepId};

use super::Steps;
use crate::shape::At;
use crate::sink::Sink;
use crate::syntax::StepFile;
use crate::text::quoted;
use crate::{Code, Problem, Span};

/// An output and who writes it.
#[derive(Clone, Copy)]
pub(crate) struct Written<'s> {
    pub(crate) step: &'s StepId,
    pub(crate) output: &'s OutputPath,
    pub(crate) span: Span,
}

/// The outputs of all steps by path.
pub(crate) struct Outputs<'s> {
    steps: &'s Steps,
    by_path: BTreeMap<&'s str, Vec<Written<'s>>>,
}

impl<'s> Outputs<'s> {
    pub(crate) fn of(steps: &'s Steps) -> Self {
        let mut by_path: BTreeMap<&str, Vec<Written<'_>>> = BTreeMap::new();
        for (id, step) in steps {
            for at in step.value.outputs.iter().flat_map(|outputs| &outputs.value) {
                let output = &at.value.0;
                let written = Written { step: &id.value, output, span: at.span };
                by_path.entry(output.path.as_str()).or_default().push(written);
            }
        }
        Self { steps, by_path }
    }

    /// Who writes the path, or a directory that holds it.
    pub(crate) fn holding(&self, path: &RelPath) -> impl Iterator<Item = Written<'s>> {
        let path = path.as_str();
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        ends.filter_map(|end| self.by_path.get(&path[..end])).flatten().copied()
    }

    /// Outputs that lie below the path.
    fn below(&self, path: &RelPath) -> impl Iterator<Item = Written<'s>> {
        let start = format!("{path}/");
        let from = self.by_path.range::<str, _>((Bound::Included(&*start), Bound::Unbounded));
        from.take_while(move |(path, _)| path.starts_with(&*start)).flat_map(|(_, w)| w).copied()
    }

    /// All outputs.
    pub(crate) fn all(&self) -> impl Iterator<Item = Written<'s>> {
        self.by_path.values().flatten().copied()
    }

    pub(crate) fn check(&self, sink: &mut Sink) {
        for written in self.by_path.values().flatten() {
            let first = self.holding(&written.output.path).find(|other| other.span < written.span);
            let inner = self.holding(&written.output.path).find(|o| o.span > written.span);
            match (first, inner) {
                (Some(first), _) => sink.add(conflict(*written, first)),
                // Of two outputs on one path the later one is told about.
                (None, Some(outer)) if outer.output.path != written.output.path => {
                    sink.add(conflict(outer, *written));
                }
                _ => {}
            }
        }
        for (id, step) in self.steps {
            for input in step.value.inputs.iter().flat_map(|inputs| &inputs.value) {
                if let InputPattern::Path(path) = &input.value.pattern {
                    self.own_input(&id.value, path, input.span, sink);
                }
            }
            self.junit(id, step, sink);
        }
    }

    fn own_input(&self, step: &StepId, path: &RelPath, span: Span, sink: &mut Sink) {
        let mut overlapping = self.holding(path).chain(self.below(path));
        let Some(own) = overlapping.find(|written| written.step == step) else { return };
        let message = format!("the step {} writes what it reads", quoted(step.as_str()));
        let problem = Problem::new(Code::OutputIsInput, own.span, message)
            .label(format!("the output {}", quoted(own.output.path.as_str())))
            .also(span, format!("the input {}", quoted(path.as_str())));
        sink.add(problem.hint(
            "it would never be up to date: write to another place, or name the inputs more closely",
        ));
    }
}

impl Outputs<'_> {
    // What needs left is laid out before the command starts: a report in a directory of theirs
    // would be written beside the workspace and never be found, and one in a file's place could
    // be the one that the need wrote.
    fn junit(&self, id: &At<StepId>, step: &At<StepFile>, sink: &mut Sink) {
        let Some(junit) = &step.value.junit else { return };
        let mut overlapping = self.holding(&junit.value).chain(self.below(&junit.value));
        let theirs =
            |written: &Written<'_>| *written.step != id.value && is_needed(step, written.step);
        let Some(written) = overlapping.find(theirs) else { return };
        let message = format!(
            "the test report {} lies where {} leaves its output {}",
            quoted(junit.value.as_str()),
            quoted(written.step.as_str()),
            quoted(written.output.path.as_str())
        );
        let problem = Problem::new(Code::JunitInNeed, junit.span, message)
            .label("read after the command has ended")
            .also(written.span, format!("written by {}", quoted(written.step.as_str())));
        sink.add(
            problem.hint("let the command write it to a place of its own, such as `report.xml`"),
        );
    }
}

fn conflict(later: Written<'_>, first: Written<'_>) -> Problem {
    let (one, other) = (first.output.path.as_str(), later.output.path.as_str());
    let message = match (first.step == later.step, one == other) {
        (true, true) => format!("the output {} is listed twice", quoted(one)),
        (true, false) => {
            format!("of the outputs {} and {}, one holds the other", quoted(one), quoted(other))
        }
        (false, true) => format!("two steps write {}", quoted(one)),
        (false, false) => format!(
            "two steps write {} and {}, of which one holds the other",
            quoted(one),
            quoted(other)
        ),
    };
    let hint = match first.step == later.step {
        true => "list the outer one only",
        false => "let each step write to a place of its own",
    };
    Problem::new(Code::OutputConflict, later.span, message)
        .label(format!("written by {}", quoted(later.step.as_str())))
        .also(first.span, format!("written by {}", quoted(first.step.as_str())))
        .hint(hint)
}

/// Whether the step needs the one that writes.
pub(crate) fn is_needed(step: &At<StepFile>, writer: &StepId) -> bool {
    step.value.needs.iter().flat_map(|needs| &needs.value).any(|need| need.value == *writer)
}
