//! A measured value beside what it must be.

use super::{Element, el, line, picture, repeated};
use crate::{Bar, html::svg::at};

const WIDTH: f64 = 200.0;
const HEIGHT: f64 = 24.0;

/// The threshold as an upright line, the value as a mark, the interval as a line through it. The
/// numbers stand beside it.
pub(crate) fn bar(bar: &Bar) -> Element {
    let scale = Scale::of(bar);
    let middle = HEIGHT / 2.0;
    let x = |value: f64| scale.place(value);
    let drawn = repeated(picture("bar", WIDTH, HEIGHT));
    let drawn = drawn.add(line("axis", (0.0, middle), (WIDTH, middle)));
    let threshold =
        bar.threshold().map(|bar| line("threshold", (x(bar), 2.0), (x(bar), HEIGHT - 2.0)));
    let interval = bar.interval.map(|(low, high)| {
        let ends =
            [low, high].map(|end| line("interval", (x(end), middle - 4.0), (x(end), middle + 4.0)));
        vec![line("interval", (x(low), middle), (x(high), middle))].into_iter().chain(ends)
    });
    let value = x(bar.value);
    let mark = format!(
        "M{} {m}L{v} {}L{} {m}L{v} {}Z",
        at(value - 4.0),
        at(middle - 6.0),
        at(value + 4.0),
        at(middle + 6.0),
        m = at(middle),
        v = at(value),
    );
    drawn
        .all(threshold)
        .all(interval.into_iter().flatten())
        .add(el("path").class("value").with("d", mark))
}

/// From which number to which the picture reaches.
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    fn of(bar: &Bar) -> Self {
        let (low, high) = bar.interval.unwrap_or((bar.value, bar.value));
        let all = [bar.value, low, high, bar.threshold().unwrap_or(bar.value)];
        let finite = || all.into_iter().filter(|number| number.is_finite());
        Self {
            low: finite().fold(f64::INFINITY, f64::min),
            high: finite().fold(f64::NEG_INFINITY, f64::max),
        }
    }

    fn place(&self, value: f64) -> f64 {
        let width = self.high / 2.0 - self.low / 2.0;
        let share = match width > 0.0 {
            true => (value / 2.0 - self.low / 2.0) / width,
            false => 0.5,
        };
        (0.08 + share.clamp(0.0, 1.0) * 0.84) * WIDTH
    }
}
