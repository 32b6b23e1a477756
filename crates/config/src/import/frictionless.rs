//! Frictionless: Table Schema, and the resources of a data package.

use super::demand::{ABOVE, BELOW, MAXIMUM, MINIMUM, Mostly, custom, metric};
use super::draft::{Draft, Field, Table};
use super::look::Look;
use super::types;
use super::value::Value;

pub(super) fn read(file: Look<'_>, draft: &mut Draft) {
    draft.name = file.any(&["name", "title"]).text().map(str::to_owned);
    draft.description = file.get("description").text().map(str::to_owned);
    if !file.get("resources").is_list() {
        return table(file.any(&["schema"]), file, file, draft);
    }
    for resource in file.get("resources").list() {
        let name = resource.get("name").text().unwrap_or_default();
        let description = resource.get("description").text().map(str::to_owned);
        draft.tables.push(Table::named(name, description));
        table(resource.get("schema"), resource, file, draft);
    }
}

/// The last table, of a schema that stands alone or in a resource.
fn table(schema: Look<'_>, resource: Look<'_>, package: Look<'_>, draft: &mut Draft) {
    let schema = if schema.is_map() { schema } else { resource };
    if let (Some(text), true) = (resource.get("schema").text(), draft.tables.len() > 1) {
        draft.note(schema.line, format!("the schema `{text}` stands elsewhere: import it alone"));
    }
    for field in schema.get("fields").list() {
        self::field(field, draft);
    }
    let key = schema.get("primaryKey");
    for (at, name) in key.texts().into_iter().enumerate() {
        draft.column(name).key = Some(at + 1);
    }
    for together in schema.get("uniqueKeys").list() {
        let done = draft.table().distinct(&together.texts(), Mostly::ALL);
        if !done {
            draft.note(together.line, "uniqueKeys: its columns can't be read");
        }
    }
    for key in schema.get("foreignKeys").list() {
        foreign_key(key, package, draft);
    }
    missing(schema.get("missingValues"), draft);
}

/// Texts that stand for nothing, which then are no faults of a type.
fn missing(values: Look<'_>, draft: &mut Draft) {
    let texts: Vec<_> = values.texts().into_iter().filter(|text| !text.is_empty()).collect();
    if texts.is_empty() {
        return;
    }
    for column in &mut draft.table().columns {
        let arguments = vec![("missingValues", Value::texts(texts.iter().copied()))];
        let any = vec![("mustBeGreaterOrEqualTo", Value::number(0.0))];
        column.rules.push(metric("missingValues", arguments, any));
    }
}

fn field(field: Look<'_>, draft: &mut Draft) {
    let Some(name) = field.get("name").text() else {
        return draft.note(field.line, "a field without a name");
    };
    let kind = field.get("type").text().unwrap_or("any");
    let logical = match kind {
        "any" => None,
        "year" => Some("integer"),
        "geojson" => Some("object"),
        other => types::named(other),
    };
    let unknown = logical.is_none() && kind != "any";
    let column = draft.column(name);
    column.logical = logical;
    column.description = field.any(&["description", "title"]).text().map(str::to_owned);
    let formed = format(kind, field.get("format"), column);
    let mut left: Vec<(u32, String)> = Vec::new();
    if unknown {
        left.push((field.line, format!("the type `{}`", kind.escape_default())));
    }
    if !formed {
        left.push((field.get("format").line, "its `format`".into()));
    }
    for key in ["decimalChar", "groupChar", "bareNumber", "trueValues", "falseValues"] {
        if field.get(key).is_some() {
            left.push((field.get(key).line, format!("`{key}`")));
        }
    }
    for (key, value) in field.get("constraints").map() {
        if !constraint(key, value, column) {
            left.push((value.line, format!("`{}`", key.escape_default())));
        }
    }
    for (line, what) in left {
        draft.note(line, format!("`{name}`: {what} has no counterpart in a contract"));
    }
}

fn format(kind: &str, format: Look<'_>, column: &mut Field) -> bool {
    let Some(text) = format.text().filter(|text| !matches!(*text, "default" | "any")) else {
        return true;
    };
    match kind {
        "string" => match text {
            "email" | "uri" | "uuid" => column.option("string", "format", Value::text(text)),
            _ => false,
        },
        "date" | "datetime" | "time" => match types::strftime(text) {
            Some((found, form)) => column.option(found, "format", Value::text(form)),
            None => false,
        },
        _ => false,
    }
}

fn constraint(key: &str, value: Look<'_>, column: &mut Field) -> bool {
    let all = Mostly::ALL;
    match key {
        "required" => {
            column.required = value.bool() == Some(true);
            value.bool().is_some()
        }
        "unique" => {
            column.unique = value.bool() == Some(true);
            value.bool().is_some()
        }
        "minimum" => column.bound(MINIMUM, value.value(), all),
        "maximum" => column.bound(MAXIMUM, value.value(), all),
        "exclusiveMinimum" => column.bound(ABOVE, value.value(), all),
        "exclusiveMaximum" => column.bound(BELOW, value.value(), all),
        "minLength" => column.length(value.number(), None, all),
        "maxLength" => column.length(None, value.number(), all),
        // It must match the whole.
        "pattern" => {
            value.text().is_some_and(|text| column.matching(&format!("^(?:{text})$"), all))
        }
        "enum" => column.among(value.values(), all),
        _ => false,
    }
}

fn foreign_key(key: Look<'_>, package: Look<'_>, draft: &mut Draft) {
    let (ours, reference) = (key.get("fields").texts(), key.get("reference"));
    let theirs = reference.get("fields").texts();
    let resource = reference.get("resource").text().unwrap_or_default();
    if ours.is_empty() || ours.len() != theirs.len() {
        return draft.note(key.line, "a foreign key whose fields can't be read");
    }
    let mut to = Vec::new();
    if !resource.is_empty() {
        let named = |other: &Look<'_>| other.get("name").text() == Some(resource);
        let path = package.get("resources").list().find(named).and_then(|it| it.get("path").text());
        let Some(path) = path.filter(|path| path.parse::<tollgate_model::RelPath>().is_ok()) else {
            let what = "is no resource with a file beside this one";
            return draft
                .note(key.line, format!("a foreign key: `{}` {what}", resource.escape_default()));
        };
        to.push(("data", Value::text(path)));
    }
    to.push(("columns", Value::texts(theirs)));
    let columns = Value::texts(ours);
    let key = Value::Map(vec![("columns", columns), ("references", Value::Map(to))]);
    draft.table().rules.push(custom(vec![("foreignKey", key)], Mostly::ALL));
}
