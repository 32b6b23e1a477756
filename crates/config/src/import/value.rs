//! Values of the contract that is written, as YAML.

use serde_json::Value as Json;

/// A value, with keys in the order in which they are written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    /// A number, a truth value or null, as it is written.
    Plain(String),
    List(Vec<Value>),
    Map(Vec<(&'static str, Value)>),
}

/// Words that are no texts in some YAML.
const WORDS: [&str; 10] =
    ["true", "false", "null", "yes", "no", "on", "off", "nan", "inf", "infinity"];

impl Value {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn number(number: f64) -> Self {
        Self::Plain(number.to_string())
    }

    pub(super) fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self::List(texts.into_iter().map(Self::text).collect())
    }

    /// On one line.
    pub(super) fn yaml(&self) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::Plain(text) => text.clone(),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(Self::yaml).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Map(entries) => {
                let entry = |(key, value): &(&str, Self)| format!("{key}: {}", value.yaml());
                let entries: Vec<_> = entries.iter().map(entry).collect();
                format!("{{ {} }}", entries.join(", "))
            }
        }
    }
}

/// A text that no reader takes for anything else.
pub(super) fn quoted(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.len() > 1
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(text));
    match plain {
        true => text.to_owned(),
        // A JSON text is one of YAML, once what YAML takes for the end of a line is escaped.
        false => Json::from(text)
            .to_string()
            .replace('\u{85}', "\\u0085")
            .replace('\u{2028}', "\\u2028")
            .replace('\u{2029}', "\\u2029")
            .replace('\u{feff}', "\\ufeff")
            .replace('\u{7f}', "\\u007f"),
    }
}

/// A column as conditions name it.
pub(super) fn column(name: &str) -> String {
    let word = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let keywords = ["and", "or", "not", "implies", "is", "null", "in", "between", "true", "false"];
    match word && !keywords.iter().any(|keyword| keyword.eq_ignore_ascii_case(name)) {
        true => name.to_owned(),
        false => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

/// A value as conditions write it; none where they can't.
pub(super) fn literal(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(format!("'{}'", text.replace('\'', "''"))),
        Value::Plain(text) if text != "null" => Some(text.clone()),
        _ => None,
    }
}
