//! One pass over a data set.

use std::collections::HashSet;
use std::io::Read;
use std::path::Path;

use tollgate_model::{Check, Contract, Finding, Place, Report, Sample, Severity, Table};

use crate::fit::{self, Fit};
use crate::pass::{self, Pass};
use crate::plan::{Plan, missing};
use crate::profile::Watched;
use crate::reader::{Kind, Opening, Source, SourceColumn};
use crate::references::References;
use crate::report::{Origin, Outcome, as_f64};
use crate::{DataError, DataSet, Options};

/// Of so many names that rows told of, a piece may have told of others, too.
const NAMES: usize = 4 << 10;

/// Checks the data in `source`, a file or a directory of files (see [`DataSet::at`]), against a
/// table of the contract: the one named, or the only one.
///
/// `shown_as` is what the report calls the data. `cancelled` is asked between batches, by the
/// thread that calls. The report is that of [`check_set`].
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
    find_table(contract, table)?;
    check_set(&DataSet::at(source, shown_as)?, contract, table, options, cancelled)
}

/// Checks a data set against a table of the contract: the one named, or the only one.
///
/// The report's figures are `rows`, `columns`, `columns_unexpected` (not in the contract), `bytes`
/// (of the files), `parts` (files, where it is a directory or a glob) and `nulls.<column>` (rows)
/// for each column that some check looks at. What it passed is told check by check. Its findings
/// have the codes `data.column-missing`, `data.type`, `data.required`, `data.unique`,
/// `data.primary-key`, `data.minimum`, `data.maximum`, `data.exclusive-minimum`,
/// `data.exclusive-maximum`, `data.multiple-of`, `data.length`, `data.pattern`, `data.format`,
/// `data.null-values`, `data.missing-values`, `data.invalid-values`, `data.duplicate-values`,
/// `data.row-count`, `data.timezone`, `data.condition`, `data.freshness`, `data.foreign-key`,
/// `data.schema` (a part has other columns than the first) and, for rules that are not run here,
/// `data.rule`.
///
/// # Errors
/// If the data can't be read to its end, the contract has no such table, or `cancelled` says so.
pub fn check_set(
    set: &DataSet,
    contract: &Contract,
    table: Option<&str>,
    options: &Options,
    cancelled: &dyn Fn() -> bool,
) -> Result<Report, DataError> {
    let table = find_table(contract, table)?;
    let question = Question { contract, table, watched: None };
    Ok(question.of_set(set, options, cancelled)?.report())
}

/// Checks what `input` gives: CSV or JSON lines, packed or not. `shown_as` is what the report
/// calls it. The report is that of [`check_set`], without the figure `bytes`.
///
/// # Errors
/// As with [`check_set`]; and if it is Parquet or Arrow, of which a stream can't be read.
pub fn check_stream(
    input: Box<dyn Read + Send>,
    shown_as: &str,
    contract: &Contract,
    table: Option<&str>,
    options: &Options,
    cancelled: &dyn Fn() -> bool,
) -> Result<Report, DataError> {
    let table = find_table(contract, table)?;
    let question = Question { contract, table, watched: None };
    Ok(question.of_stream(input, shown_as, options, cancelled)?.report())
}

/// What is asked of data.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) contract: &'a Contract,
    pub(crate) table: &'a Table,
    /// The columns that are profiled in the same pass.
    pub(crate) watched: Option<&'a Watched<'a>>,
}

/// What a pass over the data left.
pub(crate) struct Answer {
    pub(crate) plan: Plan,
    pass: Pass,
    /// How many columns there are, and how many of them the contract does not name.
    width: (u64, u64),
    /// Of each decoded column.
    decoded: Vec<String>,
    bytes: Option<u64>,
    /// How many files, where that may be several.
    parts: Option<u64>,
    /// What is to be said where there are no rows.
    empty: Option<Finding>,
}

