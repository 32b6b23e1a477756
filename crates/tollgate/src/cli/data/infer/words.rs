//! The contract as text, with a reason for each guess.

use std::fmt::Write;

use tollgate_data::{ColumnProfile, ColumnType, Profile};
use tollgate_model::{Column, Finding, LogicalType, Table};

/// Texts of so few distinct values are taken for a list of what is allowed.
const FEW: usize = 20;
/// A list is only believed where each value occurs so often on average.
const TIMES: u64 = 20;
/// How much of the range is added at each end.
const ROOM: f64 = 0.5;

/// What is demanded of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    Required,
    Unique,
    Format,
    Minimum,
    Maximum,
    Values,
}

/// A guess, as lines of YAML.
struct Guess {
    column: String,
    demand: Demand,
    lines: Vec<String>,
}

/// A contract in the making.
pub(super) struct Draft {
    name: String,
    shown: String,
    rows: u64,
    columns: Vec<(String, Option<LogicalType>)>,
    guesses: Vec<Guess>,
}

impl Draft {
    pub(super) fn of(profile: &Profile, table: &Table, stem: &str) -> Self {
        let keep = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        let mut draft = Self {
            name: stem.chars().map(keep).collect(),
            shown: profile.source().to_owned(),
            rows: profile.rows(),
            columns: Vec::new(),
            guesses: Vec::new(),
        };
        for column in &table.columns {
            draft.columns.push((column.name.clone(), column.logical_type));
            if let Some(seen) = profile.column(&column.name) {
                draft.column(column, seen);
            }
        }
        draft
    }

    fn column(&mut self, column: &Column, seen: &ColumnProfile) {
        let mut add = |demand, lines| {
            self.guesses.push(Guess { column: column.name.clone(), demand, lines });
        };
        if seen.rows() > 0 && seen.nulls() == 0 {
            add(Demand::Required, vec!["required: true # no null was seen".to_owned()]);
        }
        if is_key(seen) {
            let line = "unique: true # all values are distinct, and its name is that of a key";
            add(Demand::Unique, vec![line.to_owned()]);
        }
        if let Some(format) = &column.bounds.format {
            let line = format!("format: {} # all values have this form", quoted(format));
            add(Demand::Format, vec![line]);
        }
        if let Some((least, greatest)) = range(seen) {
            let range = seen.numbers().map(|all| (seen.show(all.min), seen.show(all.max)));
            let (min, max) = range.unwrap_or_default();
            let line = |key, end, why| format!("{key}: {end} # seen from {min} to {max}; {why}");
            let room = "half of the range is left as room";
            let below = if least == "0" { "nothing was below 0" } else { room };
            add(Demand::Minimum, vec![line("minimum", least, below)]);
            add(Demand::Maximum, vec![line("maximum", greatest, room)]);
        }
        if let Some(values) = few(seen) {
            let listed: Vec<_> = values.iter().map(|value| quoted(value)).collect();
            let lines = vec![
                format!("# all {} values that were seen; add those to come", values.len()),
                "- type: library".to_owned(),
                "  metric: invalidValues".to_owned(),
                format!("  arguments: {{ validValues: [{}] }}", listed.join(", ")),
                "  mustBe: 0".to_owned(),
            ];
            add(Demand::Values, lines);
        }
    }

    /// Leaves out a guess that the data does not keep.
    pub(super) fn doubt(&mut self, finding: &Finding) {
        if let Some((column, demand)) = super::broken(finding) {
            self.guesses.retain(|guess| guess.column != column || guess.demand != demand);
        }
    }

    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "# A guess from {} with {} rows: read it, and correct what the data can't tell.\n\
             apiVersion: v3.1.0\nkind: DataContract\nid: {}\nversion: 0.1.0\nstatus: draft\n\
             schema:\n  - name: {}\n    properties:\n",
            self.shown.escape_default(),
            self.rows,
            quoted(&self.name),
            quoted(&self.name),
        );
        for (name, kind) in &self.columns {
            self.property(name, *kind, &mut text);
        }
        text
    }

    fn property(&self, name: &str, kind: Option<LogicalType>, text: &mut String) {
        let mut line = |indent: usize, line: &str| {
            // Writing into a text can't fail.
            let _ = writeln!(text, "{:indent$}{line}", "");
        };
        line(6, &format!("- name: {}", quoted(name)));
        if let Some(kind) = kind {
            line(8, &format!("logicalType: {}", format!("{kind:?}").to_lowercase()));
        }
        let of = |demands: &[Demand]| -> Vec<&String> {
            let own = self.guesses.iter().filter(|guess| guess.column == name);
            own.filter(|guess| demands.contains(&guess.demand)).flat_map(|g| &g.lines).collect()
        };
        of(&[Demand::Required, Demand::Unique]).into_iter().for_each(|it| line(8, it));
        let groups = [
            ("logicalTypeOptions:", of(&[Demand::Format, Demand::Minimum, Demand::Maximum])),
            ("quality:", of(&[Demand::Values])),
        ];
        for (head, lines) in groups.into_iter().filter(|(_, lines)| !lines.is_empty()) {
            line(8, head);
            lines.into_iter().for_each(|it| line(10, it));
        }
    }
}

/// In double quotes, which JSON and YAML write alike.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn is_key(column: &ColumnProfile) -> bool {
    let name = column.name().to_ascii_lowercase();
    let named = ["id", "uuid", "key", "email"].iter().any(|end| name.ends_with(end));
    // The estimate's standard error is 2.3 %; the check has the last word.
    let distinct = column.distinct().is_some_and(|(count, _)| count * 10 >= column.valid() * 9);
    named && distinct && column.valid() > 1 && column.kind() != ColumnType::Boolean
}

/// The least and the greatest value that are allowed, as a contract writes them.
fn range(column: &ColumnProfile) -> Option<(String, String)> {
    let numbers = column.numbers()?;
    if !matches!(column.kind(), ColumnType::Integer | ColumnType::Number) || is_key(column) {
        return None;
    }
    let room = (numbers.max - numbers.min) * ROOM;
    // What was never below 0 rarely means anything there.
    let least = match numbers.min >= 0.0 {
        true => 0.0,
        false => (numbers.min - room).floor(),
    };
    let greatest = (numbers.max + room).ceil();
    let fits = least.abs() < 1e15 && greatest.abs() < 1e15;
    fits.then(|| (least.to_string(), greatest.to_string()))
}

fn few(column: &ColumnProfile) -> Option<Vec<String>> {
    let (counts, error) = column.categories()?;
    let believed = error == 0
        && column.kind() == ColumnType::Text
        && !counts.is_empty()
        && counts.len() <= FEW
        && counts.len() as u64 * TIMES <= column.valid();
    believed.then(|| counts.into_keys().collect())
}
