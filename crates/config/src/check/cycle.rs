//! Steps that need each other in a circle.

use std::collections::HashMap;

use tollgate_model::StepId;

use super::Steps;
use crate::shape::At;
use crate::sink::Sink;
use crate::text::quoted;
use crate::{Code, Problem};

/// A longer circle is told by its beginning and its end.
const NAMED: usize = 12;

#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Unseen,
    OnPath,
    Done,
}

/// Each circle that a walk along the needs comes across.
pub(crate) fn check(steps: &Steps, sink: &mut Sink) {
    let index: HashMap<&str, usize> =
        steps.iter().enumerate().map(|(at, (id, _))| (id.value.as_str(), at)).collect();
    let edges: Vec<Vec<(usize, &At<StepId>)>> =
        steps.iter().map(|step| needs(step, &index)).collect();
    let mut marks = vec![Mark::Unseen; steps.len()];
    for start in 0..steps.len() {
        for circle in walk(start, &edges, &mut marks) {
            sink.add(problem(&circle, steps));
        }
    }
}

// What a step needs of itself has a problem of its own.
fn needs<'s>(
    (id, step): &'s (At<StepId>, At<crate::syntax::StepFile>),
    index: &HashMap<&str, usize>,
) -> Vec<(usize, &'s At<StepId>)> {
    let needs = step.value.needs.iter().flat_map(|needs| &needs.value);
    needs
        .filter(|need| need.value != id.value)
        .filter_map(|need| Some((*index.get(need.value.as_str())?, need)))
        .collect()
}

/// Depth first, without recursion: a chain of steps may be long.
fn walk<'s>(
    start: usize,
    edges: &[Vec<(usize, &'s At<StepId>)>],
    marks: &mut [Mark],
) -> Vec<Vec<(usize, &'s At<StepId>)>> {
    let mut circles = Vec::new();
    if marks[start] != Mark::Unseen {
        return circles;
    }
    marks[start] = Mark::OnPath;
    // Each step on the path with the number of its needs that were followed.
    let mut path = vec![(start, 0)];
    while let Some((step, followed)) = path.last_mut() {
        let Some(&(next, _)) = edges[*step].get(*followed) else {
            marks[*step] = Mark::Done;
            path.pop();
            continue;
        };
        *followed += 1;
        match marks[next] {
            Mark::Done => {}
            Mark::OnPath => circles.push(circle(&path, next, edges)),
            Mark::Unseen => {
                marks[next] = Mark::OnPath;
                path.push((next, 0));
            }
        }
    }
    circles
}

/// The part of the path from `first` on, each step with the need that leads on from it.
fn circle<'s>(
    path: &[(usize, usize)],
    first: usize,
    edges: &[Vec<(usize, &'s At<StepId>)>],
) -> Vec<(usize, &'s At<StepId>)> {
    let steps = path.iter().skip_while(|(step, _)| *step != first);
    steps.map(|(step, followed)| (*step, edges[*step][followed - 1].1)).collect()
}

fn problem(circle: &[(usize, &At<StepId>)], steps: &Steps) -> Problem {
    let mut names: Vec<&str> = circle.iter().map(|(at, _)| steps[*at].0.value.as_str()).collect();
    names.extend(names.first().copied());
    if names.len() > NAMED {
        names.splice(NAMED / 2..names.len() - NAMED / 2, ["…"]);
    }
    let message = format!("steps need each other in a circle: {}", names.join(" → "));
    let [(_, first), rest @ ..] = circle else {
        return Problem::new(Code::Cycle, crate::Span::default(), message);
    };
    let label = |at: usize| {
        let (from, need) = circle[at];
        format!("{} needs {}", quoted(steps[from].0.value.as_str()), quoted(need.value.as_str()))
    };
    let problem = Problem::new(Code::Cycle, first.span, message).label(label(0));
    let rest = rest.iter().enumerate().take(NAMED);
    rest.fold(problem, |problem, (at, (_, need))| problem.also(need.span, label(at + 1)))
        .hint("remove one of these needs")
}
