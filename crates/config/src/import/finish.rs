//! What must hold of a draft before it can be written.

use std::collections::BTreeSet;
use std::path::Path;

use tollgate_model::LogicalType;

use super::Note;
use super::draft::{Draft, Table};
use super::value::Value;
use crate::Span;
use crate::contract::{Names, condition};
use crate::shape::at;
use crate::sink::Sink;

/// Names everything, and takes out what a contract can't say.
pub(super) fn finish(draft: &mut Draft, path: &str) {
    let stem = Path::new(path).file_stem().and_then(|stem| stem.to_str()).unwrap_or("data");
    let name = draft.name.take().filter(|name| !name.trim().is_empty());
    let name = name.unwrap_or_else(|| stem.to_owned());
    let mut notes = Vec::new();
    for table in &mut draft.tables {
        if table.name.trim().is_empty() {
            table.name.clone_from(&name);
        }
        columns(table, &mut notes);
        conditions(table, &mut notes);
        let there = table.columns.iter().filter(|column| !column.required);
        notes.extend(there.filter_map(|column| {
            let name = column.name.escape_debug();
            let what = format!("that `{name}` is there is not said of a column that may be null");
            Some(Note { line: column.there?, what })
        }));
    }
    if let Some(line) = draft.share {
        let what = "`mostly` is a share of the values that are there, and here of all rows";
        notes.push(Note { line, what: what.to_owned() });
    }
    let mut seen = BTreeSet::new();
    draft.tables.retain(|table| {
        let is_new = seen.insert(table.name.clone());
        if !is_new {
            let what = format!("a second table `{}`", table.name.escape_default());
            notes.push(Note { line: 1, what });
        }
        is_new
    });
    draft.name = Some(name);
    draft.notes.extend(notes);
    draft.notes.sort_by_key(|note| note.line);
}

fn columns(table: &mut Table, notes: &mut Vec<Note>) {
    let before = table.columns.len();
    table.columns.retain(|column| !column.name.trim().is_empty());
    if table.columns.len() < before {
        notes.push(Note { line: 1, what: "a column without a name".to_owned() });
    }
}

/// Takes out conditions that speak of other columns, or of other types.
fn conditions(table: &mut Table, notes: &mut Vec<Note>) {
    let known = Known::of(table);
    let mut keep = |rule: &Value| {
        let Some(text) = text_of(rule).filter(|text| !known.can_say(text)) else { return true };
        let what = format!("the condition `{}` can't be checked here", text.escape_debug());
        notes.push(Note { line: 1, what });
        false
    };
    table.rules.retain(&mut keep);
    for column in &mut table.columns {
        column.rules.retain(&mut keep);
    }
}

/// The columns of a table, and their types.
pub(super) struct Known(Vec<(String, Option<LogicalType>)>);

impl Known {
    pub(super) fn of(table: &Table) -> Self {
        Self(table.columns.iter().map(|column| (column.name.clone(), column.kind())).collect())
    }

    /// Whether a condition is one of these columns.
    pub(super) fn can_say(&self, text: &str) -> bool {
        let columns: Vec<_> = self.0.iter().map(|(name, kind)| names(name, *kind)).collect();
        let mut sink = Sink::new("");
        condition(&at(text.to_owned(), Span::default()), &columns, &mut sink).is_some()
    }
}

fn names(name: &str, logical_type: Option<LogicalType>) -> Names<'_> {
    Names { logical: name, name, span: Span::default(), logical_type }
}

/// The text of a condition.
fn text_of(rule: &Value) -> Option<&str> {
    fn get<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
        match value {
            Value::Map(entries) => {
                entries.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
            }
            _ => None,
        }
    }
    match get(get(rule, "implementation")?, "condition")? {
        Value::Text(text) => Some(text),
        _ => None,
    }
}
