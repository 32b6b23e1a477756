//! Lists of features: names and types, as a registry without a tool of its own has them.
//!
//! Each item is `age: integer`, or `{ name: age, type: integer, required: true }`.

use std::collections::{BTreeMap, HashMap};

use tollgate_model::{Feature, FeatureType, Registry};

use crate::record::record;
use crate::shape::{At, Shape, at, wrong_type};
use crate::sink::Sink;
use crate::text::{listed, quoted};
use crate::yaml::{Entry, Node, Value};
use crate::{Code, Problem, Problems, Span, suggest, yaml};

record! {
    /// A feature.
    FeatureFile, "a feature" {
        /// What it is called.
        [needed] name: String,
        /// What its values are.
        [needed] kind = "type": String,
        /// Whether every row has a value. Default: false.
        required: bool,
    }
}

/// What types are called here, in databases and in languages; nothing for those that are not
/// compared.
const TYPES: [(&str, Option<FeatureType>); 30] = [
    ("boolean", Some(FeatureType::Boolean)),
    ("bool", Some(FeatureType::Boolean)),
    ("date", Some(FeatureType::Date)),
    ("float32", Some(FeatureType::Float32)),
    ("real", Some(FeatureType::Float32)),
    ("int8", Some(FeatureType::Int32)),
    ("int16", Some(FeatureType::Int32)),
    ("int32", Some(FeatureType::Int32)),
    ("smallint", Some(FeatureType::Int32)),
    ("integer", Some(FeatureType::Integer)),
    ("int", Some(FeatureType::Integer)),
    ("int64", Some(FeatureType::Integer)),
    ("bigint", Some(FeatureType::Integer)),
    ("long", Some(FeatureType::Integer)),
    ("number", Some(FeatureType::Number)),
    ("float", Some(FeatureType::Number)),
    ("float64", Some(FeatureType::Number)),
    ("double", Some(FeatureType::Number)),
    ("decimal", Some(FeatureType::Number)),
    ("string", Some(FeatureType::Text)),
    ("str", Some(FeatureType::Text)),
    ("text", Some(FeatureType::Text)),
    ("varchar", Some(FeatureType::Text)),
    ("time", Some(FeatureType::Time)),
    ("timestamp", Some(FeatureType::Timestamp)),
    ("datetime", Some(FeatureType::Timestamp)),
    ("bytes", None),
    ("array", None),
    ("list", None),
    ("object", None),
];

/// The features that a YAML list of names and types describes. `path` is the file's name, for
/// messages and reports.
///
/// # Errors
/// Everything that is wrong with it.
pub fn registry(text: &str, path: &str) -> Result<Registry, Problems> {
    let text = Problems::source(text);
    let mut sink = Sink::new(path);
    let features = read(text, &mut sink);
    let registry = features.map(|features| Registry { path: path.to_owned(), features });
    sink.result(registry, BTreeMap::from([(path.to_owned(), text.to_owned())]))
}

fn read(text: &str, sink: &mut Sink) -> Option<Vec<Feature>> {
    let node = yaml::load(text, sink)?;
    let Value::List(items) = &node.value else {
        let hint = "such as `- age: integer`, or `- { name: age, type: integer }`";
        sink.add(wrong_type(&node, "a list of features", sink).hint(hint));
        return None;
    };
    if items.is_empty() {
        sink.add(wrong_type(&node, "a list of features", sink).hint("such as `- age: integer`"));
        return None;
    }
    let features: Vec<_> = items.iter().filter_map(|item| feature(item, sink)).collect();
    once_each(&features, sink);
    Some(features.into_iter().map(|feature| feature.value).collect())
}

fn feature(item: &Node, sink: &mut Sink) -> Option<At<Feature>> {
    if let Value::Map(entries) = &item.value
        && let [entry] = entries.as_slice()
        && entry.key != "name"
    {
        return pair(entry, sink);
    }
    let file = FeatureFile::read(item, sink)?;
    let (name, kind) = (file.name?, file.kind?);
    let kind = feature_type(&kind.value, kind.span, sink)?;
    let required = file.required.is_some_and(|required| required.value);
    Some(at(Feature { name: name.value, kind, required, optional: false }, name.span))
}

/// `age: integer`.
fn pair(entry: &Entry, sink: &mut Sink) -> Option<At<Feature>> {
    let key = (entry.key.as_str(), entry.key_span);
    let name = sink.within(key, |sink| String::read(&entry.value, sink))?;
    let kind = feature_type(&name, entry.value.span, sink)?;
    let name = entry.key.clone();
    Some(at(Feature { name, kind, required: false, optional: false }, entry.key_span))
}

fn feature_type(name: &str, span: Span, sink: &mut Sink) -> Option<Option<FeatureType>> {
    let lower = name.to_lowercase();
    if let Some((_, kind)) = TYPES.iter().find(|(known, _)| *known == lower) {
        return Some(*kind);
    }
    let names = || TYPES.iter().map(|(name, _)| *name);
    let meant = suggest::did_you_mean(suggest::nearest(&lower, names()));
    let usual = ["boolean", "date", "integer", "number", "string", "time", "timestamp"];
    let problem = format!("{} is no type of features", quoted(name));
    let problem = Problem::new(Code::UnknownType, span, problem);
    sink.add(problem.hint(meant.unwrap_or_else(|| format!("such as {}", listed(usual, "or")))));
    None
}

fn once_each(features: &[At<Feature>], sink: &mut Sink) {
    let mut known = HashMap::new();
    for feature in features {
        if let Some(first) = known.insert(feature.value.name.as_str(), feature.span) {
            let message = format!("the feature {} is listed twice", quoted(&feature.value.name));
            let problem = Problem::new(Code::RepeatedFeature, feature.span, message);
            sink.add(problem.label("listed again here").also(first, "first listed here"));
        }
    }
}
