//! One finding in Markdown.

use tollgate_model::{Finding, Sample};

use super::escape::{code, rich, text};
use crate::words;

/// Names and values are cut there, in characters.
const CUT: usize = 300;

/// So many sample rows are shown.
const SAMPLES: usize = 10;

/// The finding, folded to its sentence. Something that was not assessed is no finding.
pub(super) fn block(finding: &Finding, is_found: bool) -> String {
    let (sign, word) = if is_found { words::severity(finding) } else { ("?", "Not assessed") };
    let title = format!(
        "{sign} <b>{word}</b>: {} <code>{}</code>",
        rich(&finding.message, CUT),
        text(&finding.code, CUT)
    );
    let body = format!("{}{}", table(finding), samples(finding));
    if body.is_empty() {
        return format!("- {title}\n\n");
    }
    format!("<details><summary>{title}</summary>\n\n{body}</details>\n\n")
}

fn table(finding: &Finding) -> String {
    let place = finding.place.to_string();
    let extent = finding.extent.map(words::extent);
    let rule = finding.rule.as_ref().map(|rule| format!("{}:{}", rule.path, rule.line));
    let rows = [
        ("where", Some(place.as_str())),
        ("expected", finding.expected.as_deref()),
        ("found", finding.found.as_deref()),
        ("rows", extent.as_deref()),
        ("rule", rule.as_deref()),
        ("try", finding.hint.as_deref()),
    ];
    let row =
        |(name, value): (&str, Option<&str>)| Some(format!("| {name} | {} |\n", rich(value?, CUT)));
    let rows: String = rows.into_iter().filter_map(row).collect();
    format!("| | |\n|---|---|\n{rows}\n")
}

fn samples(finding: &Finding) -> String {
    if finding.samples.is_empty() {
        return String::new();
    }
    let several = finding.samples.iter().any(|sample| sample.part.is_some());
    let mut table = match several {
        true => "| file | row | value |\n|---|--:|---|\n".to_owned(),
        false => "| row | value |\n|--:|---|\n".to_owned(),
    };
    for sample in finding.samples.iter().take(SAMPLES) {
        table.push_str(&row(sample, several));
    }
    table + "\n"
}

fn row(sample: &Sample, several: bool) -> String {
    let part = match several {
        true => format!(" {} |", text(sample.part.as_deref().unwrap_or_default(), CUT)),
        false => String::new(),
    };
    let value = match sample.value {
        None => "_null_".to_owned(),
        Some(_) => code(&words::value(sample), CUT),
    };
    format!("|{part} {} | {value} |\n", words::number(sample.row))
}
