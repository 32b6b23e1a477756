//! The JSON Schema of `tollgate.yaml`, from the same declarations as its reader.

use serde_json::{Value as Json, json};

use crate::shape::{Defs, Shape};
use crate::syntax::{KINDS, Kind, ProjectFile};

/// The JSON Schema (draft 2020-12) of `tollgate.yaml`, for editors: `docs/schema/`.
#[must_use]
pub fn schema() -> Json {
    let mut defs = Defs::new();
    let root = ProjectFile::schema(&mut defs);
    if let Some(step) = defs.get_mut("StepFile").and_then(Json::as_object_mut) {
        step.insert("oneOf".into(), KINDS.iter().map(kind).collect());
    }
    let mut schema = Defs::new();
    schema.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.insert("title".into(), "tollgate.yaml".into());
    schema.extend(root.as_object().cloned().unwrap_or_default());
    schema.insert("$defs".into(), Json::Object(defs));
    Json::Object(schema)
}

/// A step of one kind has its key, and none that belongs to another kind.
fn kind(kind: &Kind) -> Json {
    let others = KINDS.iter().filter(|other| other.key != kind.key);
    let barred = others.flat_map(|other| other.own.iter().chain([&other.key]));
    let barred: Defs = barred.map(|key| ((*key).to_owned(), json!(false))).collect();
    let required: Vec<&str> = kind.needed.iter().chain([&kind.key]).copied().collect();
    json!({ "required": required, "properties": barred })
}
