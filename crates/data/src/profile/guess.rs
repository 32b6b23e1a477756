//! Of which type the columns of a file without types are.

use std::sync::Arc;

use tollgate_model::{Bounds, Column, LogicalType, Table};

use super::take::{alike, names};
use super::{ColumnType, Watched};
use crate::batch::{ColumnBatch, State, Token};
use crate::checks::{Facts, Format, Tally, Test};
use crate::domain::Domain;
use crate::parse::pattern::Pattern;
use crate::parse::{number, temporal};
use crate::plan::Plan;
use crate::reader::{Kind, Opening, SourceColumn};
use crate::report::{Demand, Origin, Outcome};
use crate::run::open;
use crate::{DataError, DataSet, Options};

/// In the order in which they are preferred: `1` is a whole number before it is a truth value.
const TYPES: [ColumnType; 6] = [
    ColumnType::Integer,
    ColumnType::Number,
    ColumnType::Boolean,
    ColumnType::Date,
    ColumnType::Timestamp,
    ColumnType::Time,
];
/// Ways to write a day that are not ISO 8601's.
const DATES: [&str; 5] = ["dd.MM.yyyy", "dd/MM/yyyy", "MM/dd/yyyy", "yyyy/MM/dd", "dd-MM-yyyy"];
/// Forms of text that no other text has by chance.
const FORMATS: [(&str, Format); 4] = [
    ("email", Format::Email),
    ("uuid", Format::Uuid),
    ("ipv4", Format::Ipv4),
    ("uri", Format::Uri),
];

/// What all values of a column may be.
#[derive(Clone, Debug)]
enum Form {
    /// Something at all.
    Blank,
    /// Of a type.
    Type(ColumnType),
    /// Days in this notation.
    Date(Pattern),
}

/// Finds the cells that are not of a form. One in each batch is enough.
struct Unlike(Form);

impl Test for Unlike {
    fn observe(&self, column: &ColumnBatch, tally: &mut Tally) {
        let unlike = |at: &usize| {
            let text = column.text.get(*at).trim_ascii();
            match column.text.token(*at) {
                Some(token) => !self.0.is_written_as(token, text),
                None => !text.is_empty() && !self.0.fits(text),
            }
        };
        let first = column.rows_in(State::Valid).find(unlike);
        first.into_iter().for_each(|at| tally.add(column, at));
    }

    fn is_kept(&self, facts: &Facts) -> bool {
        facts.nulls == facts.rows
    }
}

impl Form {
    /// The same in JSON, where a text is no number, though it may look like one.
    fn is_written_as(&self, token: Token, text: &[u8]) -> bool {
        let written = match self {
            Self::Blank => return token == Token::Null,
            Self::Type(ColumnType::Integer | ColumnType::Number) => Token::Number,
            Self::Type(ColumnType::Boolean) => Token::Bool,
            Self::Type(_) | Self::Date(_) => Token::String,
        };
        token == Token::Null || (token == written && self.fits(text))
    }

    fn fits(&self, text: &[u8]) -> bool {
        match self {
            Self::Blank => false,
            Self::Type(ColumnType::Integer) => number::wide(text).is_some() && !is_code(text),
            Self::Type(ColumnType::Number) => number::number(text).is_some() && !is_code(text),
            Self::Type(ColumnType::Boolean) => number::boolean(text).is_some(),
            Self::Type(ColumnType::Date) => temporal::date(text).is_some(),
            Self::Type(ColumnType::Timestamp) => temporal::timestamp(text).is_some(),
            Self::Type(ColumnType::Time) => temporal::time(text).is_some(),
            Self::Type(ColumnType::Text) => true,
            Self::Date(pattern) => pattern.parse(text, Domain::Date).is_some(),
        }
    }
}

/// Digits with a 0 before them are postal codes and the like: as numbers they would lose it.
fn is_code(text: &[u8]) -> bool {
    matches!(text, [b'0', next, ..] if next.is_ascii_digit())
}

/// The columns of the data and their types, as a table of a contract without demands but for the
/// `format` of texts and dates where all have one. Of CSV and JSON all cells are read: a type is
/// only told if every value is of it.
///
/// # Errors
/// If the data can't be read to its end, its files differ in their columns, or `cancelled` says so.
pub fn guess(
    set: &DataSet,
    options: &Options,
    cancelled: &dyn Fn() -> bool,
) -> Result<Table, DataError> {
    let is_text = |column: &SourceColumn| {
        column.kind.is_untyped() || column.kind == Kind::Typed(Domain::Text)
    };
    answered(set, &is_text, options, cancelled)
}

/// The same with answers for some of the columns alone: those that are watched and have no type
/// of their own. Of the others nothing is read.
pub(super) fn types(
    set: &DataSet,
    watched: &Watched<'_>,
    options: &Options,
    cancelled: &dyn Fn() -> bool,
) -> Result<Table, DataError> {
    let is_open = |column: &SourceColumn| column.kind.is_untyped() && watched.wants(&column.name);
    answered(set, &is_open, options, cancelled)
}

