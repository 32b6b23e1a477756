//! Documents of what was looked at without a run: data, files of metrics, and images.

use tollgate_data::{ColumnProfile, Profile};
use tollgate_image::scan::Scan;
use tollgate_model::{Contract, Finding, Place, Report, Timestamp, format_bytes};
use tollgate_report::{Distinct, Distribution, Document, Drawing, Part, Shape, number};

use super::{drawn, judged, words};

/// What a check of data found, with its columns as a profile has them, where there is one.
pub(crate) fn data(
    report: &Report,
    (profile, reference): (Option<&Profile>, Option<&Profile>),
    shown: &str,
    contract: &Contract,
    table: Option<&str>,
    now: Timestamp,
) -> Document {
    let figure = |name: &str| report.figures.get(name).map(|figure| *figure as u64);
    let rows = figure("rows").unwrap_or(0);
    let columns = contract.table(table).into_iter().flat_map(|table| &table.columns);
    let known = columns.filter_map(|column| {
        let profiled = profile.and_then(|profile| profile.column(&column.name));
        let nulls = profiled
            .map(ColumnProfile::nulls)
            .or_else(|| figure(&format!("nulls.{}", column.name)))?;
        let distinct = profiled.and_then(ColumnProfile::distinct);
        Some(Drawing::Distribution(Distribution {
            column: column.name.clone(),
            rows,
            nulls,
            distinct: distinct.map(|(count, is_exact)| Distinct { count, is_exact }),
            shape: profiled.map_or(Shape::Unknown, |column| drawn::shape(column, reference)),
            reference: reference.and_then(|reference| drawn::reference(reference, &column.name)),
        }))
    });
    let facts = [
        ("Contract", Some(format!("{}, version {}", contract.path, contract.version))),
        ("Table", contract.table(table).map(|table| table.name.clone())),
        ("Rows", figure("rows").map(number)),
        ("Columns", figure("columns").map(number)),
        ("Size", figure("bytes").map(format_bytes)),
        ("Checked", Some(now.to_string())),
    ];
    document("Data check", shown, report.clone(), known.collect(), &facts)
}

/// What has drifted from a reference, with each column laid over the reference's.
pub(crate) fn drift(
    report: &Report,
    reference: &Profile,
    current: &Profile,
    now: Timestamp,
) -> Document {
    let facts = [
        ("Reference", Some(reference.source().to_owned())),
        ("Rows", Some(number(current.rows()))),
        ("Compared", Some(now.to_string())),
    ];
    let drawings = laid_over(report, reference, current);
    document("Drift", current.source(), report.clone(), drawings, &facts)
}

/// Each column with the reference's laid over: first those that have drifted, else in their order.
pub(super) fn laid_over(report: &Report, reference: &Profile, current: &Profile) -> Vec<Drawing> {
    let has_drifted = |column: &&ColumnProfile| {
        report.findings.iter().any(|finding| match &finding.place {
            Place::Data { column: Some(name), .. } => name == column.name(),
            _ => false,
        })
    };
    let (drifted, others): (Vec<_>, Vec<_>) = current.columns().iter().partition(has_drifted);
    let drawing = |column: &ColumnProfile| {
        Drawing::Distribution(Distribution {
            column: column.name().to_owned(),
            rows: column.rows(),
            nulls: column.nulls(),
            distinct: column.distinct().map(|(count, is_exact)| Distinct { count, is_exact }),
            shape: drawn::shape(column, Some(reference)),
            reference: drawn::reference(reference, column.name()),
        })
    };
    drifted.into_iter().chain(others).map(drawing).collect()
}

/// Data that could not be read to its end fails its contract.
pub(crate) fn unreadable(
    why: &str,
    shown: &str,
    contract: &Contract,
    table: Option<&str>,
    now: Timestamp,
) -> Document {
    let place = Place::Data { source: shown.to_owned(), column: None };
    let finding = Finding::new("data.unreadable", place, why);
    data(&Report::new(vec![finding], Vec::new()), (None, None), shown, contract, table, now)
}

/// What a gate found, with the curves of its predictions, where there are any.
pub(crate) fn gate(
    report: &Report,
    curves: Vec<tollgate_model::Curve>,
    shown: &str,
    now: Timestamp,
) -> Document {
    let judgement = report.judgement.as_deref();
    let measured = judgement.map(judged::drawings).unwrap_or_default();
    let drawings = measured.into_iter().chain(judged::curves(curves)).collect();
    document("Gate", shown, report.clone(), drawings, &[("Judged", Some(now.to_string()))])
}

/// What is known against the packages of an image, and what was asked.
pub(crate) fn scan(scan: &Scan, shown: &str, now: Timestamp) -> Document {
    let figure = |name: &str| scan.report.figures.get(name).map(|figure| number(*figure as u64));
    let covered = scan.coverage.iter().map(|one| format!("{} of {}", one.ecosystem, one.newest));
    let covered = covered.collect::<Vec<_>>().join(", ");
    let facts = [
        ("Packages", figure("scan.packages")),
        ("Vulnerabilities", figure("scan.vulnerabilities")),
        ("Database", (!covered.is_empty()).then_some(covered)),
        ("Scanned", Some(now.to_string())),
    ];
    document("Scan", shown, scan.report.clone(), Vec::new(), &facts)
}

/// What should not be in a Dockerfile.
pub(crate) fn lint(report: &Report, shown: &str, now: Timestamp) -> Document {
    document(
        "Dockerfile",
        shown,
        report.clone(),
        Vec::new(),
        &[("Looked at", Some(now.to_string()))],
    )
}

fn document(
    kind: &str,
    title: &str,
    report: Report,
    drawings: Vec<Drawing>,
    facts: &[(&str, Option<String>)],
) -> Document {
    let known = |(name, value): &(&str, Option<String>)| Some(((*name).to_owned(), value.clone()?));
    Document {
        kind: kind.to_owned(),
        title: title.to_owned(),
        verdict: report.verdict,
        sentence: words::of_checks(&report),
        facts: facts.iter().filter_map(known).collect(),
        parts: vec![Part {
            name: title.to_owned(),
            state: words::of_verdict(report.verdict).to_owned(),
            report,
            millis: None,
            summary: String::new(),
            drawings,
        }],
        is_run: false,
    }
}
