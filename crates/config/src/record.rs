//! Maps with fixed keys, declared once: the type, its strict reader and its JSON Schema.

use serde_json::{Value as Json, json};

use crate::shape::{At, Defs, Shape, meaning, wrong_type};
use crate::sink::Sink;
use crate::text::{listed, quoted};
use crate::yaml::{Entry, Meaning, Node, Value};
use crate::{Code, Problem, Span, suggest};

/// Declares a map with fixed keys. Documentation comments become the schema's descriptions, so
/// that editors explain what this crate enforces.
///
/// `[needed]` marks a key that must be there; a key is written in quotes where it isn't the
/// field's name. `later` lists keys of the design that this version doesn't have,
/// `informs` keys that are accepted and knowingly not looked at.
macro_rules! record {
    (
        $(#[doc = $about:literal])*
        $name:ident, $what:literal {
            $($(#[doc = $doc:literal])* $([$needed:ident])? $field:ident $(= $key:literal)? : $type:ty,)*
        }
        $(later $later:expr;)?
        $(informs $informs:expr;)?
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug)]
        pub(crate) struct $name {
            written: $crate::record::Written,
            $($(#[doc = $doc])* pub(crate) $field: Option<$crate::shape::At<$type>>,)*
        }

        impl $name {
            pub(crate) const RECORD: $crate::record::Record = $crate::record::Record {
                name: stringify!($name),
                what: $what,
                about: &[$($about),*],
                keys: &[$($crate::record::KeyInfo {
                    name: $crate::record::record!(@key $field $($key)?),
                    doc: &[$($doc),*],
                    needed: $crate::record::record!(@needed $($needed)?),
                },)*],
                later: $crate::record::record!(@list $($later)?),
                informs: $crate::record::record!(@list $($informs)?),
            };
        }

        impl $crate::record::Recorded for $name {
            fn written(&self) -> &$crate::record::Written {
                &self.written
            }
        }

        impl $crate::shape::Shape for $name {
            fn read(
                node: &$crate::yaml::Node,
                sink: &mut $crate::sink::Sink,
            ) -> Option<Self> {
                let entries = Self::RECORD.open(node, sink)?;
                Some(Self {
                    written: $crate::record::Written::new(node.span, entries),
                    $($field: $crate::record::field(
                        entries,
                        $crate::record::record!(@key $field $($key)?),
                        sink,
                    ),)*
                })
            }

            fn schema(defs: &mut $crate::shape::Defs) -> serde_json::Value {
                Self::RECORD.schema(defs, |defs| {
                    vec![$(<$type as $crate::shape::Shape>::schema(defs)),*]
                })
            }
        }
    };
    (@key $field:ident) => { stringify!($field) };
    (@key $field:ident $key:literal) => { $key };
    (@list) => { &[] };
    (@list $list:expr) => { &$list };
    (@needed) => { false };
    (@needed needed) => { true };
}

pub(crate) use record;

/// What was written of a record.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    span: Span,
    keys: Vec<(String, Span)>,
}

impl Written {
    pub(crate) fn new(span: Span, entries: &[Entry]) -> Self {
        let keys = entries.iter().map(|entry| (entry.key.clone(), entry.key_span)).collect();
        Self { span, keys }
    }
}

/// A map with fixed keys, read.
pub(crate) trait Recorded {
    /// What was written of it.
    fn written(&self) -> &Written;

    /// Where the map was written.
    fn span(&self) -> Span {
        self.written().span
    }

    /// Where a key was written, whether or not its value could be read.
    fn given(&self, key: &str) -> Option<Span> {
        self.written().keys.iter().find(|(given, _)| given == key).map(|(_, span)| *span)
    }

    /// Whether a key was written that is none of these.
    fn has_others(&self, known: &[KeyInfo]) -> bool {
        let is_known = |given: &str| known.iter().any(|key| key.name == given);
        self.written().keys.iter().any(|(given, _)| !is_known(given))
    }
}

/// What is known about a map with fixed keys.
pub(crate) struct Record {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) about: &'static [&'static str],
    pub(crate) keys: &'static [KeyInfo],
    /// Keys that are part of the design, and not of this version.
    pub(crate) later: &'static [&'static str],
    /// Keys that only inform people and catalogues: accepted, and knowingly not looked at.
    pub(crate) informs: &'static [&'static str],
}

