//! Each step is of one kind, and has just the keys of its kind.

use super::Steps;
use crate::record::Recorded;
use crate::shape::At;
use crate::sink::Sink;
use crate::syntax::{KINDS, Kind, StepFile};
use crate::text::{listed, quoted};
use crate::{Code, Problem, Span};
use tollgate_model::StepId;

pub(crate) fn check(steps: &Steps, sink: &mut Sink) {
    for (id, step) in steps {
        let given: Vec<(&Kind, Span)> = KINDS
            .iter()
            .filter_map(|kind| step.value.given(kind.key).map(|span| (kind, span)))
            .collect();
        match given.as_slice() {
            [] => no_kind(id, &step.value, sink),
            [(kind, _)] => keys(kind, id, &step.value, sink),
            [first, second, ..] => sink.add(two_kinds(id, first, second)),
        }
    }
}

fn no_kind(id: &At<StepId>, step: &StepFile, sink: &mut Sink) {
    // A key that isn't available yet, or is misspelt, may have been meant as the kind: that has
    // been said, and this would repeat it.
    if step.has_others(StepFile::RECORD.keys) {
        return;
    }
    let message = format!("the step {} says nothing about what it does", quoted(id.value.as_str()));
    let problem = Problem::new(Code::NoKind, id.span, message);
    sink.add(
        problem.hint("it needs one of `run: COMMAND`, `data: PATH`, `gate: { metrics: PATH }` and `image: { base: … }`"),
    );
}

fn two_kinds(id: &At<StepId>, first: &(&Kind, Span), second: &(&Kind, Span)) -> Problem {
    let step = quoted(id.value.as_str());
    let (one, other) = (first.0.key, second.0.key);
    Problem::new(Code::TwoKinds, second.1, format!("the step {step} is of two kinds at once"))
        .label(format!("`{other}` is another kind"))
        .also(first.1, format!("`{one}` is one kind"))
        .hint(format!("make two steps of it; the second `needs: [{}]`", id.value))
}

fn keys(kind: &Kind, id: &At<StepId>, step: &StepFile, sink: &mut Sink) {
    for other in KINDS.iter().filter(|other| other.key != kind.key) {
        for key in other.own {
            if let Some(span) = step.given(key) {
                sink.add(wrong_kind(key, other, kind, id, span));
            }
        }
    }
    for key in kind.needed.iter().filter(|key| step.given(key).is_none()) {
        let message =
            format!("the `{}` step {} lacks the key `{key}`", kind.key, quoted(id.value.as_str()));
        let problem = Problem::new(Code::MissingKey, id.span, message);
        sink.add(problem.hint(example(key)));
    }
}

fn wrong_kind(key: &str, other: &Kind, kind: &Kind, id: &At<StepId>, span: Span) -> Problem {
    let message = format!(
        "`{key}` belongs to `{}` steps, and {} is a `{}` step",
        other.key,
        quoted(id.value.as_str()),
        kind.key
    );
    let own = kind.own.iter().copied().chain(["needs"]);
    let hint = format!("a `{}` step has {}", kind.key, listed(own, "and"));
    Problem::new(Code::WrongKind, span, message).hint(hint)
}

fn example(key: &str) -> String {
    format!("such as `{key}: contracts/customers.odcs.yaml`")
}
