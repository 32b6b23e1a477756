//! JSON Schema of records: an object, or a list of objects.

use super::demand::{ABOVE, BELOW, MAXIMUM, MINIMUM, Mostly, condition};
use super::draft::{Draft, Field};
use super::look::Look;
use super::value::{Value, column};

/// References to references.
const DEPTH: usize = 16;

/// Keys that say nothing about values.
const SILENT: [&str; 17] = [
    "$schema",
    "$id",
    "$comment",
    "$defs",
    "definitions",
    "$anchor",
    "title",
    "description",
    "default",
    "examples",
    "type",
    "properties",
    "required",
    "items",
    "readOnly",
    "writeOnly",
    "deprecated",
];

pub(super) fn read(schema: Look<'_>, draft: &mut Draft) {
    draft.name = schema.get("title").text().map(str::to_owned);
    draft.description = schema.get("description").text().map(str::to_owned);
    let mut record = resolve(schema, schema, draft);
    if record.get("items").is_map() {
        record = resolve(record.get("items"), schema, draft);
    }
    for (name, property) in record.get("properties").map() {
        self::property(name, property, schema, draft);
    }
    for name in record.get("required").texts() {
        let field = draft.column(name);
        // A property that must be there may still be null.
        field.required = !field.nullable;
    }
    let dependent = record.any(&["dependentRequired", "dependencies"]);
    for (name, others) in dependent.map() {
        for other in others.texts() {
            draft.table().list(&[name, other]);
            let (name, other) = (column(name), column(other));
            let text = format!("{name} is not null implies {other} is not null");
            draft.table().rules.push(condition(text, Mostly::ALL));
        }
    }
    for (key, value) in record.map() {
        if !SILENT.contains(&key) && !matches!(key, "$ref" | "dependentRequired") {
            draft.note(
                value.line,
                format!("`{}` of the record: there is no counterpart", key.escape_default()),
            );
        }
    }
}

/// What a reference inside of the file leads to.
fn resolve<'n>(mut node: Look<'n>, root: Look<'n>, draft: &mut Draft) -> Look<'n> {
    for _ in 0..DEPTH {
        let reference = node.get("$ref");
        let Some(path) = reference.text() else { return node };
        let found = path.strip_prefix("#/").map(|path| {
            path.split('/')
                .fold(root, |at, part| at.get(&part.replace("~1", "/").replace("~0", "~")))
        });
        match found.filter(|found| found.is_map()) {
            Some(found) => node = found,
            None => {
                draft.note(reference.line, "a `$ref` that leads out of the file");
                return node;
            }
        }
    }
    draft.note(node.line, "a `$ref` that leads to itself");
    node
}

fn property(name: &str, node: Look<'_>, root: Look<'_>, draft: &mut Draft) {
    let node = resolve(node, root, draft);
    let description = node.any(&["description", "title"]).text().map(str::to_owned);
    let (node, or_null) = match either_null(node) {
        Some(inner) => (resolve(inner, root, draft), true),
        None => (node, false),
    };
    let (nullable, kinds) = kinds(node);
    let nullable = nullable || or_null;
    let logical = match kinds.as_slice() {
        ["integer", "number"] | ["number", "integer"] => Some("number"),
        [one] => Some(*one).filter(|one| ALL.contains(one)),
        _ => None,
    };
    let logical = logical.and_then(|one| ALL.iter().find(|known| **known == one).copied());
    let mut left = Vec::new();
    if logical.is_none() && !kinds.is_empty() {
        left.push((node.get("type").line, "its `type`".to_owned()));
    }
    for key in ["properties", "items"] {
        let inner = node.get(key);
        if inner.is_some() {
            left.push((inner.line, format!("what its `{key}` say")));
        }
    }
    let column = draft.column(name);
    (column.logical, column.nullable) = (logical, nullable);
    column.description =
        description.or_else(|| node.any(&["description", "title"]).text().map(str::to_owned));
    // A format may make it a date, of which there are no lengths.
    let mut keys: Vec<_> = node.map().filter(|(key, _)| !SILENT.contains(key)).collect();
    keys.sort_by_key(|(key, _)| *key != "format");
    for (key, value) in keys {
        if !constraint(key, value, column) {
            left.push((value.line, format!("`{}`", key.escape_default())));
        }
    }
    for (line, what) in left {
        draft.note(line, format!("`{name}`: {what} has no counterpart in a contract"));
    }
}

