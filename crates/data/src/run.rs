//! One pass over a data set.

use std::path::Path;

use tollgate_model::{Contract, Finding, Report, Severity, Table};

use crate::pass;
use crate::plan::Plan;
use crate::reader::Source;
use crate::references::References;
use crate::report::{Origin, Outcome, as_f64};
use crate::{DataError, Options};

/// Checks the data in `source` against a table of the contract: the one named, or the only one.
///
/// `shown_as` is what the report calls the data. `cancelled` is asked between batches, by the
/// thread that calls.
///
/// The report's figures are `rows`, `columns`, `columns_unexpected` (not in the contract), `bytes`
/// (of the file) and `nulls.<column>` (rows) for each column that some
/// check looks at. Its findings have
/// the codes `data.column-missing`, `data.type`, `data.required`, `data.unique`,
/// `data.primary-key`, `data.minimum`, `data.maximum`, `data.exclusive-minimum`,
/// `data.exclusive-maximum`, `data.multiple-of`, `data.length`, `data.pattern`, `data.format`,
/// `data.null-values`, `data.missing-values`, `data.invalid-values`, `data.duplicate-values`,
/// `data.row-count`, `data.timezone`, `data.condition`, `data.freshness`, `data.foreign-key` and, for
/// rules that are not run here, `data.rule`.
///
/// # Errors
/// If the data can't be read to its end, the contract has no such table, or `cancelled` says so.
pub fn check(
    source: &Path,
    shown_as: &str,
    contract: &Contract,
    table: Option<&str>,
    options: &Options,
    cancelled: &dyn Fn() -> bool,
) -> Result<Report, DataError> {
    let table = find_table(contract, table)?;
    let unreadable = |source| DataError::Unreadable { path: shown_as.to_owned(), source };
    let bytes = std::fs::metadata(source).map_err(unreadable)?.len();
    let mut reader = Source::open(source, shown_as, options)?;
    let origin = Origin { source: shown_as.to_owned(), contract: contract.path.clone() };
    let columns = reader.columns().to_vec();
    let references = References::read(table, (source, shown_as), &columns, options, cancelled)?;
    let plan = || Plan::new(&columns, table, origin.clone(), options, &references);
    let (plan, pass) = pass::over(&mut reader, &plan, options, shown_as, cancelled)?;
    let names = plan.wanted.iter().map(|wanted| reader.columns()[wanted.index].name.clone());
    let names: Vec<_> = names.collect();
    let (columns, unexpected) = (reader.columns().len(), plan.unexpected);
    let report = conclude(plan, pass.rows)
        .figure("rows", as_f64(pass.rows))
        .figure("columns", as_f64(columns as u64))
        .figure("columns_unexpected", as_f64(unexpected as u64))
        .figure("bytes", as_f64(bytes));
    let nulls = names.iter().zip(pass.nulls);
    Ok(nulls.fold(report, |report, (name, nulls)| {
        report.figure(format!("nulls.{name}"), as_f64(nulls))
    }))
}

fn conclude(plan: Plan, rows: u64) -> Report {
    let (mut findings, mut not_assessed) = (plan.findings, plan.not_assessed);
    for check in plan.checks {
        match check.finish(rows) {
            Outcome::Kept => {}
            Outcome::Broken(finding) => findings.push(finding),
            Outcome::NotAssessed(finding) => not_assessed.push(finding),
        }
    }
    findings.sort_by_key(weight);
    Report::new(findings, not_assessed)
}

/// What fails comes first, and then what makes other findings likely; else the contract's order is
/// kept.
fn weight(finding: &Finding) -> (Severity, u8) {
    let weight = match finding.code.as_str() {
        "data.column-missing" => 0,
        "data.type" => 1,
        "data.row-count" => 2,
        _ => 3,
    };
    (finding.severity, weight)
}

fn find_table<'a>(contract: &'a Contract, name: Option<&str>) -> Result<&'a Table, DataError> {
    contract.table(name).ok_or_else(|| {
        let known: Vec<_> =
            contract.tables.iter().map(|table| format!("`{}`", table.name)).collect();
        let (contract, known) = (contract.path.clone(), known.join(", "));
        match name {
            Some(name) => DataError::UnknownTable { contract, table: name.to_owned(), known },
            None => DataError::AmbiguousTable { contract, known },
        }
    })
}
