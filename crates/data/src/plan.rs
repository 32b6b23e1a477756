//! What has to be looked at: the contract's demands, matched with what the source has.

use std::collections::HashMap;

use tollgate_model::{Column, Finding, Table};

use crate::Options;
use crate::checks::{Budget, Check, Test, Uniqueness};
use crate::domain::Domain;
use crate::parse::cell::Reading;
use crate::reader::{Kind, SourceColumn, Wanted};
use crate::report::{Asked, Counted, Demand, Origin};

mod column;
mod missing;
mod rules;
mod types;
mod watch;

/// Everything that a pass over the data needs, and what is known without one.
pub(crate) struct Plan {
    pub(crate) wanted: Vec<Wanted>,
    pub(crate) checks: Vec<Check>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) not_assessed: Vec<Finding>,
    /// Columns of the source that the contract does not name.
    pub(crate) unexpected: usize,
    /// Columns that a profile was asked of and that are not read.
    pub(crate) unread: Vec<String>,
}

impl Plan {
    pub(crate) fn new(
        source: &[SourceColumn],
        table: &Table,
        origin: Origin,
        options: &Options,
    ) -> Self {
        let mut planner = Planner::new(source, table, origin, options);
        planner.contract();
        planner.plan
    }
}

/// A plan in the making.
struct Planner<'a> {
    source: &'a [SourceColumn],
    /// Positions in the source by name.
    index: HashMap<&'a str, usize>,
    table: &'a Table,
    origin: Origin,
    samples: usize,
    budget: Budget,
    /// Positions among the wanted columns by position in the source.
    slots: HashMap<usize, usize>,
    plan: Plan,
}

/// A column of the source that can be decoded.
#[derive(Clone)]
struct Cells {
    index: usize,
    reading: Reading,
    /// Whether the source has texts for it.
    has_text: bool,
}

impl<'a> Planner<'a> {
    fn new(
        source: &'a [SourceColumn],
        table: &'a Table,
        origin: Origin,
        options: &Options,
    ) -> Self {
        let names = source.iter().enumerate().map(|(at, column)| (column.name.as_str(), at));
        let plan = Plan {
            wanted: Vec::new(),
            checks: Vec::new(),
            findings: Vec::new(),
            not_assessed: Vec::new(),
            unexpected: 0,
            unread: Vec::new(),
        };
        Self {
            source,
            index: names.collect(),
            table,
            origin,
            samples: options.samples,
            budget: Budget::new(options.max_memory),
            slots: HashMap::new(),
            plan,
        }
    }

    /// All that the contract asks for.
    fn contract(&mut self) {
        let table = self.table;
        table.columns.iter().for_each(|column| self.column(column));
        self.primary_key();
        table.rules.iter().for_each(|rule| self.rule(rule, None));
        let named = table.columns.iter().filter(|column| self.index.contains_key(&*column.name));
        self.plan.unexpected = self.source.len() - named.count().min(self.source.len());
    }

    /// A demand on one column, at the column's own line.
    fn asked(&self, code: &'static str, column: &Column, demand: Demand) -> Asked {
        Asked {
            origin: self.origin.clone(),
            code,
            columns: vec![column.name.clone()],
            masked: column.masked,
            line: column.line,
            demand,
        }
    }

    /// How the column's cells can be had; else why they can't.
    fn cells(&self, column: &Column, index: usize) -> Result<Cells, String> {
        let domain = match &self.source[index].kind {
            Kind::Untyped => Domain::of(column.logical_type),
            Kind::Typed(domain) => *domain,
            Kind::Record => return Err("records are not read".to_owned()),
            Kind::List => return Err("lists are not read".to_owned()),
            Kind::Unsupported(what) => return Err(format!("{what} is not read")),
        };
        let untyped = self.source[index].kind == Kind::Untyped;
        let pattern = types::pattern(column, domain).transpose()?.filter(|_| untyped);
        let has_text = untyped || domain == Domain::Text;
        Ok(Cells { index, reading: Reading { domain, pattern }, has_text })
    }

    /// Has the column decoded; its position in each batch.
    fn slot(&mut self, cells: &Cells) -> usize {
        let wanted = &mut self.plan.wanted;
        *self.slots.entry(cells.index).or_insert_with(|| {
            wanted.push(Wanted { index: cells.index, reading: cells.reading.clone() });
            wanted.len() - 1
        })
    }

    fn test(&mut self, asked: Asked, cells: &Cells, test: impl Test + 'static) {
        let slot = self.slot(cells);
        self.plan.checks.push(Check::cells(asked, slot, std::sync::Arc::new(test), self.samples));
    }

    fn keys(&mut self, asked: Asked, cells: &[Cells]) {
        let slots = cells.iter().map(|cells| self.slot(cells)).collect();
        let keys = Uniqueness::new(slots, self.budget.clone(), self.samples);
        self.plan.checks.push(Check::keys(asked, keys));
    }

    fn not_assessed(&mut self, asked: &Asked, why: &str) {
        self.plan.not_assessed.push(asked.not_assessed(why));
    }

    /// A key of several columns. That of one is its column's uniqueness.
    fn primary_key(&mut self) {
        let table = self.table;
        let mut parts: Vec<_> =
            table.columns.iter().filter(|column| column.primary_key.is_some()).collect();
        parts.sort_by_key(|column| column.primary_key);
        if parts.len() < 2 {
            return;
        }
        let asked = self.together("data.primary-key", &parts, table.line, Demand::Key);
        self.key_of(asked, &parts);
    }

    fn together(
        &self,
        code: &'static str,
        columns: &[&Column],
        line: u32,
        demand: Demand,
    ) -> Asked {
        Asked {
            origin: self.origin.clone(),
            code,
            columns: columns.iter().map(|column| column.name.clone()).collect(),
            masked: columns.iter().any(|column| column.masked),
            line,
            demand,
        }
    }

    fn key_of(&mut self, asked: Asked, columns: &[&Column]) {
        let cells = columns.iter().map(|column| match self.index.get(&*column.name) {
            Some(index) => self.cells(column, *index),
            None => Err(format!("there is no column `{}`", column.name)),
        });
        match cells.collect::<Result<Vec<_>, _>>() {
            Ok(cells) => self.keys(asked, &cells),
            Err(why) => self.not_assessed(&asked, &why),
        }
    }
}
