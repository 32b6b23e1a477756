//! dbt: the properties of models, sources, seeds and snapshots, with their tests.

use super::demand::{ABOVE, BELOW, MAXIMUM, MINIMUM, Mostly, condition};
use super::draft::{Draft, Table};
use super::finish::Known;
use super::look::Look;
use super::value::{Value, column};
use super::{expectation, types};

pub(super) fn read(file: Look<'_>, draft: &mut Draft) {
    for kind in ["models", "seeds", "snapshots"] {
        for model in file.get(kind).list() {
            table(model, draft);
        }
    }
    for source in file.get("sources").list() {
        freshness(source, draft);
        for one in source.get("tables").list() {
            table(one, draft);
            freshness(one, draft);
        }
    }
}

fn freshness(node: Look<'_>, draft: &mut Draft) {
    for given in [node.get("freshness"), node.get("config").get("freshness")] {
        if given.is_some() {
            let what = "freshness: say it of a column, with Tollgate's own rule `freshness`";
            draft.note(given.line, what);
        }
    }
}

fn table(model: Look<'_>, draft: &mut Draft) {
    let Some(name) = model.get("name").text() else {
        return draft.note(model.line, "a table without a name");
    };
    let description = model.get("description").text().map(str::to_owned);
    draft.tables.push(Table::named(name, description));
    for one in model.get("columns").list() {
        let Some(name) = one.get("name").text() else {
            draft.note(one.line, "a column without a name");
            continue;
        };
        let kind = one.get("data_type");
        let field = draft.column(name);
        field.logical = kind.text().and_then(types::named);
        field.description = one.get("description").text().map(str::to_owned);
        if kind.is_some() && field.logical.is_none() {
            draft.note(kind.line, format!("`{name}`: its type has no counterpart in a contract"));
        }
    }
    // A test of one column may speak of others.
    for one in model.get("columns").list() {
        let name = one.get("name").text();
        tests(one).filter(|_| name.is_some()).for_each(|test| self::test(test, name, draft));
    }
    for test in tests(model) {
        self::test(test, None, draft);
    }
}

fn tests<'n>(node: Look<'n>) -> impl Iterator<Item = Look<'n>> {
    node.get("tests").list().chain(node.get("data_tests").list())
}

/// A test by its name, with its arguments.
fn test(node: Look<'_>, on: Option<&str>, draft: &mut Draft) {
    let (name, given) = match (node.text(), node.map().next()) {
        (Some(name), _) => (name, node),
        (None, Some((name, given))) => (name, given),
        (None, None) => return draft.note(node.line, "a test that can't be read"),
    };
    // Since dbt 1.10 arguments stand under a key of their own.
    let arguments = if given.get("arguments").is_map() { given.get("arguments") } else { given };
    let marks = draft.marks();
    let partly = given.get("where").is_some() || given.get("config").get("where").is_some();
    let severity = given.get("config").get("severity").text().or(given.get("severity").text());
    let warns = severity.is_some_and(|word| word.eq_ignore_ascii_case("warn"));
    let done = match (partly, on) {
        (true, _) => Err("it holds of some rows only (`where`)".to_owned()),
        // A property of a column is no warning; a rule can be one.
        (false, Some(on)) if warns && name == "not_null" => {
            draft.column(on).no_nulls();
            Ok(())
        }
        (false, Some(on)) if warns && name == "unique" => {
            draft.column(on).no_repeats();
            Ok(())
        }
        (false, _) => carry(name, arguments, on, draft),
    };
    for key in ["error_if", "warn_if"] {
        let limit = given.get("config").any(&[key]);
        let limit = if limit.is_some() { limit } else { given.get(key) };
        if limit.is_some() {
            let of = on.map(|column| format!(" of `{column}`")).unwrap_or_default();
            let what = format!("{key} of {}{of}: one broken row is enough", name.escape_default());
            draft.note(limit.line, what);
        }
    }
    match done {
        Ok(()) if warns => draft.soften(&marks, "warning"),
        Ok(()) => {}
        Err(why) => {
            let of = on.map(|column| format!(" of `{column}`")).unwrap_or_default();
            draft.note(node.line, format!("{}{of}: {why}", name.escape_default()));
        }
    }
}

fn carry(
    name: &str,
    arguments: Look<'_>,
    on: Option<&str>,
    draft: &mut Draft,
) -> Result<(), String> {
    let done =
        |done: bool| if done { Ok(()) } else { Err("its arguments can't be read".to_owned()) };
    if let Some(expectation) = name.strip_prefix("dbt_expectations.") {
        return expectation::carry(expectation, arguments, on, draft.table());
    }
    let all = Mostly::ALL;
    let table = draft.table();
    match (name, on) {
        ("not_null", Some(on)) => done({
            table.column(on).not_null(all);
            true
        }),
        ("unique", Some(on)) => done({
            table.column(on).distinct(all);
            true
        }),
        ("accepted_values", Some(on)) => {
            done(table.column(on).among(arguments.get("values").values(), all))
        }
        ("relationships", Some(on)) => done(relationship(arguments, on, table)),
        ("dbt_utils.not_null_proportion", Some(on)) => {
            let share = arguments.get("at_least").number().and_then(Mostly::new);
            done(share.map(|share| table.column(on).not_null(share)).is_some())
        }
        ("dbt_utils.not_empty_string", Some(on)) => {
            done(table.column(on).length(Some(1.0), None, all))
        }
        ("dbt_utils.accepted_range", Some(on)) => done(range(arguments, on, table)),
        ("dbt_utils.unique_combination_of_columns", _) => {
            done(table.distinct(&arguments.get("combination_of_columns").texts(), all))
        }
        ("dbt_utils.expression_is_true", _) => {
            let Some(expression) = arguments.get("expression").text() else { return done(false) };
            let text = match on {
                Some(on) => format!("{} {expression}", column(on)),
                None => expression.to_owned(),
            };
            match Known::of(table).can_say(&text) {
                true => table.rules.push(condition(text, all)),
                false => return Err("its expression can't be checked here".to_owned()),
            }
            Ok(())
        }
        _ => Err("there is no counterpart in a contract".to_owned()),
    }
}

fn range(arguments: Look<'_>, on: &str, table: &mut Table) -> bool {
    let inclusive = arguments.get("inclusive").bool() != Some(false);
    let (low, high) = if inclusive { (MINIMUM, MAXIMUM) } else { (ABOVE, BELOW) };
    let ends = [("min_value", low), ("max_value", high)];
    let given = ends.into_iter().filter(|(key, _)| arguments.get(key).is_some());
    given.fold(true, |all, (key, bar)| {
        table.column(on).bound(bar, arguments.get(key).value(), Mostly::ALL) && all
    })
}

/// `to: ref('customers')`, `to: source('shop', 'customers')`.
fn relationship(arguments: Look<'_>, on: &str, table: &mut Table) -> bool {
    let to = arguments.get("to").text().unwrap_or_default();
    let other = to.rsplit(['\'', '"']).nth(1).unwrap_or_default();
    let field = arguments.get("field").text().unwrap_or_default();
    let name = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if !name(other) || !name(field) {
        return false;
    }
    let to = Value::text(format!("{other}.{field}"));
    table.column(on).relationships.push(Value::Map(vec![("to", to)]));
    true
}
