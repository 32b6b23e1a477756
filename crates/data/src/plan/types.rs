//! Which types fit together, and in which form dates are written.

use tollgate_model::{Column, Finding, LogicalType};

use super::{Cells, Planner};
use crate::checks::{Members, Mistyped};
use crate::domain::Domain;
use crate::parse::pattern::Pattern;
use crate::reader::Kind;
use crate::report::{Asked, Demand};

/// The form of a date or time, where the contract has one; else the one that is not supported.
pub(super) fn pattern(column: &Column, domain: Domain) -> Option<Result<Pattern, String>> {
    let temporal = matches!(domain, Domain::Date | Domain::Timestamp | Domain::Time);
    let format = column.bounds.format.as_deref().filter(|_| temporal)?;
    let named = matches!(format, "date" | "date-time" | "time" | "iso8601" | "ISO8601");
    let compiled = (!named).then(|| Pattern::compile(format))?;
    Some(compiled.map_err(|why| format!("in its date format {why}")))
}

impl Planner<'_> {
    /// What the source itself says of the column's type.
    pub(super) fn stored_type(&mut self, column: &Column, kind: &Kind) {
        let Some(logical) = column.logical_type else {
            return;
        };
        let found = match kind {
            Kind::Unsupported(what) => {
                let asked = self.type_asked(column);
                return self.not_assessed(&asked, &format!("{what} is not read"));
            }
            Kind::Untyped | Kind::Json
                if matches!(logical, LogicalType::Object | LogicalType::Array) =>
            {
                let asked = self.type_asked(column);
                return self.not_assessed(&asked, "records and lists are not read from text");
            }
            Kind::Typed(domain) if !fits(logical, *domain) => domain.noun(),
            Kind::Record if logical != LogicalType::Object => "a record",
            Kind::List if logical != LogicalType::Array => "a list",
            _ => return,
        };
        let finding = self.mismatch(column, found);
        self.plan.findings.push(finding);
    }

    fn mismatch(&self, column: &Column, found: &str) -> Finding {
        let asked = self.type_asked(column);
        let expected = logical_noun(column.logical_type);
        let message = format!("`{}`: the file stores {found}, not {expected}", column.name);
        let hint = "convert the column, or correct its `logicalType`";
        asked.finding(message).contrast(expected, found).hint(hint)
    }

    /// Whether each text of the column is of its type.
    pub(super) fn text_types(&mut self, column: &Column, cells: &Cells) {
        let listed = column.rules.iter().flat_map(super::rules::listed_as_missing);
        let missing = Members::new(listed, cells.reading.domain);
        let asked = self.type_asked(column);
        self.test(asked, cells, Mistyped { missing });
    }

    fn type_asked(&self, column: &Column) -> Asked {
        let (noun, domain) = (logical_noun(column.logical_type), Domain::of(column.logical_type));
        match (&column.bounds.format, pattern(column, domain)) {
            (Some(format), Some(_)) => {
                let noun = format!("{noun} in the form `{format}`");
                self.asked("data.format", column, Demand::Kind(noun))
            }
            _ => self.asked("data.type", column, Demand::Kind(noun.to_owned())),
        }
    }
}

fn logical_noun(logical: Option<LogicalType>) -> &'static str {
    match logical {
        Some(LogicalType::Object) => "a record",
        Some(LogicalType::Array) => "a list",
        Some(LogicalType::String) | None => "UTF-8 text",
        other => Domain::of(other).noun(),
    }
}

/// Whether values of the domain are of the logical type.
fn fits(logical: LogicalType, domain: Domain) -> bool {
    match logical {
        LogicalType::String => domain == Domain::Text,
        LogicalType::Date => domain == Domain::Date,
        LogicalType::Timestamp => domain == Domain::Timestamp,
        LogicalType::Time => domain == Domain::Time,
        LogicalType::Boolean => domain == Domain::Boolean,
        LogicalType::Integer => matches!(domain, Domain::Integer | Domain::Decimal { scale: 0 }),
        LogicalType::Number => {
            matches!(domain, Domain::Integer | Domain::Decimal { .. } | Domain::Number { .. })
        }
        LogicalType::Object | LogicalType::Array => false,
    }
}
