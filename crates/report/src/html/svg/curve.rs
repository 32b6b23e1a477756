//! Curves in the unit square.

use super::{Element, el, line, points, rect, told};
use crate::{Curve, Line};

const SIZE: f64 = 240.0;

/// More points of a line can't be told apart at its size.
const POINTS: usize = 480;

/// How the line at this place of the list is drawn: the challenger's is whole, the baseline's
/// dashed.
pub(crate) fn line_class(at: usize) -> &'static str {
    match at {
        0 => "challenger",
        1 => "baseline",
        _ => "other",
    }
}

/// All lines of the curve.
pub(crate) fn curve(curve: &Curve) -> Element {
    let names: Vec<_> = curve.lines.iter().map(|line| line.name.as_str()).collect();
    let words = format!("{}: {} over {}, {}", curve.name, curve.y, curve.x, names.join(" and "));
    let square = el("svg").class("square").with("viewBox", format!("0 0 {SIZE} {SIZE}"));
    let diagonal = curve.diagonal.then(|| line("chance", (0.0, SIZE), (SIZE, 0.0)));
    // What is drawn last lies above: that is the challenger.
    let lines = curve.lines.iter().enumerate().rev().map(|(at, line)| drawn(line, at));
    told(square.add(rect("frame", 0.5, 0.5, SIZE - 1.0, SIZE - 1.0)), &words)
        .all(diagonal)
        .all(lines)
}

fn drawn(line: &Line, at: usize) -> Element {
    let step = line.points.len().div_ceil(POINTS).max(1);
    let last = line.points.last().filter(|_| step > 1);
    let some = line.points.iter().step_by(step).chain(last);
    let inside = some.filter(|(x, y)| x.is_finite() && y.is_finite());
    let places = inside.map(|(x, y)| (x.clamp(0.0, 1.0) * SIZE, (1.0 - y.clamp(0.0, 1.0)) * SIZE));
    el("polyline").class(line_class(at)).with("points", points(places))
}
