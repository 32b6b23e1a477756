//! `relationships`: columns that refer to those of other tables.

use tollgate_model::{Check, Reference, RelPath, Rule, Severity};

use super::custom::reference;
use super::metric::column;
use super::quality::{Level, not_assessed, nothing};
use super::syntax::RelationshipFile;
use crate::record::Recorded;
use crate::shape::{At, Shape, at, meaning};
use crate::sink::Sink;
use crate::text::quoted;
use crate::yaml::{Meaning, Node, Value};
use crate::{Code, Problem};

/// The custom property that names the file of the other table, of which the standard says nothing.
const DATA: &str = "tollgate.data";

/// The rule that follows from the relationship; nothing where it is a problem.
pub(crate) fn rule(
    file: &At<RelationshipFile>,
    table: &str,
    level: &Level<'_>,
    sink: &mut Sink,
) -> Option<Rule> {
    kind(&file.value, sink)?;
    let to = file.value.to.as_ref()?;
    let theirs = sink.within(("to", to.key), |sink| names(&to.value, sink))?;
    let ours = own(&file.value, table, level, sink)?;
    let parts: Vec<_> = theirs.iter().map(|name| shorthand(&name.value)).collect();
    let Some(parts) = parts.into_iter().collect::<Option<Vec<_>>>() else {
        let why = "a relationship by identifiers (`schema/…/properties/…`) is not followed";
        return Some(not_assessed(why.into(), to.key));
    };
    let data = match data(&file.value, sink) {
        Ok(data) => data,
        Err(()) => return None,
    };
    let is_own = parts.iter().all(|(other, _)| *other == table);
    if data.is_none() && !is_own {
        let why = format!(
            "a relationship with another table: name its file in the custom property `{DATA}`"
        );
        return Some(not_assessed(why, to.key));
    }
    let columns: Vec<String> = match data {
        None => parts
            .iter()
            .map(|(_, name)| column(&at((*name).to_owned(), to.span), level.columns(), sink))
            .collect::<Option<_>>()?,
        Some(_) => parts.iter().map(|(_, name)| (*name).to_owned()).collect(),
    };
    let same = data.is_none() && columns == ours;
    let check = reference(ours, Reference { data, columns }, same, to.key, sink)?;
    Some(made(check, file))
}

fn made(check: Check, file: &At<RelationshipFile>) -> Rule {
    let line = file.value.span().line;
    Rule { name: None, check, limit: nothing(), severity: Severity::Error, line }
}

fn kind(file: &RelationshipFile, sink: &mut Sink) -> Option<()> {
    let Some(kind) = file.kind.as_ref().filter(|kind| kind.value != "foreignKey") else {
        return Some(());
    };
    let message = format!("{} is not a type of relationship", quoted(&kind.value));
    let problem = Problem::new(Code::UnknownValue, kind.span, message);
    sink.add(problem.hint("write `foreignKey`"));
    None
}

/// The columns that refer: those of `from`, else the one that it stands on.
fn own(
    file: &RelationshipFile,
    table: &str,
    level: &Level<'_>,
    sink: &mut Sink,
) -> Option<Vec<String>> {
    let Some(from) = &file.from else {
        if let Some(own) = level.own() {
            return Some(vec![own.to_owned()]);
        }
        let message = "a relationship of a table lacks the key `from`";
        sink.add(Problem::new(Code::MissingKey, file.span(), message));
        return None;
    };
    let names = sink.within(("from", from.key), |sink| names(&from.value, sink))?;
    let column = |name: &At<String>| {
        let name = match shorthand(&name.value) {
            Some((other, column)) if other == table => At { value: column.to_owned(), ..*name },
            _ => name.clone(),
        };
        column(&name, level.columns(), sink)
    };
    names.iter().map(column).collect()
}

/// One name, or several.
fn names(node: &Node, sink: &mut Sink) -> Option<Vec<At<String>>> {
    match &node.value {
        Value::List(_) => Vec::<At<String>>::read(node, sink),
        _ => String::read(node, sink).map(|name| vec![at(name, node.span)]),
    }
}

/// `table.column`.
fn shorthand(name: &str) -> Option<(&str, &str)> {
    name.split_once('.').filter(|(table, column)| {
        !table.is_empty() && !column.is_empty() && !name.contains(['/', '#'])
    })
}

/// The file that `tollgate.data` names.
fn data(file: &RelationshipFile, sink: &mut Sink) -> Result<Option<RelPath>, ()> {
    let Some(properties) = &file.custom_properties else { return Ok(None) };
    let Value::List(items) = &properties.value.value else { return Ok(None) };
    let value = items.iter().find_map(|item| {
        let Value::Map(entries) = &item.value else { return None };
        let get = |key: &str| entries.iter().find(|entry| entry.key == key);
        let is_ours = meaning(&get("property")?.value) == Some(Meaning::Text(DATA));
        is_ours.then(|| get("value")).flatten()
    });
    let Some(value) = value else { return Ok(None) };
    let key = (DATA, value.key_span);
    sink.within(key, |sink| RelPath::read(&value.value, sink)).map(Some).ok_or(())
}
