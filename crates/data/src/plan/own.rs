//! Rules of Tollgate's own: conditions, freshness, foreign keys.

use tollgate_model::{Check as Metric, Column, Condition, Reference, Rule};

use super::rules::named;
use super::{Asked, Cells, Demand, Planner};
use crate::checks::{Compiled, Fields, Newest, Referring};
use crate::domain::Domain;
use crate::report::{Own, quote};

impl Planner<'_> {
    pub(super) fn own_rule(&mut self, rule: &Rule) {
        match &rule.check {
            Metric::Condition { text, condition } => self.condition(rule, text, condition),
            Metric::Freshness { column, max_age } => {
                let (age, now) = (*max_age, self.now);
                let moment = now.unwrap_or_else(|| tollgate_model::Timestamp::from_millis(0));
                let own = Own::Freshness(age, moment);
                let asked = self.asked_own(rule, std::slice::from_ref(column), own);
                match now {
                    Some(_) => self.freshness(asked, column),
                    None => self.not_assessed(&asked, "the time of the check is not known"),
                }
            }
            Metric::ForeignKey { columns, references } => {
                self.foreign_key(rule, columns, references);
            }
            _ => {}
        }
    }

    fn asked_own(&self, rule: &Rule, names: &[String], own: Own) -> Asked {
        let (code, _) = named(&rule.check);
        let known: Vec<&Column> = names.iter().filter_map(|name| self.declared(name)).collect();
        let demand = Demand::Own(own, rule.name.clone());
        let mut asked = self.together(code, &known, rule.line, demand);
        asked.severity = rule.severity;
        asked
    }

    fn declared(&self, name: &str) -> Option<&Column> {
        self.table.columns.iter().find(|column| column.name == name)
    }

    fn cells_of(&self, names: &[String]) -> Result<Vec<Cells>, String> {
        let one = |name: &String| {
            let missing = || format!("there is no column {}", quote(name));
            let column = self.declared(name).ok_or_else(missing)?;
            self.cells(column, *self.index.get(name.as_str()).ok_or_else(missing)?)
        };
        names.iter().map(one).collect()
    }

    fn condition(&mut self, rule: &Rule, text: &str, condition: &Condition) {
        let names: Vec<String> = condition.columns().into_iter().map(str::to_owned).collect();
        let own = Own::Condition(text.to_owned(), rule.limit);
        let asked = self.asked_own(rule, &names, own);
        let made = self.cells_of(&names).and_then(|cells| {
            let domains: Vec<Domain> = cells.iter().map(|cells| cells.reading.domain).collect();
            let fields = Fields { names: &names, domains: &domains };
            Ok((Compiled::new(condition, &fields)?, cells))
        });
        match made {
            Ok((compiled, cells)) => self.across(asked, &cells, compiled),
            Err(why) => self.not_assessed(&asked, &why),
        }
    }

    fn freshness(&mut self, asked: Asked, column: &String) {
        let cells = self.cells_of(std::slice::from_ref(column));
        match cells.as_deref() {
            Ok([cells]) if matches!(cells.reading.domain, Domain::Date | Domain::Timestamp) => {
                self.test(asked, &cells.clone(), Newest);
            }
            Ok(_) => self.not_assessed(&asked, "the column holds no dates or timestamps"),
            Err(why) => self.not_assessed(&asked, why),
        }
    }

    fn foreign_key(&mut self, rule: &Rule, columns: &[String], reference: &Reference) {
        let own = Own::Reference(self.referred(reference), rule.limit);
        let asked = self.asked_own(rule, columns, own);
        let known = match self.references.of(columns, reference) {
            Some(known) => known.clone(),
            None => Err("it was not read".to_owned()),
        };
        match known.and_then(|known| Ok((known, self.cells_of(columns)?))) {
            Ok((known, cells)) => self.across(asked, &cells, Referring(known)),
            Err(why) => self.not_assessed(&asked, &why),
        }
    }

    /// "`id` of `data/customers.csv`".
    fn referred(&self, reference: &Reference) -> String {
        let names: Vec<_> = reference.columns.iter().map(|name| quote(name)).collect();
        let data = reference.data.as_ref().map_or(&*self.origin.source, |data| data.as_str());
        format!("{} of {}", names.join(", "), quote(data))
    }
}
