//! What other tools know about data, as a contract (ODCS v3.1).
//!
//! A file is read into a [`draft`](draft::Draft), whatever it is; a contract is written from that,
//! and read again, so that what comes out is one. What can't be carried over is told with its line,
//! never passed over.

mod dbt;
mod demand;
mod draft;
mod expectation;
mod finish;
mod frictionless;
mod gx;
mod json_schema;
mod look;
mod pandera;
mod types;
mod value;
mod write;

use std::borrow::Cow;
use std::collections::BTreeMap;

use self::draft::Draft;
use self::look::Look;
use crate::sink::Sink;
use crate::{Code, Problem, Problems, Span, yaml};

/// A format that contracts are imported from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A suite of Great Expectations, 0.x or 1.x, as JSON.
    GreatExpectations,
    /// A schema of pandera, as `io.to_yaml` writes it.
    Pandera,
    /// A Table Schema, or a data package, of Frictionless.
    Frictionless,
    /// JSON Schema of records.
    JsonSchema,
    /// The properties of dbt's models, with their tests.
    Dbt,
}

/// A contract that was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// What it was read as.
    pub format: Format,
    /// The contract, as YAML. What is not carried over stands above it as comments.
    pub contract: String,
    /// What is not carried over, in the order of the file.
    pub notes: Vec<Note>,
}

/// Something that is not carried over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its line in the file that was imported, counted from 1.
    pub line: u32,
    /// What it is, and why.
    pub what: String,
}

impl Format {
    /// What it is called in a sentence.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GreatExpectations => "Great Expectations",
            Self::Pandera => "pandera",
            Self::Frictionless => "Frictionless",
            Self::JsonSchema => "JSON Schema",
            Self::Dbt => "dbt",
        }
    }

    fn read(self, file: Look<'_>, draft: &mut Draft) {
        match self {
            Self::GreatExpectations => gx::read(file, draft),
            Self::Pandera => pandera::read(file, draft),
            Self::Frictionless => frictionless::read(file, draft),
            Self::JsonSchema => json_schema::read(file, draft),
            Self::Dbt => dbt::read(file, draft),
        }
    }

    /// The format that the keys of the file show.
    fn of(file: Look<'_>) -> Option<Self> {
        let has = |key: &str| file.get(key).is_some();
        if file.get("expectations").is_list() {
            Some(Self::GreatExpectations)
        } else if has("schema_type") || file.get("columns").is_map() {
            Some(Self::Pandera)
        } else if ["models", "sources", "seeds", "snapshots"].into_iter().any(has) {
            Some(Self::Dbt)
        } else if file.get("fields").is_list() || file.get("resources").is_list() {
            Some(Self::Frictionless)
        } else if has("properties") || has("$schema") || file.get("items").is_map() {
            Some(Self::JsonSchema)
        } else {
            None
        }
    }
}

/// The contract that a file of another tool describes. `path` is the file's name, for messages and
/// where the file itself has no name; without a format it is recognised.
///
/// # Errors
/// Everything that keeps the file from being read.
pub fn import(text: &str, path: &str, format: Option<Format>) -> Result<Imported, Problems> {
    let text = Problems::source(text);
    let mut sink = Sink::new(path);
    let imported = read(text, path, format, &mut sink);
    sink.result(imported, BTreeMap::from([(path.to_owned(), text.to_owned())]))
}

fn read(text: &str, path: &str, format: Option<Format>, sink: &mut Sink) -> Option<Imported> {
    let node = yaml::load(&as_yaml(text), sink)?;
    let file = Look::at(&node);
    let Some(format) = format.or_else(|| Format::of(file)) else {
        sink.add(unknown(node.span, file));
        return None;
    };
    let mut draft = Draft::default();
    format.read(file, &mut draft);
    finish::finish(&mut draft, path);
    if draft.tables.iter().all(|table| table.columns.is_empty() && table.rules.is_empty()) {
        let message = format!("nothing in it that {} has, and a contract could say", format.name());
        sink.add(Problem::new(Code::NotImportable, node.span, message).maybe_hint(left(&draft)));
        return None;
    }
    let contract = write::contract(&draft, path, format);
    match crate::contract(&contract, "the contract") {
        Ok(_) => Some(Imported { format, contract, notes: draft.notes }),
        Err(problems) => {
            let first = problems.as_slice().first().map(|problem| problem.message.clone());
            let message = format!("no contract can say that: {}", first.unwrap_or_default());
            sink.add(Problem::new(Code::NotImportable, node.span, message));
            None
        }
    }
}

fn left(draft: &Draft) -> Option<String> {
    draft.notes.first().map(|note| format!("line {}: {}", note.line, note.what))
}

fn unknown(span: Span, file: Look<'_>) -> Problem {
    let message = "the format of the file is not recognised";
    let problem = Problem::new(Code::NotImportable, span, message);
    match file.get("kind").text() {
        Some("DataContract") => problem.hint("it is a contract already"),
        _ => problem.hint("say it: `--from` gx, pandera, frictionless, jsonschema or dbt"),
    }
}

/// JSON as YAML reads it, too: without tabs, and without the halves of a character as escapes.
fn as_yaml(text: &str) -> Cow<'_, str> {
    if !text.trim_start().starts_with(['{', '[']) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let (escape, length) = escape(&rest[at..]);
        match escape {
            Some(c) => plain.push(c),
            None => plain.push_str(&rest[at..at + length]),
        }
        rest = &rest[at + length..];
    }
    plain.push_str(rest);
    Cow::Owned(plain.replace('\t', " "))
}

/// The character that two escapes are together; else the escape is left as it is.
fn escape(rest: &str) -> (Option<char>, usize) {
    let unit = |at: usize| {
        let digits = rest.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    if let (Some(high), Some(low)) = (unit(0), unit(6))
        && let Some(Ok(c)) = char::decode_utf16([high, low]).next()
        && !(0xd800..0xe000).contains(&u32::from(c))
        && u32::from(c) > 0xffff
    {
        return (Some(c), 12);
    }
    // With the character that follows, so that an escaped backslash begins no other escape.
    (None, 1 + rest[1..].chars().next().map_or(0, char::len_utf8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_read_as_yaml() {
        assert_eq!(as_yaml("{\"a\":\t\"\\ud83d\\ude00\"}"), "{\"a\": \"😀\"}");
        assert_eq!(as_yaml("{\"a\": \"\\\\ud83d\\ude00\"}"), "{\"a\": \"\\\\ud83d\\ude00\"}");
        assert_eq!(as_yaml("{\"a\": \"\\u00e9\\"), "{\"a\": \"\\u00e9\\");
        assert_eq!(as_yaml("a: \\\t"), "a: \\\t");
    }
}