impl Question<'_> {
    pub(crate) fn of_set(
        &self,
        set: &DataSet,
        options: &Options,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Answer, DataError> {
        let bytes = bytes(set)?;
        let names = self.names();
        let opening = Opening { options, names: &names };
        let source = open(set, &opening)?;
        let own = Some(set);
        let references = References::read(self.table, own, source.columns(), options, cancelled)?;
        let answer = self.look(set, source, &opening, &references, cancelled)?;
        Ok(Answer { bytes: Some(bytes), ..answer })
    }

    fn of_stream(
        &self,
        input: Box<dyn Read + Send>,
        shown_as: &str,
        options: &Options,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Answer, DataError> {
        let names = self.names();
        let opening = Opening { options, names: &names };
        let source = Source::stream(input, shown_as, &opening)?;
        let set = DataSet::file(Path::new(""), shown_as);
        let references = References::read(self.table, None, source.columns(), options, cancelled)?;
        self.look(&set, source, &opening, &references, cancelled)
    }

    /// The columns that JSON is asked for.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> =
            self.table.columns.iter().map(|column| column.name.clone()).collect();
        for name in self.watched.into_iter().flat_map(Watched::names) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    fn look(
        &self,
        set: &DataSet,
        source: Source,
        opening: &Opening<'_>,
        references: &References,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Answer, DataError> {
        let (table, options) = (self.table, opening.options);
        let path = &self.contract.path;
        let origin = Origin { source: set.shown().to_owned(), contract: path.clone() };
        let columns = source.columns().to_vec();
        let plan = || Plan::new(&columns, table, origin.clone(), options, references, self.watched);
        let fit = |plan: &Plan| Fit::new(table, &columns, plan);
        let decoded =
            plan().wanted.iter().map(|wanted| columns[wanted.index].name.clone()).collect();
        let (mut plan, pass) = pass::over(set, source, fit, &plan, opening, cancelled)?;
        let line = (path.as_str(), table.line);
        let first = set.parts().first().map_or(set.shown(), |part| &part.shown);
        plan.findings.extend(fit::findings(&pass.unlike, first, &origin, line, options.samples));
        let width = width(&columns, &pass, table, plan.unexpected);
        let parts = set.is_several().then_some(set.parts().len() as u64);
        let empty = nothing(table, &origin);
        Ok(Answer { plan, pass, width, decoded, bytes: None, parts, empty })
    }
}

impl Answer {
    pub(crate) fn rows(&self) -> u64 {
        self.pass.rows
    }

    /// What the checks say of it.
    pub(crate) fn report(mut self) -> Report {
        let (found, unexpected) = self.width;
        self.plan.not_assessed.extend(self.empty.take().filter(|_| self.pass.rows == 0));
        let report = conclude(self.plan, &self.pass)
            .figure("rows", as_f64(self.pass.rows))
            .figure("columns", as_f64(found))
            .figure("columns_unexpected", as_f64(unexpected));
        let known = [("bytes", self.bytes), ("parts", self.parts)];
        let report = known.into_iter().fold(report, |report, (name, figure)| match figure {
            Some(figure) => report.figure(name, as_f64(figure)),
            None => report,
        });
        let nulls = self.decoded.iter().zip(self.pass.nulls);
        nulls.fold(report, |report, (name, nulls)| {
            report.figure(format!("nulls.{name}"), as_f64(nulls))
        })
    }
}

/// Of no rows nothing was checked, unless the contract says how many there may be.
fn nothing(table: &Table, origin: &Origin) -> Option<Finding> {
    if table.rules.iter().any(|rule| matches!(rule.check, Check::RowCount)) {
        return None;
    }
    let place = Place::Data { source: origin.source.clone(), column: None };
    let finding =
        Finding::new("data.row-count", place, "there are no rows, so nothing was checked");
    Some(finding.hint("if that may be, say how many: `quality: [{ metric: rowCount, mustBeGreaterOrEqualTo: 0 }]`"))
}

/// The first file of the set, which tells what columns there are.
pub(crate) fn open(set: &DataSet, opening: &Opening<'_>) -> Result<Source, DataError> {
    match set.parts() {
        [first, ..] => Source::open(first, set.is_several(), opening),
        [] => Err(DataError::NoParts { path: set.shown().to_owned() }),
    }
}

/// How many columns there are, and how many of them the contract does not name. Of JSON, rows tell.
fn width(columns: &[SourceColumn], pass: &Pass, table: &Table, unexpected: usize) -> (u64, u64) {
    let named: HashSet<_> = table.columns.iter().map(|column| &column.name).collect();
    let is_json = |column: &&SourceColumn| column.kind == Kind::Json;
    let told = columns.iter().filter(|column| !is_json(column));
    let found = told.filter(|column| !pass.names.contains(&column.name)).count();
    // Those that were only asked for may not be there.
    let asked = columns.iter().filter(is_json).filter(|column| !named.contains(&column.name));
    let others = pass.names.iter().filter(|name| !named.contains(name)).count();
    let unexpected = unexpected.saturating_sub(asked.count()) + others;
    ((found + pass.names.len()) as u64, unexpected as u64)
}

fn bytes(set: &DataSet) -> Result<u64, DataError> {
    let size = |part: &crate::Part| {
        let unreadable = |source| DataError::Unreadable { path: part.shown.clone(), source };
        Ok(std::fs::metadata(&part.path).map_err(unreadable)?.len())
    };
    set.parts().iter().map(size).sum()
}

fn conclude(plan: Plan, pass: &Pass) -> Report {
    let rows = pass.rows;
    let (mut findings, mut not_assessed) = (plan.findings, plan.not_assessed);
    let mut kept = Vec::new();
    for check in plan.checks {
        let passed = check.passed();
        match check.finish(rows) {
            Outcome::Kept => kept.push(passed),
            // Without any names no row told of columns: the source did.
            Outcome::Broken(finding) if (1..NAMES).contains(&pass.names.len()) => {
                findings.push(missing::of_json(finding, &pass.names));
            }
            Outcome::Broken(finding) => findings.push(finding),
            Outcome::NotAssessed(finding) => not_assessed.push(finding),
        }
    }
    findings.sort_by_key(weight);
    for sample in findings.iter_mut().flat_map(|finding| &mut finding.samples) {
        place(sample, &pass.parts);
    }
    Report { passed: kept, ..Report::new(findings, not_assessed) }
}

/// Where several files are one data set, rows are numbered in each.
fn place(sample: &mut Sample, parts: &[(String, u64)]) {
    let behind = parts.partition_point(|(_, before)| *before < sample.row);
    if let Some((part, before)) = behind.checked_sub(1).map(|at| &parts[at]) {
        sample.part = Some(part.clone());
        sample.row -= before;
    }
}

/// What fails comes first, and then what makes other findings likely; else the contract's order is
/// kept.
fn weight(finding: &Finding) -> (Severity, u8) {
    let weight = match finding.code.as_str() {
        "data.column-missing" | "data.schema" => 0,
        "data.type" => 1,
        "data.row-count" => 2,
        _ => 3,
    };
    (finding.severity, weight)
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
