//! `properties` of a table: the columns.

use std::collections::{BTreeSet, HashMap};

use tollgate_model::{Column, LogicalType, Rule};

use super::quality::{self, Level};
use super::syntax::PropertyFile;
use super::{bounds, quality::not_assessed, relationship};
use crate::record::Recorded;
use crate::shape::At;
use crate::sink::Sink;
use crate::text::{listed, quoted};
use crate::yaml::{Node, Value};
use crate::{Code, Problem, Span, suggest};

/// The logical types by name.
pub(crate) const TYPES: [(&str, LogicalType); 9] = [
    ("string", LogicalType::String),
    ("date", LogicalType::Date),
    ("timestamp", LogicalType::Timestamp),
    ("time", LogicalType::Time),
    ("number", LogicalType::Number),
    ("integer", LogicalType::Integer),
    ("object", LogicalType::Object),
    ("array", LogicalType::Array),
    ("boolean", LogicalType::Boolean),
];

/// What databases and languages call the types.
const OTHER_TYPES: [(&str, &str); 13] = [
    ("int", "integer"),
    ("bigint", "integer"),
    ("long", "integer"),
    ("float", "number"),
    ("double", "number"),
    ("decimal", "number"),
    ("text", "string"),
    ("varchar", "string"),
    ("str", "string"),
    ("bool", "boolean"),
    ("datetime", "timestamp"),
    ("list", "array"),
    ("struct", "object"),
];

/// Classifications whose values may be shown. All others are masked: what is not known to be
/// public is not shown.
const PUBLIC: [&str; 6] =
    ["public", "none", "open", "unclassified", "unrestricted", "non-sensitive"];

/// Names of UTC.
const UTC: [&str; 7] = ["UTC", "Etc/UTC", "Z", "GMT", "Etc/GMT", "Etc/UCT", "Zulu"];

/// The name of a column in the contract, and in the data.
pub(crate) struct Names<'p> {
    pub(crate) logical: &'p str,
    pub(crate) name: &'p str,
    pub(crate) span: Span,
    /// None where the contract has none, or one that is a problem already told.
    pub(crate) logical_type: Option<LogicalType>,
}

pub(crate) fn names(properties: &[At<PropertyFile>]) -> Vec<Names<'_>> {
    properties
        .iter()
        .filter_map(|property| {
            let property = &property.value;
            let name = in_data(property)?;
            let logical = property.name.as_ref().unwrap_or(name);
            let logical_type = property.logical_type.as_ref().and_then(|at| known_type(&at.value));
            Some(Names {
                logical: &logical.value,
                name: &name.value,
                span: name.span,
                logical_type,
            })
        })
        .collect()
}

/// The name in the data: `physicalName` where given, else `name`.
fn in_data(property: &PropertyFile) -> Option<&At<String>> {
    property.physical_name.as_ref().or(property.name.as_ref())
}

