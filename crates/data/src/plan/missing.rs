//! Columns that are not there.

use tollgate_model::{Column, Finding, Place};

use super::Planner;
use crate::report::{Demand, quote};

/// How many names a message lists.
const LISTED: usize = 8;

impl Planner<'_> {
    /// The column is not in the source. That is wrong if it is required or part of the key; else
    /// only its quality rules are left open.
    pub(super) fn absent(&mut self, column: &Column) {
        if column.required || column.primary_key.is_some() {
            let finding = self.missing(column);
            self.plan.findings.push(finding);
            return;
        }
        for rule in &column.rules {
            self.rule(rule, Some(column));
        }
    }

    fn missing(&self, column: &Column) -> Finding {
        let name = quote(&column.name);
        let message = format!("the column {name} is missing");
        let asked = self.asked("data.column-missing", column, Demand::Required);
        let mut finding =
            asked.finding(message).contrast(format!("a column {name}"), self.listed());
        let source = self.origin.source.clone();
        finding.place = Place::Data { source, column: Some(column.name.clone()) };
        match self.close(&column.name) {
            Some(close) => finding.hint(format!("did you mean {}?", quote(close))),
            None => finding.hint("add it to the data, or set `required: false`"),
        }
    }

    fn listed(&self) -> String {
        let names = self.source.iter().take(LISTED).map(|column| quote(&column.name));
        let mut listed = names.collect::<Vec<_>>().join(", ");
        if self.source.len() > LISTED {
            listed.push_str(&format!(" and {} more", self.source.len() - LISTED));
        }
        listed
    }

    /// A name of the source that differs by a third of its letters at most.
    fn close(&self, name: &str) -> Option<&str> {
        let plain = plain(name);
        let near =
            self.source.iter().map(|column| (distance(&plain, &self::plain(&column.name)), column));
        let (least, column) = near.min_by_key(|(distance, _)| *distance)?;
        (least * 3 <= plain.len()).then_some(&*column.name)
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
