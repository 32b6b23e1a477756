//! Great Expectations: suites in JSON, of 0.x and 1.x.

use super::draft::Draft;
use super::expectation;
use super::look::Look;

pub(super) fn read(suite: Look<'_>, draft: &mut Draft) {
    draft.name = suite.any(&["name", "expectation_suite_name"]).text().map(str::to_owned);
    for expectation in suite.get("expectations").list() {
        let named = expectation.any(&["type", "expectation_type"]);
        let name = snake(named.text().unwrap_or_default());
        let marks = draft.marks();
        let arguments = expectation.get("kwargs");
        let severity = expectation.get("severity").text();
        let column = arguments.get("column").text();
        match expectation::carry(&name, arguments, column, draft.table()) {
            Ok(()) => {
                let soft = severity.filter(|word| matches!(*word, "warning" | "info"));
                let share = arguments.get("mostly");
                if share.number().is_some_and(|share| share < 1.0) && !name.contains("null") {
                    draft.share.get_or_insert(share.line);
                }
                soft.into_iter().for_each(|word| draft.soften(&marks, word));
            }
            Err(why) => {
                let of = column.map(|column| format!(" of `{column}`")).unwrap_or_default();
                draft.note(named.line, format!("{name}{of}: {why}"));
            }
        }
    }
}

/// `ExpectColumnToExist` is `expect_column_to_exist`.
fn snake(name: &str) -> String {
    if name.contains('_') {
        return name.to_ascii_lowercase();
    }
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}
