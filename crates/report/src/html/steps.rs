//! The steps of a run at a glance.

use super::markup::{Element, el};
use super::page::{isolated, rich, sign, td_number, th, th_number, tone, wide_table};
use super::part;
use crate::{Part, words};

/// A table of all steps, each with a way to what was found in it.
pub(super) fn overview(parts: &[Part]) -> Element {
    let rows = parts.iter().enumerate().map(|(at, part)| row(part, at)).collect();
    let head = vec![th("Step"), th("Verdict"), th_number("Time"), th("What came of it")];
    el("section").add(el("h2").text("Steps")).add(wide_table("Steps", "steps", head, rows))
}

fn row(part: &Part, at: usize) -> Element {
    let name = match part::is_shown(part) {
        true => el("a").with("href", format!("#{}", part::id(at))).add(isolated(&part.name)),
        false => isolated(&part.name),
    };
    let verdict = part.report.verdict;
    let state = el("td")
        .class(tone(verdict))
        .add(sign(words::sign(verdict)))
        .add(el("span").text(&part.state));
    let time = part.millis.map(words::clock).unwrap_or_default();
    el("tr")
        .add(el("th").with("scope", "row").add(name))
        .add(state)
        .add(td_number(&time))
        .add(rich("td", &part.summary))
}
