//! The quality rules of a table or a column.

use tollgate_model::{Check as Metric, Column, Rule, Scalar};

use super::column::compile;
use super::{Cells, Check, Counted, Demand, Planner};
use crate::checks::{Invalid, Members, Missing, Nulls};
use crate::report::Asked;

/// What a rule lists as missing. Such a text is no fault of its type.
pub(super) fn listed_as_missing(rule: &Rule) -> &[Scalar] {
    match &rule.check {
        Metric::MissingValues { values } => values,
        _ => &[],
    }
}

impl Planner<'_> {
    /// A rule of the column, or of the table.
    pub(super) fn rule(&mut self, rule: &Rule, column: Option<&Column>) {
        let (code, counted) = named(&rule.check);
        let demand = Demand::Limit(counted, rule.limit, rule.name.clone());
        let columns: Vec<_> = column.into_iter().collect();
        let severity = rule.severity;
        let asked = Asked { severity, ..self.together(code, &columns, rule.line, demand) };
        match (&rule.check, column) {
            (Metric::NotAssessed { why }, _) => self.not_assessed(&asked, why),
            (
                Metric::Condition { .. } | Metric::Freshness { .. } | Metric::ForeignKey { .. },
                _,
            ) => {
                self.own_rule(rule);
            }
            (Metric::RowCount, _) => self.plan.checks.push(Check::rows(asked)),
            (Metric::DuplicateValues { columns }, _) if !columns.is_empty() => {
                self.duplicates(asked, columns);
            }
            (_, None) => self.not_assessed(&asked, "it is about values and names no column"),
            (_, Some(column)) => match self.found(column) {
                Ok(cells) => self.values(&rule.check, asked, &cells),
                Err(why) => self.not_assessed(&asked, &why),
            },
        }
    }

    fn found(&self, column: &Column) -> Result<Cells, String> {
        let index = self.index.get(&*column.name);
        self.cells(column, *index.ok_or_else(|| format!("there is no column `{}`", column.name))?)
    }

    /// A rule about the values of one column.
    fn values(&mut self, check: &Metric, asked: Asked, cells: &Cells) {
        let members = |values: &[Scalar]| Members::new(values.iter(), cells.reading.domain);
        match check {
            Metric::NullValues => self.test(asked, cells, Nulls),
            Metric::MissingValues { values } => self.test(asked, cells, Missing(members(values))),
            Metric::InvalidValues { valid, pattern } => {
                let valid = valid.as_deref().map(members);
                match pattern.as_deref().map(|text| expression(cells, text)).transpose() {
                    Ok(pattern) => self.test(asked, cells, Invalid { valid, pattern }),
                    Err(why) => self.not_assessed(&asked, &why),
                }
            }
            Metric::DuplicateValues { .. } => self.keys(asked, std::slice::from_ref(cells)),
            _ => {}
        }
    }

    fn duplicates(&mut self, asked: Asked, names: &[String]) {
        let table = self.table;
        let column = |name: &String| table.columns.iter().find(|column| column.name == *name);
        let columns: Option<Vec<_>> = names.iter().map(column).collect();
        let Some(columns) = columns else {
            return self.not_assessed(&asked, "it names a column that the contract doesn't have");
        };
        let Asked { code, line, severity, demand, .. } = asked;
        let asked = Asked { severity, ..self.together(code, &columns, line, demand) };
        self.key_of(asked, &columns);
    }
}

fn expression(cells: &Cells, pattern: &str) -> Result<regex::bytes::Regex, String> {
    match cells.has_text {
        true => compile(pattern),
        false => Err("a pattern needs text, and the file stores none".to_owned()),
    }
}

pub(super) fn named(check: &Metric) -> (&'static str, Counted) {
    match check {
        Metric::RowCount => ("data.row-count", Counted::Rows),
        Metric::NullValues => ("data.null-values", Counted::Null),
        Metric::MissingValues { .. } => ("data.missing-values", Counted::Missing),
        Metric::InvalidValues { .. } => ("data.invalid-values", Counted::Invalid),
        Metric::DuplicateValues { .. } => ("data.duplicate-values", Counted::Duplicate),
        Metric::Condition { .. } => ("data.condition", Counted::Invalid),
        Metric::Freshness { .. } => ("data.freshness", Counted::Invalid),
        Metric::ForeignKey { .. } => ("data.foreign-key", Counted::Invalid),
        Metric::NotAssessed { .. } => ("data.rule", Counted::Invalid),
    }
}
