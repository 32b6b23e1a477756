//! What a value can look like: how it is read, and how JSON Schema says the same.

use serde_json::{Map, Value as Json, json};

use crate::sink::Sink;
use crate::text::quoted;
use crate::yaml::{Meaning, Node, Value};
use crate::{Code, Problem, Span};

/// Named parts of a JSON Schema.
pub(crate) type Defs = Map<String, Json>;

/// A type that is read from a node. Reading and schema stand side by side, so that an editor and
/// this crate don't disagree.
pub(crate) trait Shape: Sized {
    /// Items of a list of such values, for hints.
    const ITEMS: &'static str = "a, b";

    /// The value; nothing where it can't be read, with the reason in `sink`.
    fn read(node: &Node, sink: &mut Sink) -> Option<Self>;

    /// The same as JSON Schema (draft 2020-12).
    fn schema(defs: &mut Defs) -> Json;
}

/// A value with the place of its key, and its own. An item of a list is its own key.
#[derive(Clone, Debug)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
    pub(crate) key: Span,
}

/// A map whose keys the user chooses, in the order of the file.
#[derive(Clone, Debug)]
pub(crate) struct Named<K, T> {
    /// What could be read.
    pub(crate) entries: Vec<(At<K>, At<T>)>,
    /// All keys as written, so that a value that can't be read does not make its name unknown.
    pub(crate) names: Vec<String>,
}

/// A key that the user chooses.
pub(crate) trait Key: Sized {
    /// What such a map is, for `expected …`.
    const EXPECTED: &'static str;
    /// The key from its text, or why it isn't one.
    fn parse(text: &str) -> Result<Self, String>;
    /// What JSON Schema asks of the key.
    fn schema() -> Json;
}

/// The problem of a value of another type.
pub(crate) fn wrong_type(node: &Node, expected: &str, sink: &Sink) -> Problem {
    let message = format!("expected {expected}, found {}", node.describe());
    // What is empty has no place; the key has.
    let span = match (node.span.start == node.span.end, sink.key()) {
        (true, Some((_, key))) => *key,
        _ => node.span,
    };
    sink.value(Code::WrongType, span, &message)
}

pub(crate) fn meaning(node: &Node) -> Option<Meaning<'_>> {
    match &node.value {
        Value::Scalar(scalar) => Some(scalar.meaning()),
        _ => None,
    }
}

pub(crate) fn at<T>(value: T, span: Span) -> At<T> {
    At { value, span, key: span }
}

/// A text that is not empty, with what is expected said in `expected`'s words.
pub(crate) fn text<'n>(node: &'n Node, expected: &str, sink: &mut Sink) -> Option<&'n str> {
    match meaning(node) {
        Some(Meaning::Text(text)) if !text.trim().is_empty() => return Some(text),
        _ => sink.add(wrong_type(node, expected, sink).maybe_hint(text_hint(node))),
    }
    None
}

fn text_hint(node: &Node) -> Option<String> {
    match (&node.value, meaning(node)) {
        (Value::Scalar(_), Some(Meaning::Null | Meaning::Text(_))) => None,
        (Value::Scalar(scalar), _) => {
            Some(format!("as a text it stands in quotes: \"{}\"", scalar.text))
        }
        (Value::Map(entries), _) if entries.len() == 1 => {
            Some("a `: ` makes it a map: put the whole text in quotes".into())
        }
        (Value::List(items), _) if items.len() == 1 => {
            Some("write it without `[ ]` or `- `".into())
        }
        (Value::List(_), _) => {
            Some("several lines are one text: `|` behind the key, then the lines, indented".into())
        }
        _ => None,
    }
}

impl Shape for String {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        text(node, "a text", sink).map(str::to_owned)
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "string", "minLength": 1 })
    }
}

impl Shape for bool {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        if let Some(Meaning::Bool(value)) = meaning(node) {
            return Some(value);
        }
        let problem = wrong_type(node, "`true` or `false`", sink);
        sink.add(match meaning(node) {
            Some(Meaning::Text("yes" | "on" | "Yes" | "On" | "y")) => problem.hint("write `true`"),
            Some(Meaning::Text("no" | "off" | "No" | "Off" | "n")) => problem.hint("write `false`"),
            Some(Meaning::Text("true" | "false")) => problem.hint("remove the quotes"),
            _ => problem,
        });
        None
    }

    fn schema(_: &mut Defs) -> Json {
        json!({ "type": "boolean" })
    }
}

impl<T: Shape> Shape for Vec<At<T>> {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        if let Value::List(items) = &node.value {
            let read = |item: &Node| T::read(item, sink).map(|value| at(value, item.span));
            let read: Self = items.iter().filter_map(read).collect();
            // A list that comes out empty was written empty.
            return (items.is_empty() || !read.is_empty()).then_some(read);
        }
        let hint = match meaning(node) {
            Some(Meaning::Null) => Some("remove the key, or write `[]`".to_owned()),
            Some(_) => Some("a list of one is written in `[ ]`".to_owned()),
            None => Some(format!("a list is written `[{}]`", T::ITEMS)),
        };
        sink.add(wrong_type(node, "a list", sink).maybe_hint(hint));
        None
    }

    fn schema(defs: &mut Defs) -> Json {
        json!({ "type": "array", "items": T::schema(defs) })
    }
}

impl<K: Key, T: Shape> Shape for Named<K, T> {
    fn read(node: &Node, sink: &mut Sink) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            sink.add(wrong_type(node, K::EXPECTED, sink).maybe_hint(names_hint(node)));
            return None;
        };
        let names = entries.iter().map(|entry| entry.key.clone()).collect();
        let mut read = Vec::new();
        for entry in entries {
            let key = K::parse(&entry.key).map_err(|why| bad_key(&entry.key, entry.key_span, &why));
            let at_key = (entry.key.as_str(), entry.key_span);
            let value = sink.within(at_key, |sink| T::read(&entry.value, sink));
            match (key, value) {
                (Ok(key), Some(value)) => {
                    let value = At { value, span: entry.value.span, key: entry.key_span };
                    read.push((at(key, entry.key_span), value));
                }
                (Err(problem), _) => sink.add(problem),
                (Ok(_), None) => {}
            }
        }
        Some(Self { entries: read, names })
    }

    fn schema(defs: &mut Defs) -> Json {
        json!({
            "type": "object",
            "propertyNames": K::schema(),
            "additionalProperties": T::schema(defs),
        })
    }
}

fn names_hint(node: &Node) -> Option<String> {
    match (&node.value, meaning(node)) {
        (Value::List(_), _) => Some("write `NAME: …` for each instead of `- …`".into()),
        (_, Some(Meaning::Null)) => {
            Some("add what belongs to it, indented, or remove the key".into())
        }
        _ => None,
    }
}

fn bad_key(key: &str, span: Span, why: &str) -> Problem {
    Problem::new(Code::BadName, span, format!("{} can't be a name here: {why}", quoted(key)))
}

impl Shape for Node {
    fn read(node: &Node, _: &mut Sink) -> Option<Self> {
        Some(node.clone())
    }

    fn schema(_: &mut Defs) -> Json {
        json!(true)
    }
}