/// What is meant by `anyOf: [something, { type: null }]`, which is how pydantic writes `Optional`.
fn either_null(node: Look<'_>) -> Option<Look<'_>> {
    let both: Vec<_> = node.any(&["anyOf", "oneOf"]).list().collect();
    let is_null = |one: &Look<'_>| one.get("type").text() == Some("null");
    let [first, second] = both.as_slice() else { return None };
    match (is_null(first), is_null(second)) {
        (false, true) => Some(*first),
        (true, false) => Some(*second),
        _ => None,
    }
}

const ALL: [&str; 6] = ["string", "integer", "number", "boolean", "array", "object"];

/// Whether null is among the types, and the others.
fn kinds<'n>(node: Look<'n>) -> (bool, Vec<&'n str>) {
    let mut kinds = node.get("type").texts();
    let before = kinds.len();
    kinds.retain(|kind| *kind != "null");
    (kinds.len() < before || node.get("nullable").bool() == Some(true), kinds)
}

fn constraint(key: &str, value: Look<'_>, column: &mut Field) -> bool {
    let all = Mostly::ALL;
    match key {
        "minimum" => column.bound(MINIMUM, value.value(), all),
        "maximum" => column.bound(MAXIMUM, value.value(), all),
        "exclusiveMinimum" if value.number().is_some() => column.bound(ABOVE, value.value(), all),
        "exclusiveMaximum" if value.number().is_some() => column.bound(BELOW, value.value(), all),
        // Draft 4 has flags, as ODCS 3.0.
        "exclusiveMinimum" | "exclusiveMaximum" => match (value.bool(), column.logical) {
            (Some(false), _) => true,
            (Some(true), Some("integer" | "number")) if key == "exclusiveMinimum" => {
                column.option("number", "exclusiveMinimum", Value::Plain("true".into()))
            }
            (Some(true), Some("integer" | "number")) => {
                column.option("number", "exclusiveMaximum", Value::Plain("true".into()))
            }
            _ => false,
        },
        "multipleOf" => match value.number() {
            Some(of) if of > 0.0 => column.option("number", "multipleOf", Value::number(of)),
            _ => false,
        },
        "minLength" => column.length(value.number(), None, all),
        "maxLength" => column.length(None, value.number(), all),
        "pattern" => value.text().is_some_and(|text| column.matching(text, all)),
        "enum" => {
            let values = value.values().map(|mut values| {
                values.retain(|value| *value != Value::Plain("null".into()));
                values
            });
            column.among(values.filter(|values| !values.is_empty()), all)
        }
        "const" => column.among(value.value().map(|value| vec![value]), all),
        "format" => format(value.text().unwrap_or_default(), column),
        "nullable" => true,
        _ => false,
    }
}

fn format(format: &str, column: &mut Field) -> bool {
    match format {
        "date" | "time" | "date-time" if column.logical == Some("string") => {
            column.logical = Some(match format {
                "date-time" => "timestamp",
                "date" => "date",
                _ => "time",
            });
            true
        }
        "email" | "uuid" | "uri" | "hostname" | "ipv4" | "ipv6" => {
            column.option("string", "format", Value::text(format))
        }
        "int32" | "int64" if column.logical == Some("integer") => {
            column.option("integer", "format", Value::text(format.replace("int", "i")))
        }
        "float" | "double" => true,
        _ => false,
    }
}
