//! What has to be looked at: the contract's demands, matched with what the source has.

use std::collections::HashMap;

use tollgate_model::{Column, Finding, LogicalType, Severity, Table, Timestamp};

use crate::Options;
use crate::checks::{Across, Budget, Check, Test, Uniqueness};
use crate::domain::Domain;
use crate::parse::cell::Reading;
use crate::profile::Watched;
use crate::reader::{Kind, SourceColumn, Wanted};
use crate::references::References;
use crate::report::{Asked, Counted, Demand, Origin};

mod column;
pub(crate) mod missing;
mod own;
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
    /// The contract's checks, and a profile of the columns that are watched.
    pub(crate) fn new(
        source: &[SourceColumn],
        table: &Table,
        origin: Origin,
        options: &Options,
        references: &References,
        watched: Option<&Watched<'_>>,
    ) -> Self {
        let mut planner = Planner::new(source, table, origin, options, references);
        planner.contract();
        watched.into_iter().for_each(|watched| planner.watch(watched));
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
    now: Option<Timestamp>,
    references: &'a References,
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
        references: &'a References,
    ) -> Self {
        let names = source.iter().enumerate().map(|(at, column)| (column.name.as_str(), at));
        let plan = Plan::nothing();
        Self {
            source,
            index: names.collect(),
            table,
            origin,
            samples: options.samples,
            budget: references.budget.clone(),
            now: options.now,
            references,
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
            severity: Severity::Error,
            demand,
        }
    }

    /// How the column's cells can be had; else why they can't.
    fn cells(&self, column: &Column, index: usize) -> Result<Cells, String> {
        let kind = &self.source[index].kind;
        let reading = reading(column, kind)?;
        let has_text = kind.is_untyped() || reading.domain == Domain::Text;
        Ok(Cells { index, reading, has_text })
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

    fn across(&mut self, asked: Asked, cells: &[Cells], test: impl Across + 'static) {
        let slots = cells.iter().map(|cells| self.slot(cells)).collect();
        let test = std::sync::Arc::new(test);
        self.plan.checks.push(Check::across(asked, slots, test, self.samples));
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
            severity: Severity::Error,
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

/// How cells that are stored so are read for the column; else why they can't be.
pub(crate) fn reading(column: &Column, kind: &Kind) -> Result<Reading, String> {
    let domain = match kind {
        Kind::Untyped | Kind::Json => Domain::of(column.logical_type),
        Kind::Typed(domain) => *domain,
        Kind::Record => return Err("records are not read".to_owned()),
        Kind::List => return Err("lists are not read".to_owned()),
        Kind::Unsupported(what) => return Err(format!("{what} is not read")),
    };
    let pattern = types::pattern(column, domain).transpose()?.filter(|_| kind.is_untyped());
    let any = matches!(column.logical_type, None | Some(LogicalType::Object | LogicalType::Array));
    Ok(Reading { domain, pattern, any })
}
