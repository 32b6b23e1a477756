//! Contracts in a line or two, and data in a temporary file.

use std::path::PathBuf;

use tollgate_data::{DataError, Options, check};
use tollgate_model::{
    Bounds, Check, Column, Contract, Limit, LogicalType, Operator, Report, Rule, Scalar, Severity,
    Table, Unit,
};

/// A column of any type without demands.
pub(crate) fn column(name: &str) -> Column {
    Column {
        name: name.to_owned(),
        logical_type: None,
        required: false,
        unique: false,
        primary_key: None,
        masked: false,
        bounds: Bounds::default(),
        rules: vec![],
        line: 1,
    }
}

/// Demands, one word each.
pub(crate) trait Demands: Sized {
    fn with(self, change: impl FnOnce(&mut Column)) -> Self;

    fn of(self, logical: LogicalType) -> Self {
        self.with(|column| column.logical_type = Some(logical))
    }

    fn required(self) -> Self {
        self.with(|column| column.required = true)
    }

    fn unique(self) -> Self {
        self.with(|column| column.unique = true)
    }

    fn bounds(self, change: impl FnOnce(&mut Bounds)) -> Self {
        self.with(|column| change(&mut column.bounds))
    }

    fn rule(self, check: Check, operator: Operator, unit: Unit) -> Self {
        self.with(|column| column.rules.push(rule(check, operator, unit)))
    }
}

impl Demands for Column {
    fn with(mut self, change: impl FnOnce(&mut Column)) -> Self {
        change(&mut self);
        self
    }
}

pub(crate) fn rule(check: Check, operator: Operator, unit: Unit) -> Rule {
    Rule { name: None, check, limit: Limit { operator, unit }, severity: Severity::Error, line: 7 }
}

pub(crate) fn int(value: i64) -> Option<Scalar> {
    Some(Scalar::Integer(value))
}

pub(crate) fn text(value: &str) -> Scalar {
    Scalar::Text(value.to_owned())
}

pub(crate) fn contract(columns: Vec<Column>, rules: Vec<Rule>) -> Contract {
    let table = Table { name: "t".into(), columns, rules, line: 3 };
    Contract {
        path: "contracts/t.yaml".into(),
        id: "t".into(),
        version: "1.0.0".into(),
        name: None,
        tables: vec![table],
    }
}

/// The report on a file of that name with those bytes.
pub(crate) fn report_with(
    name: &str,
    bytes: impl AsRef<[u8]>,
    contract: &Contract,
    options: &Options,
) -> Result<Report, DataError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    check(&path, &format!("data/{name}"), contract, None, options, &|| false)
}

/// The report on CSV text.
pub(crate) fn csv(text: impl AsRef<[u8]>, columns: Vec<Column>) -> Result<Report, DataError> {
    report_with("t.csv", text, &contract(columns, vec![]), &Options::default())
}

/// Code and message of each finding.
pub(crate) fn lines(report: &Report) -> Vec<String> {
    report.findings.iter().map(|finding| format!("{}: {}", finding.code, finding.message)).collect()
}

/// The shared data sets beside the repository; none where they were not fetched.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    path.exists().then_some(path)
}
