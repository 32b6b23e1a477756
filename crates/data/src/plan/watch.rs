//! What a profile looks at.

use std::sync::Arc;

use tollgate_model::{Column, Table};

use super::{Cells, Plan, Planner};
use crate::Options;
use crate::checks::{Check, Test};
use crate::profile::{ColumnProfile, ColumnType, Watched, logical, plain};
use crate::reader::SourceColumn;
use crate::references::References;
use crate::report::{Demand, Origin};

impl Plan {
    /// Nothing is looked at.
    pub(crate) fn nothing() -> Self {
        Self {
            wanted: Vec::new(),
            checks: Vec::new(),
            findings: Vec::new(),
            not_assessed: Vec::new(),
            unexpected: 0,
            unread: Vec::new(),
        }
    }

    /// A profile of the columns that are watched, and no checks.
    pub(crate) fn watching_only(
        source: &[SourceColumn],
        table: &Table,
        origin: Origin,
        options: &Options,
        watched: &Watched<'_>,
    ) -> Self {
        let nothing = References::none(options);
        let mut planner = Planner::new(source, table, origin, options, &nothing);
        planner.watch(watched);
        planner.plan
    }

    /// Questions about some of the columns.
    pub(crate) fn asking(
        source: &[SourceColumn],
        table: &Table,
        origin: Origin,
        options: &Options,
        are_asked: &dyn Fn(&SourceColumn) -> bool,
        questions: &dyn Fn() -> Vec<(String, Arc<dyn Test>)>,
    ) -> Self {
        let nothing = References::none(options);
        let mut planner = Planner::new(source, table, origin, options, &nothing);
        for (index, column) in source.iter().enumerate().filter(|(_, column)| are_asked(column)) {
            planner.ask(&plain(&column.name), index, questions());
        }
        planner.plan
    }
}

impl Planner<'_> {
    fn ask(&mut self, column: &Column, index: usize, questions: Vec<(String, Arc<dyn Test>)>) {
        let Ok(cells) = self.cells(column, index) else { return };
        let slot = self.slot(&cells);
        for (word, test) in questions {
            let asked = self.asked("data.type", column, Demand::Kind(word));
            self.plan.checks.push(Check::cells(asked, slot, test, 0));
        }
    }

    pub(super) fn watch(&mut self, watched: &Watched<'_>) {
        for (index, column) in self.source.iter().enumerate() {
            if watched.wants(&column.name) {
                let column = self.known(&column.name, watched);
                match self.cells(&column, index) {
                    Ok(cells) => self.profile(&column, &cells),
                    Err(_) => self.plan.unread.push(column.name),
                }
            }
        }
    }

    fn profile(&mut self, column: &Column, cells: &Cells) {
        let slot = self.slot(cells);
        let kind = ColumnType::from(self.plan.wanted[slot].reading.domain);
        let nothing = ColumnProfile::new(column.name.clone(), kind, column.masked);
        let asked = self.asked("data.drift", column, Demand::Required);
        self.plan.checks.push(Check::profile(asked, slot, nothing));
    }

    /// The column as the contract has it, else as the reference had it.
    fn known(&self, name: &str, watched: &Watched<'_>) -> Column {
        if let Some(column) = self.table.columns.iter().find(|column| column.name == name) {
            return column.clone();
        }
        let mut column = plain(name);
        if let Some(before) = watched.like.and_then(|profile| profile.column(name)) {
            column.logical_type = Some(logical(before.kind()));
            column.masked = before.is_masked();
        }
        column
    }
}
