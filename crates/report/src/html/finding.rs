//! One finding in full.

use tollgate_model::{Finding, Sample, Severity};

use super::markup::{Element, el};
use super::page::{heading, isolated, rich, sign, table, td_number, th, th_number};
use super::svg;
use crate::words::{self, extent, number, ratio};

/// So many sample rows are shown.
const SAMPLES: usize = 20;

/// The finding with its rows. Something that was not assessed is no finding.
pub(super) fn article(finding: &Finding, found: bool, level: u8) -> Element {
    let (mark, word) = if found { words::severity(finding) } else { ("?", "Not assessed") };
    let label = el("span").class("unseen").text(&format!("{word}: "));
    let title = heading(level).add(label).add(rich("span", &finding.message));
    let code = el("p").class("code").text(&finding.code);
    let body = el("div").add(title).add(code).add(details(finding));
    let body = match finding.samples.is_empty() {
        true => body,
        false => body.add(samples(&finding.samples)),
    };
    let body = match &finding.hint {
        None => body,
        Some(hint) => {
            body.add(el("p").class("hint").add(el("b").text("Try: ")).add(rich("span", hint)))
        }
    };
    el("article").class(class(finding, found)).add(sign(mark)).add(body)
}

fn class(finding: &Finding, found: bool) -> &'static str {
    match finding.severity {
        Severity::Error if found => "fail",
        Severity::Error | Severity::Warning => "doubt",
        Severity::Info => "info",
    }
}

fn details(finding: &Finding) -> Element {
    let pair = |name: &str, value: Element| el("div").add(el("dt").text(name)).add(value);
    let sentence = |name: &'static str, value: &Option<String>| {
        value.as_ref().map(|value| pair(name, rich("dd", value)))
    };
    let rule = finding.rule.as_ref().map(|rule| {
        let line = el("span").class("line").text(&format!(":{}", rule.line));
        pair("Rule", el("dd").add(el("code").add(isolated(&rule.path)).add(line)))
    });
    let place = pair("Where", el("dd").add(isolated(&finding.place.to_string())));
    let rows = [
        sentence("Expected", &finding.expected),
        sentence("Found", &finding.found),
        finding.extent.map(|of| {
            let bar = svg::share(ratio(of.count, of.of).unwrap_or(0.0));
            pair("Rows", el("dd").add(el("span").class("figures").text(&extent(of))).add(bar))
        }),
        Some(place),
        rule,
    ];
    el("dl").class("details").all(rows.into_iter().flatten())
}

fn samples(samples: &[Sample]) -> Element {
    let several = samples.iter().any(|sample| sample.part.is_some());
    let file = several.then(|| th("File"));
    let head = file.into_iter().chain([th_number("Row"), th("Value")]).collect();
    let rows = samples.iter().take(SAMPLES).map(|sample| row(sample, several)).collect();
    table("Some of the rows", "samples", head, rows)
}

fn row(sample: &Sample, several: bool) -> Element {
    let file = || el("td").add(isolated(sample.part.as_deref().unwrap_or_default()));
    let value = words::value(sample);
    let value = match sample.value {
        None => el("td").class("faint").text(&value),
        Some(_) => el("td").add(el("code").add(isolated(&value))),
    };
    el("tr").all(several.then(file)).add(td_number(&number(sample.row))).add(value)
}
