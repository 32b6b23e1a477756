//! pandera: schemas as `io.to_yaml` writes them, in its older forms, too.

use super::demand::{ABOVE, BELOW, MAXIMUM, MINIMUM, Mostly};
use super::draft::{Draft, Field};
use super::look::Look;
use super::types;

/// Keys of a column that are no checks.
const KEYS: [&str; 14] = [
    "title",
    "description",
    "dtype",
    "nullable",
    "checks",
    "unique",
    "coerce",
    "required",
    "regex",
    "name",
    "metadata",
    "default",
    "drop_invalid_rows",
    "parsers",
];

pub(super) fn read(schema: Look<'_>, draft: &mut Draft) {
    draft.name = schema.get("name").text().map(str::to_owned);
    draft.description = schema.get("description").text().map(str::to_owned);
    for (name, column) in schema.get("columns").map() {
        self::column(name, column, draft);
    }
    for index in schema.get("index").list() {
        let Some(name) = index.get("name").text() else { continue };
        column(name, index, draft);
    }
    let together = schema.get("unique");
    if together.is_some() && !draft.table().distinct(&together.texts(), Mostly::ALL) {
        draft.note(together.line, "unique: its columns can't be read");
    }
    table(schema, draft);
}

/// What is said of the table as a whole.
fn table(schema: Look<'_>, draft: &mut Draft) {
    let checks = schema.get("checks");
    if checks.is_some() {
        draft.note(checks.line, "checks of the whole table: there is no counterpart in a contract");
    }
    for (key, what) in [
        ("strict", "that there are no other columns is not said in a contract"),
        ("ordered", "the order of columns is not said in a contract"),
    ] {
        let given = schema.get(key);
        if given.bool() == Some(true) || given.text().is_some() {
            draft.note(given.line, format!("{key}: {what}"));
        }
    }
}

fn column(name: &str, column: Look<'_>, draft: &mut Draft) {
    if column.get("regex").bool() == Some(true) {
        let what = format!("`{name}`: a column by a regular expression, where names are listed");
        return draft.note(column.line, what);
    }
    let dtype = column.get("dtype");
    let kind = dtype.text().and_then(types::named);
    if dtype.is_some() && kind.is_none() && dtype.text() != Some("object") {
        draft.note(dtype.line, format!("`{name}`: its type has no counterpart in a contract"));
    }
    let field = draft.column(name);
    // A column of objects holds texts, as a rule, and is not said to.
    field.logical = kind.filter(|kind| *kind != "object");
    field.description = column.any(&["description", "title"]).text().map(str::to_owned);
    let full = column.get("nullable").bool() != Some(true);
    let there = column.get("required").bool() != Some(false);
    field.required = there && full;
    if full && !there {
        field.no_nulls();
    }
    field.unique = column.get("unique").bool() == Some(true);
    if !there {
        let what = format!("`{name}`: that it may be absent is not said in a contract");
        draft.note(column.get("required").line, what);
    }
    let own = column.map().filter(|(key, _)| !KEYS.contains(key));
    let nested = column.get("checks");
    for (check, value) in own.chain(nested.map()) {
        carry(name, check, value, draft);
    }
    for check in nested.list() {
        let named = check.get("options").get("check_name");
        carry(name, named.text().unwrap_or("a check"), check, draft);
    }
}

fn carry(name: &str, check: &str, value: Look<'_>, draft: &mut Draft) {
    let field = draft.column(name);
    if !self::check(check, value, field) {
        draft.note(
            value.line,
            format!("{check} of `{name}`: there is no counterpart in a contract"),
        );
    }
}

/// The argument of a check, which stands alone, as its `value`, or under its own name.
fn argument<'n>(value: Look<'n>, name: &str) -> Look<'n> {
    if value.is_map() { value.any(&[name, "value"]) } else { value }
}

fn check(check: &str, value: Look<'_>, field: &mut Field) -> bool {
    let all = Mostly::ALL;
    let text = |name: &str| argument(value, name).text().map(str::to_owned);
    match check {
        "greater_than_or_equal_to" | "ge" => {
            field.bound(MINIMUM, argument(value, "min_value").value(), all)
        }
        "less_than_or_equal_to" | "le" => {
            field.bound(MAXIMUM, argument(value, "max_value").value(), all)
        }
        "greater_than" | "gt" => field.bound(ABOVE, argument(value, "min_value").value(), all),
        "less_than" | "lt" => field.bound(BELOW, argument(value, "max_value").value(), all),
        "equal_to" | "eq" => field.among(argument(value, "value").value().map(|v| vec![v]), all),
        "not_equal_to" | "ne" => {
            field.none_of(argument(value, "value").value().map(|v| vec![v]), all)
        }
        "in_range" | "between" => {
            let open = |key: &str| value.get(key).bool() == Some(false);
            let low = if open("include_min") { ABOVE } else { MINIMUM };
            let high = if open("include_max") { BELOW } else { MAXIMUM };
            let one = field.bound(low, value.get("min_value").value(), all);
            field.bound(high, value.get("max_value").value(), all) && one
        }
        "isin" => field.among(argument(value, "allowed_values").values(), all),
        "notin" => field.none_of(argument(value, "forbidden_values").values(), all),
        // Python's `match` begins at the beginning.
        "str_matches" => {
            text("pattern").is_some_and(|pattern| field.matching(&format!("^(?:{pattern})"), all))
        }
        "str_contains" => text("pattern").is_some_and(|pattern| field.matching(&pattern, all)),
        "str_startswith" => text("string")
            .is_some_and(|start| field.matching(&format!("^{}", regex::escape(&start)), all)),
        "str_endswith" => text("string")
            .is_some_and(|end| field.matching(&format!("{}$", regex::escape(&end)), all)),
        "str_length" => {
            let number = |key: &str| value.get(key).number();
            let exact = number("exact_value");
            field.length(exact.or(number("min_value")), exact.or(number("max_value")), all)
        }
        _ => false,
    }
}
