//! The registry of Feast, as `feast registry-dump` writes it.
//!
//! Shape: the protobuf messages of feast/core as JSON (FeatureView, OnDemandFeatureView, Entity,
//! Feature, DataSource), names in camelCase, types by the names of feast.types.ValueType. What is
//! not known here is passed over, so that a later Feast can say more.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use tollgate_model::{Feature, FeatureType, Registry};

/// The key by which Feast joins what belongs to no entity. No data has it.
const NO_ENTITY: &str = "__dummy_id";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Dump {
    entities: Vec<Object<EntitySpec>>,
    feature_views: Vec<Object<ViewSpec>>,
    stream_feature_views: Vec<Object<ViewSpec>>,
    on_demand_feature_views: Vec<Object<ViewSpec>>,
}

#[derive(Deserialize)]
struct Object<T> {
    spec: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EntitySpec {
    name: String,
    join_key: Option<String>,
    value_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ViewSpec {
    name: String,
    #[serde(default)]
    features: Vec<FeatureSpec>,
    #[serde(default)]
    entity_columns: Vec<FeatureSpec>,
    batch_source: Option<SourceSpec>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FeatureSpec {
    name: String,
    value_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SourceSpec {
    timestamp_field: Option<String>,
    created_timestamp_column: Option<String>,
}

/// The features, the keys and the times; or what is wrong, in a sentence.
pub(super) fn read(bytes: &[u8], path: &str) -> Result<Registry, String> {
    let dump: Dump = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let mut features = BTreeMap::new();
    let stored = dump.feature_views.iter().chain(&dump.stream_feature_views);
    let made = dump.on_demand_feature_views.iter();
    let views: Vec<_> = stored.map(|it| (it, false)).chain(made.map(|it| (it, true))).collect();
    let (times, shared) = (times_of(&views), shared(&views));
    for (view, on_demand) in &views {
        for feature in &view.spec.features {
            let name = match shared.contains(feature.name.as_str()) {
                true => format!("{}__{}", view.spec.name, feature.name),
                false => feature.name.clone(),
            };
            add(&mut features, &name, feature.value_type.as_deref(), *on_demand);
        }
    }
    for key in views.iter().flat_map(|(view, _)| &view.spec.entity_columns) {
        add(&mut features, &key.name, key.value_type.as_deref(), true);
    }
    for Object { spec } in &dump.entities {
        let key = spec.join_key.as_ref().unwrap_or(&spec.name);
        add(&mut features, key, spec.value_type.as_deref(), true);
    }
    times.for_each(|time| add(&mut features, time, None, true));
    Ok(Registry { path: path.to_owned(), features: features.into_values().collect() })
}

fn times_of<'a>(
    views: &[(&'a Object<ViewSpec>, bool)],
) -> impl Iterator<Item = &'a String> + use<'a> {
    let sources: Vec<_> =
        views.iter().filter_map(|(view, _)| view.spec.batch_source.as_ref()).collect();
    let times = |source: &'a SourceSpec| {
        source.timestamp_field.iter().chain(&source.created_timestamp_column)
    };
    sources.into_iter().flat_map(times).filter(|name| !name.is_empty())
}

/// The names that several views give to a feature: there Feast puts the view's name before it.
fn shared<'a>(views: &[(&'a Object<ViewSpec>, bool)]) -> BTreeSet<&'a str> {
    let (mut once, mut again) = (BTreeSet::new(), BTreeSet::new());
    for (view, _) in views {
        let own: BTreeSet<_> = view.spec.features.iter().map(|it| it.name.as_str()).collect();
        again.extend(own.into_iter().filter(|name| !once.insert(*name)));
    }
    again
}

/// What comes first counts: a feature before the key of the same name.
fn add(
    features: &mut BTreeMap<String, Feature>,
    name: &str,
    value_type: Option<&str>,
    optional: bool,
) {
    if name == NO_ENTITY {
        return;
    }
    let kind = value_type.and_then(feature_type);
    let feature = Feature { name: name.to_owned(), kind, required: false, optional };
    features.entry(name.to_owned()).or_insert(feature);
}

/// Lists, maps, bytes and what is not known are none of ours.
fn feature_type(name: &str) -> Option<FeatureType> {
    Some(match name {
        "BOOL" => FeatureType::Boolean,
        "DOUBLE" => FeatureType::Number,
        "FLOAT" => FeatureType::Float32,
        "INT32" => FeatureType::Int32,
        "INT64" => FeatureType::Integer,
        "STRING" | "UUID" | "TIME_UUID" => FeatureType::Text,
        "UNIX_TIMESTAMP" => FeatureType::Timestamp,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUMP: &str = r#"{
      "project": "churn",
      "entities": [
        {"spec": {"name": "__dummy", "joinKey": "__dummy_id", "valueType": "STRING"}, "meta": {}},
        {"spec": {"name": "customer", "joinKey": "customer_id", "valueType": "INT64"}, "meta": {}}
      ],
      "featureViews": [
        {"spec": {"name": "profile", "project": "churn", "entities": ["customer"], "ttl": "86400s",
          "online": true, "entityColumns": [{"name": "customer_id", "valueType": "INT64"}],
          "features": [{"name": "age", "valueType": "INT32", "tags": {"owner": "x"}},
                       {"name": "score", "valueType": "FLOAT"}],
          "batchSource": {"type": "BATCH_FILE", "timestampField": "event_time",
            "fileOptions": {"uri": "x.parquet"}}}},
        {"spec": {"name": "usage", "features": [{"name": "score", "valueType": "DOUBLE"},
                       {"name": "last_calls", "valueType": "INT64_LIST"}]}}
      ],
      "onDemandFeatureViews": [
        {"spec": {"name": "made", "features": [{"name": "age_squared", "valueType": "INT64"}]}}
      ],
      "featureServices": [], "infra": {}
    }"#;

    #[test]
    fn a_dump_is_read_with_its_keys_and_times() {
        let read = read(DUMP.as_bytes(), "r.json").unwrap();
        let told: Vec<_> =
            read.features.iter().map(|it| (it.name.as_str(), it.kind, it.optional)).collect();
        let expected = [
            ("age", Some(FeatureType::Int32), false),
            ("age_squared", Some(FeatureType::Integer), true),
            ("customer_id", Some(FeatureType::Integer), true),
            ("event_time", None, true),
            ("last_calls", None, false),
            ("profile__score", Some(FeatureType::Float32), false),
            ("usage__score", Some(FeatureType::Number), false),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn what_has_another_shape_is_refused() {
        let deep = format!("{{\"featureViews\": {}1{}}}", "[".repeat(9_999), "]".repeat(9_999));
        for text in [
            r#"{"featureViews": {}}"#,
            r#"{"featureViews": [{"spec": {"features": []}}]}"#,
            r#"{"featureViews": [{"spec": {"name": "v", "features": [{"name": 1}]}}]}"#,
            deep.as_str(),
        ] {
            assert!(read(text.as_bytes(), "r.json").is_err(), "{}", &text[..30]);
        }
    }
}
