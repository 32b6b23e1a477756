//! A look at a node of the file that is imported.

use super::value::Value;
use crate::shape::meaning;
use crate::yaml::{Entry, Meaning, Node, Value as Yaml};

/// A node, or nothing where there is none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look<'n> {
    node: Option<&'n Node>,
    /// Where it is, or would be.
    pub(super) line: u32,
}

impl<'n> Look<'n> {
    pub(super) fn at(node: &'n Node) -> Self {
        Self { node: Some(node), line: node.span.line }
    }

    pub(super) fn get(self, key: &str) -> Self {
        let entry = self.entries().iter().find(|entry| entry.key == key);
        match entry {
            Some(entry) => Self { node: Some(&entry.value), line: entry.key_span.line },
            None => Self { node: None, line: self.line },
        }
    }

    /// The first of these keys that is there.
    pub(super) fn any(self, keys: &[&str]) -> Self {
        let found = keys.iter().map(|key| self.get(key)).find(|found| found.is_some());
        found.unwrap_or(Self { node: None, line: self.line })
    }

    pub(super) fn is_some(self) -> bool {
        self.node.is_some_and(|node| meaning(node) != Some(Meaning::Null))
    }

    pub(super) fn is_map(self) -> bool {
        self.node.is_some_and(|node| matches!(node.value, Yaml::Map(_)))
    }

    pub(super) fn is_list(self) -> bool {
        self.node.is_some_and(|node| matches!(node.value, Yaml::List(_)))
    }

    fn entries(self) -> &'n [Entry] {
        match self.node.map(|node| &node.value) {
            Some(Yaml::Map(entries)) => entries,
            _ => &[],
        }
    }

    /// The keys and values of a map.
    pub(super) fn map(self) -> impl Iterator<Item = (&'n str, Self)> {
        self.entries().iter().map(|entry| {
            let line = entry.key_span.line;
            (entry.key.as_str(), Self { node: Some(&entry.value), line })
        })
    }

    /// The items of a list; of anything else there are none.
    pub(super) fn list(self) -> impl Iterator<Item = Self> {
        let items: &'n [Node] = match self.node.map(|node| &node.value) {
            Some(Yaml::List(items)) => items,
            _ => &[],
        };
        items.iter().map(Self::at)
    }

    pub(super) fn text(self) -> Option<&'n str> {
        match meaning(self.node?) {
            Some(Meaning::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A text, or several.
    pub(super) fn texts(self) -> Vec<&'n str> {
        match self.text() {
            Some(only) => vec![only],
            None => self.list().filter_map(Self::text).collect(),
        }
    }

    pub(super) fn bool(self) -> Option<bool> {
        match meaning(self.node?) {
            Some(Meaning::Bool(value)) => Some(value),
            _ => None,
        }
    }

    /// A finite number.
    pub(super) fn number(self) -> Option<f64> {
        match meaning(self.node?) {
            Some(Meaning::Integer(value)) => Some(value as f64),
            Some(Meaning::Number(value)) => Some(value).filter(|value| value.is_finite()),
            _ => None,
        }
    }

    /// A single value as the contract writes it; of lists and maps there is none.
    pub(super) fn value(self) -> Option<Value> {
        Some(match meaning(self.node?)? {
            Meaning::Null => Value::Plain("null".into()),
            Meaning::Bool(value) => Value::Plain(value.to_string()),
            Meaning::Integer(value) => Value::Plain(value.to_string()),
            Meaning::Number(value) if value.is_finite() => Value::number(value),
            Meaning::Number(_) => return None,
            Meaning::Text(text) => Value::text(text),
        })
    }

    /// Several values; none where one of them is none.
    pub(super) fn values(self) -> Option<Vec<Value>> {
        let values = self.list().map(Self::value).collect::<Option<Vec<_>>>()?;
        (!values.is_empty()).then_some(values)
    }
}
