//! One pass over a data set.

use std::path::Path;

use tollgate_model::{Contract, Finding, Report, Table};

use crate::pass::{self, Pass};
use crate::plan::Plan;
use crate::reader::{Source, SourceColumn};
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
/// `data.row-count` and, for rules that are not run here, `data.rule`.
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
    let plan =
        |columns: &[SourceColumn], origin: Origin| Plan::new(columns, table, origin, options);
    Ok(Pieces::read(source, shown_as, contract, &plan, options, cancelled)?.report())
}

/// What a pass over the data left.
pub(crate) struct Pieces {
    pub(crate) plan: Plan,
    pass: Pass,
    bytes: u64,
    columns: usize,
    /// Of each decoded column.
    names: Vec<String>,
}

impl Pieces {
    /// Reads the data to its end, with a plan that is made for its columns.
    pub(crate) fn read(
        source: &Path,
        shown_as: &str,
        contract: &Contract,
        plan: &dyn Fn(&[SourceColumn], Origin) -> Plan,
        options: &Options,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Self, DataError> {
        let unreadable = |source| DataError::Unreadable { path: shown_as.to_owned(), source };
        let bytes = std::fs::metadata(source).map_err(unreadable)?.len();
        let mut reader = Source::open(source, shown_as, options)?;
        let origin = Origin { source: shown_as.to_owned(), contract: contract.path.clone() };
        let columns = reader.columns().to_vec();
        let plan = || plan(&columns, origin.clone());
        let (plan, pass) = pass::over(&mut reader, &plan, options, shown_as, cancelled)?;
        let names = plan.wanted.iter().map(|wanted| columns[wanted.index].name.clone()).collect();
        Ok(Self { plan, pass, bytes, columns: columns.len(), names })
    }

    pub(crate) fn rows(&self) -> u64 {
        self.pass.rows
    }

    /// What the checks say of it.
    pub(crate) fn report(self) -> Report {
        let (rows, unexpected) = (self.pass.rows, self.plan.unexpected);
        let report = conclude(self.plan, rows)
            .figure("rows", as_f64(rows))
            .figure("columns", as_f64(self.columns as u64))
            .figure("columns_unexpected", as_f64(unexpected as u64))
            .figure("bytes", as_f64(self.bytes));
        let nulls = self.names.iter().zip(self.pass.nulls);
        nulls.fold(report, |report, (name, nulls)| {
            report.figure(format!("nulls.{name}"), as_f64(nulls))
        })
    }
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

/// What makes other findings likely comes first; else the contract's order is kept.
fn weight(finding: &Finding) -> u8 {
    match finding.code.as_str() {
        "data.column-missing" => 0,
        "data.type" => 1,
        "data.row-count" => 2,
        _ => 3,
    }
}

pub(crate) fn find_table<'a>(
    contract: &'a Contract,
    name: Option<&str>,
) -> Result<&'a Table, DataError> {
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