fn answered(
    set: &DataSet,
    are_asked: &dyn Fn(&SourceColumn) -> bool,
    options: &Options,
    cancelled: &dyn Fn() -> bool,
) -> Result<Table, DataError> {
    let names = names(set, options, cancelled)?;
    let opening = Opening { options, names: &names };
    let source = open(set, &opening)?;
    let columns = source.columns().to_vec();
    let nothing = Table { name: "data".to_owned(), columns: vec![], rules: vec![], line: 0 };
    let origin = Origin { source: set.shown().to_owned(), contract: String::new() };
    let plan = || Plan::asking(&columns, &nothing, origin.clone(), options, are_asked, &questions);
    let (plan, pass) = alike(set, source, &plan, &opening, cancelled)?;
    let mut answers: Vec<(String, Question)> = Vec::new();
    for check in plan.checks {
        let name = check.asked().columns.first().cloned().unwrap_or_default();
        let Demand::Kind(question) = check.asked().demand.clone() else { continue };
        if matches!(check.finish(pass.rows), Outcome::Kept) {
            answers.push((name, question));
        }
    }
    let told = |column: &SourceColumn| {
        let own = answers.iter().filter(|(name, _)| *name == column.name);
        settle(column, &own.map(|(_, question)| question.as_str()).collect::<Vec<_>>())
    };
    Ok(Table { columns: columns.iter().map(told).collect(), ..nothing })
}

/// The word under which an answer is found.
type Question = String;

const BLANK: &str = "blank";
const TEXT: &str = "Text";

/// What is asked of each text column.
fn questions() -> Vec<(Question, Arc<dyn Test>)> {
    let mut all: Vec<(Question, Arc<dyn Test>)> =
        vec![(BLANK.to_owned(), Arc::new(Unlike(Form::Blank)))];
    for kind in TYPES.into_iter().chain([ColumnType::Text]) {
        all.push((format!("{kind:?}"), Arc::new(Unlike(Form::Type(kind)))));
    }
    for form in DATES {
        if let Ok(pattern) = Pattern::compile(form) {
            all.push((form.to_owned(), Arc::new(Unlike(Form::Date(pattern)))));
        }
    }
    for (name, format) in FORMATS {
        all.push((name.to_owned(), Arc::new(format)));
    }
    all
}

/// The column, by what all its values are.
fn settle(column: &SourceColumn, kept: &[&str]) -> Column {
    let has = |question: &str| kept.contains(&question);
    let mut told = plain(&column.name);
    match &column.kind {
        Kind::Typed(domain) if *domain != Domain::Text => {
            told.logical_type = Some(logical((*domain).into()));
            return told;
        }
        Kind::Untyped | Kind::Typed(_) => told.logical_type = Some(LogicalType::String),
        // Text where there is text alone; else any value, as there may be several kinds.
        Kind::Json => told.logical_type = has(TEXT).then_some(LogicalType::String),
        Kind::Record => told.logical_type = Some(LogicalType::Object),
        Kind::List => told.logical_type = Some(LogicalType::Array),
        Kind::Unsupported(_) => {}
    }
    if has(BLANK) {
        told.logical_type = told.logical_type.filter(|_| column.kind != Kind::Json);
        return told;
    }
    let untyped = column.kind.is_untyped();
    let dates: Vec<_> = DATES.iter().filter(|form| has(form)).collect();
    if let Some(kind) = TYPES.iter().find(|kind| untyped && has(&format!("{kind:?}"))) {
        told.logical_type = Some(logical(*kind));
    } else if let (true, [only]) = (untyped, dates.as_slice()) {
        told.logical_type = Some(LogicalType::Date);
        told.bounds.format = Some((**only).to_owned());
    } else if told.logical_type.is_none() {
        return told;
    } else if let Some((name, _)) = FORMATS.iter().find(|(name, _)| has(name)) {
        told.bounds.format = Some((*name).to_owned());
    }
    told
}

/// A column of any type without demands.
pub(crate) fn plain(name: &str) -> Column {
    Column {
        name: name.to_owned(),
        logical_type: None,
        required: false,
        unique: false,
        primary_key: None,
        masked: false,
        bounds: Bounds::default(),
        rules: vec![],
        line: 0,
    }
}

pub(crate) fn logical(kind: ColumnType) -> LogicalType {
    match kind {
        ColumnType::Boolean => LogicalType::Boolean,
        ColumnType::Date => LogicalType::Date,
        ColumnType::Integer => LogicalType::Integer,
        ColumnType::Number => LogicalType::Number,
        ColumnType::Text => LogicalType::String,
        ColumnType::Time => LogicalType::Time,
        ColumnType::Timestamp => LogicalType::Timestamp,
    }
}
