//! A draft as the text of a contract: the same draft, the same text.

use super::draft::{Draft, Field, Table};
use super::value::{Value, quoted};
use super::{Format, Note};

/// A text on lines of its own.
struct Text(String);

impl Text {
    fn line(&mut self, indent: usize, line: &str) {
        self.0.extend(std::iter::repeat_n(' ', indent));
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn key(&mut self, indent: usize, key: &str, value: &str) {
        self.line(indent, &format!("{key}: {value}"));
    }

    fn list(&mut self, indent: usize, key: &str, items: &[Value]) {
        if items.is_empty() {
            return;
        }
        self.line(indent, &format!("{key}:"));
        for item in items {
            self.line(indent + 2, &format!("- {}", item.yaml()));
        }
    }

    fn comment(&mut self, comment: &str) {
        let harmless = |c: char| if c.is_control() { ' ' } else { c };
        let line: String = comment.chars().map(harmless).collect();
        self.line(0, &format!("# {line}"));
    }
}

pub(super) fn contract(draft: &Draft, path: &str, format: Format) -> String {
    let mut text = Text(String::new());
    text.comment(&format!("Imported from {path} ({}).", format.name()));
    if !draft.notes.is_empty() {
        text.comment("Not carried over:");
        for Note { line, what } in &draft.notes {
            text.comment(&format!("  line {line}: {what}"));
        }
    }
    let name = draft.name.as_deref().unwrap_or("data");
    text.key(0, "apiVersion", "v3.1.0");
    text.key(0, "kind", "DataContract");
    text.key(0, "id", &quoted(&identifier(name)));
    text.key(0, "name", &quoted(name));
    text.key(0, "version", "1.0.0");
    text.key(0, "status", "draft");
    if let Some(description) = &draft.description {
        text.key(0, "description", &format!("{{ purpose: {} }}", quoted(description)));
    }
    text.line(0, "schema:");
    draft.tables.iter().for_each(|table| self::table(table, &mut text));
    text.0
}

fn table(table: &Table, text: &mut Text) {
    text.line(2, &format!("- name: {}", quoted(&table.name)));
    if let Some(description) = &table.description {
        text.key(4, "description", &quoted(description));
    }
    if !table.columns.is_empty() {
        text.line(4, "properties:");
        table.columns.iter().for_each(|column| self::column(column, text));
    }
    text.list(4, "quality", &table.rules);
}

fn column(column: &Field, text: &mut Text) {
    text.line(6, &format!("- name: {}", quoted(&column.name)));
    if let Some(logical) = column.logical {
        text.key(8, "logicalType", logical);
    }
    if let Some(description) = &column.description {
        text.key(8, "description", &quoted(description));
    }
    if let Some(position) = column.key {
        text.key(8, "primaryKey", "true");
        text.key(8, "primaryKeyPosition", &position.to_string());
    }
    for (key, is) in [("required", column.required), ("unique", column.unique)] {
        if is {
            text.key(8, key, "true");
        }
    }
    if !column.options.is_empty() {
        text.key(8, "logicalTypeOptions", &Value::Map(column.options.clone()).yaml());
    }
    text.list(8, "relationships", &column.relationships);
    text.list(8, "quality", &column.rules);
}

/// Letters, digits and dashes.
fn identifier(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let text: String = name.chars().map(plain).collect();
    let parts: Vec<_> = text.split('-').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { "data".to_owned() } else { parts.join("-") }
}
