//! `schema`: the tables.

use std::collections::HashMap;

use tollgate_model::{Column, Table};

use super::column;
use super::quality::{self, Level};
use super::relationship;
use super::syntax::ObjectFile;
use crate::record::Recorded;
use crate::shape::At;
use crate::sink::Sink;
use crate::text::quoted;
use crate::{Code, Problem, Span};

/// The tables; nothing where there are none, which is a problem.
pub(crate) fn tables(
    schema: Option<At<Vec<At<ObjectFile>>>>,
    sink: &mut Sink,
) -> Option<Vec<Table>> {
    let schema = schema?;
    if schema.value.is_empty() {
        let problem = Problem::new(Code::NoTables, schema.key, "a contract that describes no data");
        sink.add(problem.hint("data can be checked against the tables that `schema` lists"));
    }
    let names = schema.value.iter().filter_map(|object| object.value.name.as_ref());
    distinct(names.map(|name| (name.value.as_str(), name.span)), "table", sink);
    Some(schema.value.into_iter().filter_map(|object| table(object, sink)).collect())
}

fn table(object: At<ObjectFile>, sink: &mut Sink) -> Option<Table> {
    let object = object.value;
    logical_type(&object, sink);
    let line = object.span().line;
    let name = object.name?;
    let properties = object.properties.map(|properties| properties.value).unwrap_or_default();
    let named = column::names(&properties);
    distinct(named.iter().map(|named| (named.name, named.span)), "column", sink);
    let level = Level::Table { columns: &named };
    let mut rules = quality::rules(object.quality, &level, sink);
    let related = object.relationships.iter().flat_map(|at| &at.value);
    rules.extend(related.filter_map(|at| relationship::rule(at, &name.value, &level, sink)));
    // A schema that stands elsewhere (in a registry) is no mistake, and nothing was checked.
    if properties.is_empty() && rules.is_empty() {
        rules.push(quality::not_assessed(
            "the table lists no columns and no rules".into(),
            name.span,
        ));
    }
    let column = |property: &At<_>| column::column(&property.value, &name.value, &named, sink);
    let mut columns: Vec<Column> = properties.iter().filter_map(column).collect();
    column::check_primary_key(&properties, sink);
    column::number_keys(&mut columns);
    let mut keys: Vec<&mut Column> =
        columns.iter_mut().filter(|column| column.primary_key.is_some()).collect();
    if let [only] = keys.as_mut_slice() {
        only.unique = true;
    }
    Some(Table { name: name.value, columns, rules, line })
}

fn logical_type(object: &ObjectFile, sink: &mut Sink) {
    let Some(logical) = object.logical_type.as_ref().filter(|logical| logical.value != "object")
    else {
        return;
    };
    let message = format!("{} is not the logical type of a table", quoted(&logical.value));
    sink.add(
        Problem::new(Code::UnknownValue, logical.span, message).hint("write `logicalType: object`"),
    );
}

fn distinct<'n>(names: impl Iterator<Item = (&'n str, Span)>, what: &str, sink: &mut Sink) {
    let mut seen = HashMap::new();
    for (name, span) in names {
        if let Some(first) = seen.insert(name, span) {
            let message = format!("two {what}s are named {}", quoted(name));
            sink.add(
                Problem::new(Code::DuplicateName, span, message)
                    .label("named again here")
                    .also(first, "first named here"),
            );
        }
    }
}
