//! Whether a further file has the columns of the first, as far as the contract is about them.

use tollgate_model::{Finding, Place, Table};

use crate::plan::Plan;
use crate::reader::{Kind, SourceColumn, Wanted};
use crate::report::{Origin, quote};

/// What the first file has of the columns that the contract names.
pub(crate) struct Fit {
    /// What they are; `None` where the first file does not have it.
    expected: Vec<(String, Option<Kind>)>,
    /// The columns that checks need, by name.
    wanted: Vec<(String, Wanted)>,
}

impl Fit {
    pub(crate) fn new(table: &Table, first: &[SourceColumn], plan: &Plan) -> Self {
        Self::of(table.columns.iter().map(|column| &column.name), first, plan)
    }

    /// As far as these columns go.
    pub(crate) fn of<'a>(
        names: impl Iterator<Item = &'a String>,
        first: &[SourceColumn],
        plan: &Plan,
    ) -> Self {
        let expected = names.map(|name| {
            let found = first.iter().find(|found| found.name == *name);
            (name.clone(), found.map(|found| found.kind.clone()))
        });
        let name = |wanted: &Wanted| (first[wanted.index].name.clone(), wanted.clone());
        Self { expected: expected.collect(), wanted: plan.wanted.iter().map(name).collect() }
    }

    /// Where the columns that checks need are in a file with these; else how it differs from the
    /// first.
    pub(crate) fn wanted(&self, columns: &[SourceColumn]) -> Result<Vec<Wanted>, String> {
        let find = |name: &str| columns.iter().position(|column| column.name == name);
        for (name, kind) in &self.expected {
            let found = find(name).map(|at| &columns[at].kind);
            let difference = match (kind, found) {
                (Some(_), None) => format!("it has no column {}", quote(name)),
                (None, Some(_)) => format!("it has a column {}", quote(name)),
                (Some(kind), Some(found)) if kind != found => {
                    format!("its {} is {}, not {}", quote(name), found.noun(), kind.noun())
                }
                _ => continue,
            };
            return Err(difference);
        }
        let place = |(name, wanted): &(String, Wanted)| {
            find(name).map(|index| Wanted { index, reading: wanted.reading.clone() })
        };
        let places = self.wanted.iter().map(place).collect::<Option<_>>();
        places.ok_or_else(|| "it has other columns".to_owned())
    }
}

/// What there is to say of files that differ; no more than `most` of them by name.
pub(crate) fn findings(
    unlike: &[(String, String)],
    first: &str,
    origin: &Origin,
    line: (&str, u32),
    most: usize,
) -> Vec<Finding> {
    let finding = |source: &str, message: String| {
        let place = Place::Data { source: source.to_owned(), column: None };
        let rule = tollgate_model::SourceLine { path: line.0.to_owned(), line: line.1 };
        let finding = Finding::new("data.schema", place, message);
        Finding { rule: Some(rule), ..finding.hint("write all parts with the same columns") }
    };
    let named = unlike.iter().take(most.max(1)).map(|(part, why)| {
        let message = format!(
            "{} has other columns than {}: {why}; its rows were not checked",
            quote(part),
            quote(first)
        );
        finding(part, message)
    });
    let mut findings: Vec<_> = named.collect();
    if unlike.len() > findings.len() {
        let more = unlike.len() - findings.len();
        let message = format!("{more} more parts have other columns than {}", quote(first));
        findings.push(finding(&origin.source, message));
    }
    findings
}
