//! Maps with fixed keys, declared once: the type, its strict reader and its JSON Schema.

use serde_json::{Value as Json, json};

use crate::shape::{At, Defs, Shape, wrong_type};
use crate::sink::Sink;
use crate::text::{listed, quoted};
use crate::yaml::{Entry, Node, Value};
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
            sink.add(wrong_type(node, self.what, sink));
            return None;
        };
        for entry in entries.iter().filter(|entry| !self.has(&entry.key)) {
            sink.add(self.unknown(entry, sink));
        }
        let is_missing = |key: &&KeyInfo| key.needed && entries.iter().all(|e| e.key != key.name);
        for key in self.keys.iter().filter(is_missing) {
            sink.add(self.missing(key, node, sink));
        }
        Some(entries)
    }

    fn has(&self, key: &str) -> bool {
        self.names().any(|known| known == key)
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|key| key.name).chain(self.informs.iter().copied())
    }

    fn unknown(&self, entry: &Entry, sink: &Sink) -> Problem {
        let key = quoted(&entry.key);
        if self.later.contains(&entry.key.as_str()) {
            let message = format!("{key} is not available in this version");
            return Problem::new(Code::NotAvailable, entry.key_span, message)
                .hint("it is planned; remove it until then");
        }
        let message = format!("{} has no key {key}", self.what);
        let problem = Problem::new(Code::UnknownKey, entry.key_span, message).label("unknown key");
        let names: Vec<&str> = self.names().collect();
        let meant = match sink.worth_suggesting() {
            true => suggest::key(&entry.key, &names),
            false => None,
        };
        let own = || self.keys.iter().map(|key| key.name);
        let all = || Some(format!("it has {}", listed(own(), "and")));
        problem.maybe_hint(suggest::did_you_mean(meant).or_else(all))
    }

    fn missing(&self, key: &KeyInfo, node: &Node, sink: &Sink) -> Problem {
        let span = sink.key().map_or(node.span, |(_, span)| *span);
        let message = format!("{} lacks the key `{}`", self.what, key.name);
        let doc = sentence(key.doc);
        Problem::new(Code::MissingKey, span, message)
            .maybe_hint((!doc.is_empty()).then(|| format!("`{}`: {doc}", key.name)))
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

/// Where a value was written; where it wasn't, where its map was.
pub(crate) fn span_of<T>(field: Option<&At<T>>, otherwise: Span) -> Span {
    field.map_or(otherwise, |at| at.span)
}
