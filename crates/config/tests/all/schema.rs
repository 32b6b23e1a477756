//! The schema and the reader are made from one declaration: what the one has, the other accepts.

use crate::support::Files;
use serde_json::Value;
use tollgate_config::{Code, plan, schema};

/// Where the schema is published.
const PUBLISHED: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schema/tollgate.schema.json");

#[test]
fn the_published_schema_is_current() {
    let published = std::fs::read_to_string(PUBLISHED).unwrap_or_default();
    let current = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    assert!(
        published == current,
        "docs/schema/tollgate.schema.json is not what `schema()` says: `cargo xtask generated --write`"
    );
}

fn keys(record: &str) -> Vec<String> {
    let schema = schema();
    let properties = schema["$defs"][record]["properties"].as_object().unwrap();
    properties.keys().cloned().collect()
}

/// A project file in which a record has a key more, with a value that no key takes.
fn with_key(record: &str, key: &str) -> String {
    let odd = format!("\"{key}\": [[]]");
    match record {
        "ProjectFile" => format!("{{ {odd} }}"),
        "StepFile" => format!("project: p\nsteps: {{ a: {{ {odd} }} }}"),
        "PredictionsFile" => {
            format!("project: p\nsteps: {{ a: {{ gate: {{ predictions: {{ {odd} }} }} }} }}")
        }
        "CompareFile" => format!("project: p\nsteps: {{ a: {{ compare: {{ {odd} }} }} }}"),
        "SlicesFile" => format!("project: p\nsteps: {{ a: {{ slices: {{ {odd} }} }} }}"),
        "ImageFile" => format!("project: p\nsteps: {{ a: {{ image: {{ {odd} }} }} }}"),
        "DockerfileFile" => {
            format!("project: p\nsteps: {{ a: {{ image: {{ dockerfile: {{ {odd} }} }} }} }}")
        }
        "ScanFile" => format!("project: p\nsteps: {{ a: {{ scan: {{ {odd} }} }} }}"),
        "AllowedSecretFile" => {
            format!("project: p\nsteps: {{ a: {{ image: {{ allow_secrets: [{{ {odd} }}] }} }} }}")
        }
        "WaiverFile" => {
            format!("project: p\nsteps: {{ a: {{ scan: {{ waivers: [{{ {odd} }}] }} }} }}")
        }
        "LicencesFile" => {
            format!("project: p\nsteps: {{ a: {{ scan: {{ licences: {{ {odd} }} }} }} }}")
        }
        "GateFile" => format!("project: p\nsteps: {{ a: {{ gate: {{ {odd} }} }} }}"),
        "DriftFile" => format!("project: p\nsteps: {{ a: {{ drift: {{ {odd} }} }} }}"),
        "PipelineFile" => format!("project: p\nsteps: {{}}\npipelines: {{ a: {{ {odd} }} }}"),
        "EnvironmentFile" => environment(&odd),
        "ManifestsFile" => environment(&format!("manifests: {{ {odd} }}")),
        "TargetFile" => environment(&format!("target: {{ {odd} }}")),
        "LocalFile" => environment(&format!("target: {{ local: {{ {odd} }} }}")),
        "PolicyFile" => environment(&format!("policy: {{ {odd} }}")),
        "ApprovalsFile" => environment(&format!("policy: {{ approvals: {{ {odd} }} }}")),
        "DrillFile" => environment(&format!("policy: {{ drill: {{ {odd} }} }}")),
        "SmokeFile" => environment(&format!("smoke: [{{ {odd} }}]")),
        "RolloutFile" => environment(&format!("rollout: {{ {odd} }}")),
        "CanaryFile" => environment(&format!("rollout: {{ canary: {{ {odd} }} }}")),
        "ShadowFile" => environment(&format!("rollout: {{ shadow: {{ {odd} }} }}")),
        "JudgeFile" => environment(&format!("rollout: {{ judge: {{ {odd} }} }}")),
        other => panic!("no example for {other}"),
    }
}

fn environment(keys: &str) -> String {
    format!("project: p\nsteps: {{}}\nenvironments: {{ a: {{ {keys} }} }}")
}

fn codes(text: &str) -> Vec<Code> {
    match plan(text, "tollgate.yaml", &Files::churn()) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.into_iter().map(|problem| problem.code).collect(),
    }
}

#[test]
fn each_key_of_the_schema_is_known_to_the_reader_and_others_are_not() {
    for record in schema()["$defs"].as_object().unwrap().keys() {
        for key in keys(record) {
            let found = codes(&with_key(record, &key));
            assert!(!found.contains(&Code::UnknownKey), "{record}.{key}: {found:?}");
            let unknown = codes(&with_key(record, &format!("{key}_")));
            assert!(unknown.contains(&Code::UnknownKey), "{record}.{key}_: {unknown:?}");
        }
        assert_eq!(schema()["$defs"][record]["additionalProperties"], Value::Bool(false));
    }
}

#[test]
fn every_key_and_record_is_explained() {
    for (name, record) in schema()["$defs"].as_object().unwrap() {
        assert!(record["description"].as_str().is_some_and(|text| text.ends_with('.')), "{name}");
        for (key, value) in record["properties"].as_object().unwrap() {
            assert!(
                value["description"].as_str().is_some_and(|text| !text.is_empty()),
                "{name}.{key}"
            );
        }
    }
}

/// Every key of a step belongs to all kinds or to one of them; the schema bars it from the others.
#[test]
fn a_key_of_one_kind_is_barred_from_the_others() {
    let schema = schema();
    let kinds = schema["$defs"]["StepFile"]["oneOf"].as_array().unwrap().clone();
    assert_eq!(kinds.len(), 4);
    for key in keys("StepFile") {
        let barred =
            kinds.iter().filter(|kind| kind["properties"][&key] == Value::Bool(false)).count();
        let expected = if key == "needs" { 0 } else { 3 };
        assert_eq!(barred, expected, "{key}");
    }
}