/// The column; nothing where it has no name, which is a problem already told.
pub(crate) fn column(
    property: &PropertyFile,
    table: &str,
    columns: &[Names<'_>],
    sink: &mut Sink,
) -> Option<Column> {
    let logical_type = property.logical_type.as_ref().and_then(|at| logical_type(at, sink));
    let bounds = match (&property.logical_type_options, logical_type) {
        (Some(options), Some(logical)) => bounds::bounds(&options.value.0, logical, sink),
        (Some(options), None) if property.given("logicalType").is_none() => {
            sink.add(options_without_type(options.key));
            bounds::Found::default()
        }
        _ => bounds::Found::default(),
    };
    let own = in_data(property).map(|at| at.value.as_str());
    let level = Level::Column { columns, own: own.unwrap_or_default() };
    let mut rules = quality::rules(property.quality.clone(), &level, sink);
    rules.extend(bounds.unchecked.iter().map(|(option, span)| {
        not_assessed(format!("`{option}` of lists and records is not checked"), *span)
    }));
    rules.extend(
        nested(property).map(|span| {
            not_assessed("values inside lists and records are not checked".into(), span)
        }),
    );
    rules.extend(default_timezone(property));
    let related = property.relationships.iter().flat_map(|at| &at.value);
    rules.extend(related.filter_map(|at| relationship::rule(at, table, &level, sink)));
    let is_key = flag(property.primary_key.as_ref());
    Some(Column {
        name: in_data(property)?.value.clone(),
        logical_type,
        required: flag(property.required.as_ref()) || is_key,
        unique: flag(property.unique.as_ref()),
        primary_key: is_key.then(|| position(property)),
        masked: property.classification.as_ref().is_some_and(|at| !is_public(&at.value)),
        bounds: bounds.bounds,
        rules,
        line: property.span().line,
    })
}

fn known_type(name: &str) -> Option<LogicalType> {
    TYPES.iter().find(|(known, _)| *known == name).map(|(_, logical)| *logical)
}

/// Times without an offset are taken as UTC. Where the contract says otherwise, that is told.
fn default_timezone(property: &PropertyFile) -> Option<Rule> {
    let options = &property.logical_type_options.as_ref()?.value.0;
    let zone = options.iter().find(|option| option.key == "defaultTimezone")?;
    let Value::Scalar(name) = &zone.value.value else { return None };
    let is_utc = UTC.iter().any(|utc| utc.eq_ignore_ascii_case(&name.text));
    let why = "times without an offset are taken as UTC, not as `defaultTimezone` says";
    (!is_utc).then(|| not_assessed(why.into(), zone.key_span))
}

fn flag(at: Option<&At<bool>>) -> bool {
    at.is_some_and(|at| at.value)
}

fn is_public(classification: &str) -> bool {
    PUBLIC.contains(&classification.trim().to_lowercase().replace('_', "-").as_str())
}

fn logical_type(at: &At<String>, sink: &mut Sink) -> Option<LogicalType> {
    if let Some(known) = known_type(&at.value) {
        return Some(known);
    }
    let names = || TYPES.iter().map(|(name, _)| *name);
    let lower = at.value.to_lowercase();
    let other = OTHER_TYPES.iter().find(|(theirs, _)| *theirs == lower).map(|(_, ours)| *ours);
    let meant = other.or_else(|| suggest::nearest(&at.value, names()));
    let hint = suggest::did_you_mean(meant).unwrap_or_else(|| listed(names(), "or"));
    let message = format!("{} is not a logical type", quoted(&at.value));
    sink.add(Problem::new(Code::UnknownValue, at.span, message).hint(hint));
    None
}

fn options_without_type(span: Span) -> Problem {
    let message = "`logicalTypeOptions` without a `logicalType` to which they belong";
    Problem::new(Code::OptionMisfit, span, message).hint("add `logicalType:` beside it")
}

fn nested(property: &PropertyFile) -> Option<Span> {
    let is_empty = |node: &Node| match &node.value {
        Value::List(items) => items.is_empty(),
        Value::Map(entries) => entries.is_empty(),
        Value::Scalar(_) => false,
    };
    let inner = property.properties.as_ref().or(property.items.as_ref())?;
    (!is_empty(&inner.value)).then_some(inner.key)
}

/// The position in the primary key as written; 0 where none is, which [`number_keys`] fills in.
/// The standard's default of -1 means none, too.
fn position(property: &PropertyFile) -> u32 {
    let given = property.primary_key_position.as_ref().map(|at| at.value);
    given.and_then(|position| u32::try_from(position).ok()).unwrap_or(0)
}

/// Columns of the key that say no position take the free ones in the order of the file.
pub(crate) fn number_keys(columns: &mut [Column]) {
    let given: BTreeSet<u32> = columns.iter().filter_map(|column| column.primary_key).collect();
    let mut free = (1..).filter(|position| !given.contains(position));
    for key in columns.iter_mut().filter_map(|column| column.primary_key.as_mut()) {
        if *key == 0 {
            *key = free.next().unwrap_or_default();
        }
    }
}

/// Positions count from 1, each stands once, and only columns of the key have one.
pub(crate) fn check_primary_key(properties: &[At<PropertyFile>], sink: &mut Sink) {
    let mut seen = HashMap::new();
    for property in properties {
        let Some(position) = &property.value.primary_key_position else { continue };
        let is_key = flag(property.value.primary_key.as_ref());
        let message = match (is_key, position.value) {
            (_, -1) | (false, ..=0) => continue,
            (false, 1..) => "`primaryKeyPosition` on a column that is not part of the primary key",
            (true, ..=0 | 4_294_967_296..) => "positions in the primary key count from 1",
            (true, _) => match seen.insert(position.value, position.span) {
                None => continue,
                Some(first) => {
                    let message = "two columns at the same position of the primary key";
                    let problem = Problem::new(Code::PrimaryKey, position.span, message);
                    sink.add(problem.also(first, "the other one"));
                    continue;
                }
            },
        };
        sink.add(Problem::new(Code::PrimaryKey, position.span, message));
    }
}