/// A key of a record.
pub(crate) struct KeyInfo {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static [&'static str],
    pub(crate) needed: bool,
}

/// The value of a key, where it is there and can be read.
pub(crate) fn field<T: Shape>(entries: &[Entry], key: &str, sink: &mut Sink) -> Option<At<T>> {
    let entry = entries.iter().find(|entry| entry.key == key)?;
    let read = |sink: &mut Sink| T::read(&entry.value, sink);
    let value = sink.within((key, entry.key_span), read)?;
    Some(At { value, span: entry.value.span, key: entry.key_span })
}

impl Record {
    /// The entries of the map. Unknown and missing keys go to `sink`.
    pub(crate) fn open<'n>(&self, node: &'n Node, sink: &mut Sink) -> Option<&'n [Entry]> {
        let Value::Map(entries) = &node.value else {
            sink.add(wrong_type(node, self.what, sink).maybe_hint(self.instead(node, sink)));
            return None;
        };
        let mut misspelt = Vec::new();
        for entry in entries.iter().filter(|entry| !self.has(&entry.key)) {
            misspelt.extend(self.unknown(entry, sink));
        }
        // A key that is there under another name has been told already.
        let is_there = |key: &KeyInfo| {
            misspelt.contains(&key.name) || entries.iter().any(|entry| entry.key == key.name)
        };
        let missing: Vec<&KeyInfo> =
            self.keys.iter().filter(|key| key.needed && !is_there(key)).collect();
        if !missing.is_empty() {
            sink.add(self.missing(&missing, node, sink));
        }
        Some(entries)
    }

    /// How a value that is no map was probably meant.
    fn instead(&self, node: &Node, sink: &Sink) -> Option<String> {
        let first = self.keys.first()?.name;
        let text = match meaning(node) {
            Some(Meaning::Text(text)) => text,
            _ => return Some(format!("it has keys such as `{first}:`")),
        };
        let is_key = |(key, value): (&str, &str)| self.has(key) && !value.is_empty();
        if text.split_once(':').is_some_and(is_key) {
            return Some("a space is missing after the `:`".into());
        }
        match sink.key() {
            Some(_) => {
                Some(format!("did you mean `{{ {first}: {} }}`?", quoted(text).trim_matches('`')))
            }
            None => Some(format!("it has keys such as `{first}:`")),
        }
    }

    fn has(&self, key: &str) -> bool {
        self.names().any(|known| known == key)
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|key| key.name).chain(self.informs.iter().copied())
    }

    /// Tells about an unknown key, and returns the known one that was probably meant.
    fn unknown(&self, entry: &Entry, sink: &mut Sink) -> Option<&'static str> {
        let key = quoted(&entry.key);
        if self.later.contains(&entry.key.as_str()) {
            let message = format!("{key} is not available in this version");
            let problem = Problem::new(Code::NotAvailable, entry.key_span, message);
            sink.add(problem.hint("it is planned; remove it until then"));
            return None;
        }
        let names: Vec<&'static str> = self.names().collect();
        let meant = match sink.worth_suggesting() {
            true => suggest::key(&entry.key, &names),
            false => None,
        };
        let own = || self.keys.iter().map(|key| key.name);
        let all = || Some(format!("it has {}", listed(own(), "and")));
        let message = format!("{} has no key {key}", self.what);
        let problem = Problem::new(Code::UnknownKey, entry.key_span, message).label("unknown key");
        sink.add(problem.maybe_hint(suggest::did_you_mean(meant).or_else(all)));
        meant
    }

    fn missing(&self, keys: &[&KeyInfo], node: &Node, sink: &Sink) -> Problem {
        let span = sink.key().map_or(node.span, |(_, span)| *span);
        let names = listed(keys.iter().map(|key| key.name), "and");
        let plural = if keys.len() == 1 { "" } else { "s" };
        let message = format!("{} lacks the key{plural} {names}", self.what);
        let docs: Vec<String> =
            keys.iter().map(|key| format!("`{}:` {}", key.name, sentence(key.doc))).collect();
        Problem::new(Code::MissingKey, span, message).hint(docs.join("\n"))
    }

    /// The schema of the map; `types` are those of the keys, in their order.
    pub(crate) fn schema(
        &self,
        defs: &mut Defs,
        types: impl FnOnce(&mut Defs) -> Vec<Json>,
    ) -> Json {
        if !defs.contains_key(self.name) {
            // Held first, so that a record that holds itself comes to an end.
            defs.insert(self.name.to_owned(), Json::Null);
            let types = types(defs);
            defs.insert(self.name.to_owned(), self.object(types));
        }
        json!({ "$ref": format!("#/$defs/{}", self.name) })
    }

    fn object(&self, types: Vec<Json>) -> Json {
        let described = |(key, mut json): (&KeyInfo, Json)| {
            if let (Some(object), false) = (json.as_object_mut(), key.doc.is_empty()) {
                object.insert("description".into(), sentence(key.doc).into());
            }
            (key.name.to_owned(), json)
        };
        let properties: Defs = self.keys.iter().zip(types).map(described).collect();
        let required = self.keys.iter().filter(|key| key.needed).map(|key| key.name);
        json!({
            "type": "object",
            "description": sentence(self.about),
            "properties": properties,
            "required": required.collect::<Vec<_>>(),
            "additionalProperties": false,
        })
    }
}

/// Documentation lines as one text.
fn sentence(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}
