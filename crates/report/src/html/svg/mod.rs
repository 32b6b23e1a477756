//! Pictures, drawn by hand: a few shapes each, sized by the style sheet, told in words too.

mod bar;
mod curve;
mod distribution;
mod trend;

pub(super) use bar::bar;
pub(super) use curve::{curve, line_class};
pub(super) use distribution::{category, histogram, share};
pub(super) use trend::trend;

use super::markup::{Element, el};

/// A picture of that size in units of its own, which it may be stretched from.
fn picture(class: &'static str, width: f64, height: f64) -> Element {
    el("svg")
        .with("class", class)
        .with("viewBox", format!("0 0 {width} {height}"))
        .with("preserveAspectRatio", "none")
}

/// A picture that says what it shows.
fn told(picture: Element, words: &str) -> Element {
    picture.with("role", "img").with("aria-label", words)
}

/// A picture that repeats the text beside it.
fn repeated(picture: Element) -> Element {
    picture.with("aria-hidden", "true")
}

/// A place in a picture, to a hundredth. What is not finite is at its edge.
fn at(place: f64) -> String {
    let text = format!("{:.2}", if place.is_finite() { place } else { 0.0 });
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn rect(class: &'static str, x: f64, y: f64, width: f64, height: f64) -> Element {
    let rect = el("rect").class(class).with("x", at(x)).with("y", at(y));
    rect.with("width", at(width.max(0.0))).with("height", at(height.max(0.0)))
}

fn line(class: &'static str, from: (f64, f64), to: (f64, f64)) -> Element {
    let line = el("line").class(class).with("x1", at(from.0)).with("y1", at(from.1));
    line.with("x2", at(to.0)).with("y2", at(to.1))
}

fn points(points: impl Iterator<Item = (f64, f64)>) -> String {
    points.map(|(x, y)| format!("{},{}", at(x), at(y))).collect::<Vec<_>>().join(" ")
}

/// What stands in a legend for things of this class.
pub(super) fn swatch(class: &'static str) -> Element {
    let swatch = repeated(picture("swatch", 16.0, 12.0));
    match class {
        "data" => swatch.add(rect(class, 1.0, 2.0, 14.0, 8.0)),
        _ => swatch.add(line(class, (0.0, 6.0), (16.0, 6.0))),
    }
}
