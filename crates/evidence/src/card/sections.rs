//! The parts of a card.

use tollgate_model::{BarFigure, Goal};

use super::About;
use super::figures::{inline, interval, number, table, word};
use crate::predicate::{Assessment, Scan};
use crate::{Predicate, Statement};

/// So many findings and packages are named.
const MOST: usize = 20;

pub(super) fn intended_use(evidence: &[Statement]) -> String {
    let mut text = String::from("## Intended use and limits\n\n");
    let notes = evidence.iter().find_map(|it| match &it.predicate {
        Predicate::Notes(notes) => Some(notes),
        _ => None,
    });
    match notes {
        Some(notes) => {
            text.push_str(&format!("In the words of its authors (`{}`):\n\n", notes.path));
            for line in notes.text.trim().lines() {
                // Their headings stand below this one.
                let deeper = if line.starts_with('#') { "##" } else { "" };
                text.push_str(&format!("{deeper}{line}\n"));
            }
        }
        None => text.push_str("Its authors say nothing of it.\n"),
    }
    text
}

pub(super) fn metrics(evidence: &[Statement]) -> String {
    let rows: Vec<Vec<String>> = gates(evidence)
        .flat_map(|gate| {
            let bars = gate.judgement.iter().flat_map(|it| &it.bars);
            bars.map(|bar| row(&gate.step, bar))
        })
        .collect();
    let head = ["gate", "metric", "value", "95 % interval", "bar", "verdict"];
    section("Metrics", "Nothing was measured.", &head, &rows)
}

fn row(first: &str, bar: &BarFigure) -> Vec<String> {
    let bar_or_none = if bar.bar.is_empty() { "none" } else { &bar.bar };
    vec![
        first.to_owned(),
        bar.metric.clone(),
        number(bar.value),
        interval(bar.interval),
        bar_or_none.to_owned(),
        word(bar.verdict).to_owned(),
    ]
}

pub(super) fn slices(evidence: &[Statement]) -> String {
    let rows: Vec<Vec<String>> = gates(evidence)
        .filter_map(|gate| gate.judgement.as_ref())
        .flat_map(|judgement| &judgement.slices)
        .flat_map(|slice| {
            slice.bars.iter().map(|bar| {
                let mut cells = row(&slice.slice, bar);
                cells.insert(1, slice.rows.to_string());
                cells
            })
        })
        .collect();
    let head = ["slice", "rows", "metric", "value", "95 % interval", "bar", "verdict"];
    section("Slices", "No part of the data was looked at by itself.", &head, &rows)
}

pub(super) fn comparison(evidence: &[Statement]) -> String {
    let mut text = String::from("## Compared with the champion\n\n");
    let compared: Vec<_> =
        gates(evidence).filter_map(|gate| gate.judgement.as_ref()?.compared.as_ref()).collect();
    if compared.is_empty() {
        text.push_str("It was compared with no other model.\n");
    }
    for it in compared {
        let goal = match it.goal {
            Goal::NotWorse => "not worse",
            Goal::Better => "better",
        };
        text.push_str(&format!(
            "{}: `{}` was {} and is {} on the same {} rows, a gain of {} ({} at {} % confidence, by \
             {}). It had to be {goal} by a margin of {}: {}.\n",
            inline(&it.baseline),
            it.metric,
            number(it.was),
            number(it.is),
            it.rows,
            number(it.gain),
            interval(Some(it.interval)),
            number(it.met_confidence * 100.0),
            it.method,
            number(it.margin),
            word(it.verdict),
        ));
    }
    text
}

pub(super) fn data(evidence: &[Statement]) -> String {
    let mut text = String::from("## Data\n\n");
    let named = datasets(evidence);
    if named.is_empty() {
        text.push_str("No data was checked against a contract.\n");
        return text;
    }
    let rows: Vec<Vec<String>> =
        named.into_iter().map(|(name, digest)| vec![name, format!("`{digest}`")]).collect();
    text.push_str(&table(&["data and its contract", "digest"], &rows));
    for check in checks(evidence) {
        let figures: Vec<Vec<String>> =
            check.figures.iter().map(|(name, value)| vec![name.clone(), number(*value)]).collect();
        text.push_str(&format!("\n`{}` {}.", check.step, word(check.verdict)));
        text.push_str(" What it measured, drift from its reference included:\n\n");
        text.push_str(&table(&["figure", "value"], &figures));
        let open = check.findings.iter().chain(&check.not_assessed).take(MOST);
        for remark in open {
            text.push_str(&format!("- {}: `{}`\n", inline(&remark.place), remark.code));
        }
    }
    text
}

