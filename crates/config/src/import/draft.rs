//! A contract in the making, whatever it is imported from.

use std::collections::HashMap;

use tollgate_model::LogicalType;

use super::Note;
use super::value::Value;
use crate::contract::TYPES;

/// What is known so far.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) tables: Vec<Table>,
    pub(super) notes: Vec<Note>,
    /// The first line with a share of the values that are there.
    pub(super) share: Option<u32>,
}

/// How many rules there are, of the last table and of each of its columns.
pub(super) struct Marks(usize, Vec<usize>);

#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) columns: Vec<Field>,
    pub(super) rules: Vec<Value>,
    /// Positions of the columns by name.
    index: HashMap<String, usize>,
}

#[derive(Debug, Default)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) description: Option<String>,
    /// The name of a logical type.
    pub(super) logical: Option<&'static str>,
    pub(super) required: bool,
    /// The line that says that the column must be there.
    pub(super) there: Option<u32>,
    /// Null is a value of its own.
    pub(super) nullable: bool,
    pub(super) unique: bool,
    /// Position in the primary key, counted from 1.
    pub(super) key: Option<usize>,
    pub(super) options: Vec<(&'static str, Value)>,
    pub(super) rules: Vec<Value>,
    pub(super) relationships: Vec<Value>,
}

impl Draft {
    /// Something that is not carried over, at a line.
    pub(super) fn note(&mut self, line: u32, what: impl Into<String>) {
        self.notes.push(Note { line, what: what.into() });
    }

    /// The last table; there is one from the first question on.
    pub(super) fn table(&mut self) -> &mut Table {
        if self.tables.is_empty() {
            self.tables.push(Table::default());
        }
        let last = self.tables.len() - 1;
        &mut self.tables[last]
    }

    pub(super) fn marks(&mut self) -> Marks {
        let table = self.table();
        Marks(table.rules.len(), table.columns.iter().map(|column| column.rules.len()).collect())
    }

    /// Rules that were added since are as bad as that. What became a property of a column fails.
    pub(super) fn soften(&mut self, since: &Marks, severity: &str) {
        let add = |rule: &mut Value| {
            if let Value::Map(entries) = rule {
                entries.push(("severity", Value::text(severity)));
            }
        };
        let table = self.table();
        table.rules.iter_mut().skip(since.0).for_each(add);
        for (at, column) in table.columns.iter_mut().enumerate() {
            let before = since.1.get(at).copied().unwrap_or(0);
            column.rules.iter_mut().skip(before).for_each(add);
        }
    }

    /// The column of that name in the last table.
    pub(super) fn column(&mut self, name: &str) -> &mut Field {
        self.table().column(name)
    }
}

impl Table {
    pub(super) fn named(name: &str, description: Option<String>) -> Self {
        Self { name: name.to_owned(), description, ..Self::default() }
    }

    /// Columns of these names are there.
    pub(super) fn list(&mut self, names: &[&str]) {
        for name in names {
            self.column(name);
        }
    }

    pub(super) fn column(&mut self, name: &str) -> &mut Field {
        let next = self.columns.len();
        let at = *self.index.entry(name.to_owned()).or_insert(next);
        if at == next {
            self.columns.push(Field { name: name.to_owned(), ..Field::default() });
        }
        &mut self.columns[at]
    }
}

impl Field {
    pub(super) fn kind(&self) -> Option<LogicalType> {
        let logical = self.logical?;
        TYPES.iter().find(|(name, _)| *name == logical).map(|(_, kind)| *kind)
    }

    /// Sets the type, unless another is set already, which it may be.
    pub(super) fn be(&mut self, logical: &'static str) {
        self.logical.get_or_insert(logical);
    }

    fn has(&self, option: &str) -> bool {
        self.options.iter().any(|(name, _)| *name == option)
    }

    /// Sets an option of the type that it then is; whether it could be. A bound that is there
    /// already is left: both must hold, and only one has room.
    pub(super) fn option(
        &mut self,
        logical: &'static str,
        name: &'static str,
        value: Value,
    ) -> bool {
        let own = self.logical;
        let numbers = ["integer", "number"];
        let times = ["date", "timestamp", "time"];
        let fits = own.is_none_or(|own| {
            own == logical
                || (numbers.contains(&own) && numbers.contains(&logical))
                || (times.contains(&own) && times.contains(&logical))
        });
        if !fits || self.has(name) {
            return false;
        }
        self.be(logical);
        self.options.push((name, value));
        true
    }
}
