//! Columns that are not there.

use std::collections::BTreeSet;

use tollgate_model::{Bounds, Column, Finding, Place};

use super::Planner;
use crate::report::{Demand, quote};

/// How many names a message lists.
const LISTED: usize = 8;

impl Planner<'_> {
    /// The column is not in the source. That is wrong if it is required or part of the key; else
    /// nothing that is asked of it can be looked at, and it may have been renamed.
    pub(super) fn absent(&mut self, column: &Column) {
        if column.required || column.primary_key.is_some() {
            let finding = self.missing(column, "add it to the data, or set `required: false`");
            self.plan.findings.push(finding);
        } else if asks_for_something(column) {
            let finding = self.missing(column, "add it to the data, or drop it from the contract");
            self.plan.not_assessed.push(finding);
        }
    }

    fn missing(&self, column: &Column, else_do: &str) -> Finding {
        let name = quote(&column.name);
        let message = format!("the column {name} is missing");
        let asked = self.asked("data.column-missing", column, Demand::Required);
        let names = || self.source.iter().map(|column| &*column.name);
        let mut finding =
            asked.finding(message).contrast(format!("a column {name}"), listed(names()));
        let source = self.origin.source.clone();
        finding.place = Place::Data { source, column: Some(column.name.clone()) };
        finding.hint(hint(&column.name, names(), else_do))
    }
}

/// The finding that each row of JSON lacks the column, as that of a column which is not there: no
/// row has a key of that name, and `names` are the keys that there are.
pub(crate) fn of_json(broken: Finding, names: &BTreeSet<String>) -> Finding {
    let (Place::Data { column: Some(column), .. }, Some(extent)) = (&broken.place, broken.extent)
    else {
        return broken;
    };
    let in_all = extent.count == extent.of && !names.contains(column);
    if broken.code != "data.required" || !in_all {
        return broken;
    }
    let (name, names) = (quote(column), || names.iter().map(String::as_str));
    let message = format!("the column {name} is missing");
    let hint = hint(column, names(), "add it to the data, or set `required: false`");
    let finding = Finding::new("data.column-missing", broken.place.clone(), message);
    let finding = finding.contrast(format!("a column {name}"), listed(names())).hint(hint);
    Finding { rule: broken.rule, severity: broken.severity, ..finding }
}

fn asks_for_something(column: &Column) -> bool {
    let bounded = column.bounds != Bounds::default();
    column.logical_type.is_some() || bounded || column.unique || !column.rules.is_empty()
}

fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(LISTED);
    let mut listed = names.take(LISTED).map(quote).collect::<Vec<_>>().join(", ");
    if more > 0 {
        listed.push_str(&format!(" and {more} more"));
    }
    listed
}

/// What to do: a name that differs by a third of its letters at most was meant.
fn hint<'a>(name: &str, names: impl Iterator<Item = &'a str>, else_do: &str) -> String {
    let plain = plain(name);
    let near = names.map(|other| (distance(&plain, &self::plain(other)), other));
    match near.min_by_key(|(distance, _)| *distance) {
        Some((least, close)) if least * 3 <= plain.len() => {
            format!("did you mean {}?", quote(close))
        }
        _ => else_do.to_owned(),
    }
}

/// Letters and digits only, in lower case: `Total_Charges` and `totalCharges` are the same.
fn plain(name: &str) -> Vec<char> {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).take(100).collect()
}

/// Letters to insert, drop or change (Levenshtein).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in b.iter().enumerate() {
            let change = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_of_names() {
        for (a, b, expected) in [
            ("age", "age", 0),
            ("TotalCharges", "total_charges", 0),
            ("kitten", "sitting", 3),
            ("", "ab", 2),
        ] {
            assert_eq!(distance(&plain(a), &plain(b)), expected, "{a} {b}");
        }
    }
}