pub(super) fn training(evidence: &[Statement]) -> String {
    let mut text = String::from("## How it was made\n\n");
    let made = evidence.iter().find_map(|it| match &it.predicate {
        Predicate::Provenance(made) => Some(made),
        _ => None,
    });
    let Some(made) = made else {
        text.push_str("Nobody says how.\n");
        return text;
    };
    let (build, run) = (&made.build_definition, &made.run_details);
    text.push_str(&format!(
        "By step `{}` of pipeline `{}`, in run `{}`, from {} to {}.\n\n",
        build.external_parameters.step,
        build.external_parameters.pipeline,
        run.metadata.invocation_id,
        run.metadata.started_on,
        run.metadata.finished_on,
    ));
    let rows: Vec<Vec<String>> = build
        .resolved_dependencies
        .iter()
        .filter(|part| !part.name.starts_with("pkg:"))
        .map(|part| vec![part.name.clone(), format!("`{}`", part.digest)])
        .collect();
    text.push_str(&table(&["made from", "digest"], &rows));
    let packages = build.resolved_dependencies.len() - rows.len();
    text.push_str(&format!("\nand {packages} packages, which the bill of materials lists.\n"));
    text
}

pub(super) fn tests(evidence: &[Statement]) -> String {
    let rows: Vec<Vec<String>> = evidence
        .iter()
        .filter_map(|it| match &it.predicate {
            Predicate::Tests(tests) => Some(tests),
            _ => None,
        })
        .map(|tests| {
            let counts = tests
                .counts
                .as_ref()
                .map(|counts| format!("{} passed, {} skipped", counts.passed, counts.skipped));
            vec![tests.step.clone(), word(tests.verdict()).to_owned(), counts.unwrap_or_default()]
        })
        .collect();
    section("Tests", "Nothing was tested.", &["step", "verdict", "tests"], &rows)
}

pub(super) fn vulnerabilities(evidence: &[Statement]) -> String {
    let mut text = String::from("## Known vulnerabilities\n\n");
    let scans: Vec<&Scan> = evidence
        .iter()
        .filter_map(|it| match &it.predicate {
            Predicate::Scan(scan) => Some(scan),
            _ => None,
        })
        .collect();
    if scans.is_empty() {
        text.push_str("Nobody looked for any.\n");
    }
    for scan in scans {
        let found = &scan.scanner.result;
        text.push_str(&format!(
            "{} known on {}, by a database of {}: {}.\n",
            found.len(),
            scan.metadata.scan_finished_on,
            scan.scanner.db.last_update,
            word(scan.verdict),
        ));
        for one in found.iter().take(MOST) {
            let about: Vec<&str> = one
                .annotations
                .iter()
                .filter_map(|it| it.get("package").map(String::as_str))
                .collect();
            text.push_str(&format!("- {} in {}\n", inline(&one.id), inline(&about.join(", "))));
        }
    }
    text
}

pub(super) fn evidence(about: &About, evidence: &[Statement]) -> String {
    let rows: Vec<Vec<String>> = evidence
        .iter()
        .map(|it| {
            let step = it.predicate.step().unwrap_or_default().to_owned();
            let verdict = it.predicate.verdict().map_or_else(String::new, |it| word(it).to_owned());
            vec![format!("`{}`", it.predicate.kind().uri()), step, verdict]
        })
        .collect();
    let head = ["statement", "step", "verdict"];
    let mut text = section("Evidence", "There is none.", &head, &rows);
    text.push_str(&format!(
        "\nAll of it is about image `{}` and signed by key `{}`. `tollgate release verify {}` checks it; \
         so does cosign, with that key.\n",
        about.image, about.key, about.release
    ));
    text
}

/// Data and contracts by digest, as the checks of data name them.
pub(super) fn datasets(evidence: &[Statement]) -> Vec<(String, String)> {
    let mut named: Vec<(String, String)> = checks(evidence)
        .flat_map(|check| &check.inputs)
        .map(|part| (part.name.clone(), part.digest.to_string()))
        .collect();
    named.dedup();
    named
}

pub(super) fn assessments<'e>(
    evidence: &'e [Statement],
    kind: impl Fn(&'e Predicate) -> Option<&'e Assessment> + 'e,
) -> impl Iterator<Item = &'e Assessment> + 'e {
    evidence.iter().filter_map(move |it| kind(&it.predicate))
}

fn gates(evidence: &[Statement]) -> impl Iterator<Item = &Assessment> {
    assessments(evidence, |predicate| match predicate {
        Predicate::Gate(gate) => Some(gate),
        _ => None,
    })
}

fn checks(evidence: &[Statement]) -> impl Iterator<Item = &Assessment> {
    assessments(evidence, |predicate| match predicate {
        Predicate::Data(check) => Some(check),
        _ => None,
    })
}

fn section(title: &str, otherwise: &str, head: &[&str], rows: &[Vec<String>]) -> String {
    let body = match rows {
        [] => format!("{otherwise}\n"),
        rows => table(head, rows),
    };
    format!("## {title}\n\n{body}")
}
