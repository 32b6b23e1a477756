//! The page around what is shown.

use tollgate_model::Verdict;

use super::markup::{Element, el};
use super::{part, steps};
use crate::words::{self, Piece, cut, pieces};
use crate::{Document, Part};

const STYLE: &str = include_str!("style.css");

/// SHA-256 of the style sheet in Base64: nothing but this sheet is applied, and nothing is loaded.
const STYLE_DIGEST: &str = "2LFMCXQElIrGf0Oi1fov0Z3BhTjrsUfEuQsEG8z+nr0=";

/// A value or a sentence is cut there, in characters.
const CUT: usize = 2_000;

/// The document as one page of HTML, which is well-formed XML too.
#[must_use]
pub fn render(document: &Document) -> String {
    let body = el("body").add(header(document)).add(main(document)).add(
        el("footer").text("Tollgate. This page is complete: it loads nothing and runs nothing."),
    );
    let page = el("html").with("lang", "en").add(head(document)).add(body);
    format!("<!DOCTYPE html>\n{}\n", page.render())
}

fn head(document: &Document) -> Element {
    let meta =
        |name: &'static str, content: &str| el("meta").with("name", name).with("content", content);
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{STYLE_DIGEST}'; base-uri 'none'; form-action 'none'"
    );
    let title = format!("{} {}", cut(&document.title, 200), words::verdict(document.verdict));
    el("head")
        .add(el("meta").with("charset", "utf-8"))
        .add(el("meta").with("http-equiv", "Content-Security-Policy").with("content", policy))
        .add(meta("viewport", "width=device-width, initial-scale=1"))
        .add(meta("color-scheme", "light dark"))
        .add(meta("referrer", "no-referrer"))
        .add(el("title").text(&title))
        .add(el("style").sheet(STYLE))
}

fn header(document: &Document) -> Element {
    let verdict = el("p")
        .class(tone(document.verdict))
        .add(sign(words::sign(document.verdict)))
        .add(el("strong").text(words::verdict(document.verdict)));
    let fact = |(name, value): &(String, String)| {
        el("div").add(el("dt").text(name)).add(el("dd").add(isolated(value)))
    };
    let header = el("header")
        .add(el("p").class("kind").text(&document.kind))
        .add(el("h1").add(isolated(&document.title)))
        .add(el("div").class("verdict").add(verdict).add(rich("p", &document.sentence)));
    match document.facts.is_empty() {
        true => header,
        false => header.add(el("dl").class("facts").all(document.facts.iter().map(fact))),
    }
}

fn main(document: &Document) -> Element {
    let shown = |(at, part): (usize, &Part)| match document.is_run {
        true => part::of_run(part, at),
        false => part::alone(part),
    };
    let parts = document.parts.iter().enumerate().map(shown).filter(|part| !part.is_empty());
    let main = el("main");
    match document.is_run {
        true => main.add(steps::overview(&document.parts)).all(parts),
        false => main.all(parts),
    }
}

/// The class in whose colour a verdict stands.
pub(super) fn tone(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Undecided => "doubt",
    }
}

/// A sign beside a word that says the same.
pub(super) fn sign(sign: &str) -> Element {
    el("span").class("sign").with("aria-hidden", "true").text(sign)
}

/// Text that came from outside: its direction is its own.
pub(super) fn isolated(text: &str) -> Element {
    el("bdi").text(&cut(text, CUT))
}

/// A sentence in which names and values stand between backticks.
pub(super) fn rich(element: &'static str, sentence: &str) -> Element {
    pieces(&cut(sentence, CUT)).into_iter().fold(el(element), |made, piece| match piece {
        Piece::Plain(text) => made.text(&text),
        Piece::Code(text) => made.add(el("code").add(el("bdi").text(&text))),
    })
}

/// A table that is scrolled by itself where it is wider than the page.
pub(super) fn table(
    name: &str,
    class: &'static str,
    head: Vec<Element>,
    rows: Vec<Element>,
) -> Element {
    let head = el("thead").add(el("tr").all(head));
    let table = el("table").class(class).with("aria-label", name);
    el("div").class("scroll").add(table.add(head).add(el("tbody").all(rows)))
}

/// The same for one that may well be wider: the keyboard gets to it, to scroll it.
pub(super) fn wide_table(
    name: &str,
    class: &'static str,
    head: Vec<Element>,
    rows: Vec<Element>,
) -> Element {
    let table = table(name, class, head, rows);
    table.with("role", "region").with("aria-label", name).with("tabindex", "0")
}

/// The head of a column.
pub(super) fn th(text: &str) -> Element {
    el("th").with("scope", "col").text(text)
}

/// The head of a column of numbers.
pub(super) fn th_number(text: &str) -> Element {
    th(text).class("number")
}

/// A number in a table.
pub(super) fn td_number(text: &str) -> Element {
    el("td").class("number").text(text)
}

/// A heading so deep.
pub(super) fn heading(level: u8) -> Element {
    el(match level {
        ..=2 => "h2",
        3 => "h3",
        _ => "h4",
    })
}
