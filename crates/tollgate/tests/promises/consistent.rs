//! Nothing is trained on features that are served otherwise.

use crate::common::Project;

const STEPS: &str = "
steps:
  features:
    data: offline.csv
    contract: features.odcs.yaml
    consistent_with: [online.jsonl, registry.json, features.yaml]
  train:
    run: echo trained > model
    outputs: [model]
    needs: [features]
";

const CONTRACT: &str = "
apiVersion: v3.1.0
kind: DataContract
id: features
version: 1.0.0
status: active
schema:
  - name: features
    properties:
      - { name: age, logicalType: integer }
      - { name: plan, logicalType: string }
";

const REGISTRY: &str = r#"{
  "project": "churn",
  "entities": [{"spec": {"name": "customer", "joinKey": "id", "valueType": "INT64"}}],
  "featureViews": [{"spec": {"name": "profile", "entities": ["customer"], "ttl": "86400s",
    "features": [{"name": "age", "valueType": "INT64"}, {"name": "plan", "valueType": "STRING"}]}}]
}
"#;

fn project() -> Project {
    let project = Project::new(STEPS);
    let offline: String =
        (0..300).map(|at| format!("{at},{},{},no\n", 20 + at % 40, ["a", "b"][at % 2])).collect();
    project.write("offline.csv", format!("id,age,plan,label\n{offline}"));
    project.write("online.jsonl", online("\"age\": ", "", ["a", "b"]));
    project.write("features.odcs.yaml", CONTRACT).write("registry.json", REGISTRY);
    project
        .write("features.yaml", "- age: integer\n- { name: plan, type: string, required: true }\n");
    project
}

fn online(age: &str, quote: &str, plans: [&str; 2]) -> String {
    let line = |at: usize| {
        let (years, plan) = (20 + at % 40, plans[at % 2]);
        format!("{{\"id\": {at}, {age}{quote}{years}{quote}, \"plan\": \"{plan}\"}}\n")
    };
    (0..200).map(line).collect()
}

#[test]
fn training_does_not_start_where_what_is_served_differs() {
    let project = project();
    // Customers differ, and the label is not served.
    assert_eq!(project.run().passes().ran(), ["features", "train"]);
    assert_eq!(project.run().passes().reused(), ["features", "train"]);

    let refused = |code: &str, says: &str| {
        let ran = project.run();
        ran.exits(1);
        assert!(!ran.ran().contains(&"train".to_owned()), "trained in spite of {code}");
        project.tollgate("show features").says(code).says(says);
    };
    // Another byte in any of the sources is another question.
    project.write("online.jsonl", online("\"age\": ", "\"", ["a", "b"]));
    refused("data.skew-type", "whole numbers in `offline.csv`, texts in `online.jsonl`");
    project.write("online.jsonl", online("\"Age\": ", "", ["a", "b"]));
    refused("data.skew-feature", "did you mean `Age`?");
    project.write("online.jsonl", online("\"age\": ", "", ["a", "B"]));
    refused("data.skew-categories", "`B` only here");
    project.write("online.jsonl", online("\"age\": ", "", ["a", "b"]));
    assert_eq!(project.run().passes().ran(), Vec::<String>::new());

    project.write("registry.json", REGISTRY.replace("STRING\"}]}}", "BOOL\"}]}}"));
    refused("data.skew-type", "truth values in `registry.json`");
    project.write("registry.json", &REGISTRY[..REGISTRY.len() - 10]);
    refused("data.unreadable", "neither a feature registry nor JSON lines");
    project.write("registry.json", REGISTRY);
    project.write("features.yaml", "- age: date\n- plan: string\n");
    refused("data.skew-type", "dates in `features.yaml`");
}

#[test]
fn sources_are_compared_without_a_project() {
    let project = project();
    let all = "data consistency offline.csv online.jsonl registry.json features.yaml";
    project.tollgate(all).passes().says("8 columns compared");
    project.tollgate(&format!("{all} -c features.odcs.yaml")).passes();
    project.write("online.jsonl", online("\"age\": ", "\"", ["a", "b"]));
    project.tollgate(all).exits(1).says("whole numbers in `offline.csv`, texts in `online.jsonl`");
    let json = project.tollgate(&format!("{all} --json")).exits(1).json();
    assert_eq!(json[0]["findings"][0]["code"], "data.skew-type");
    project.write("features.yaml", "- age: intger\n");
    project.tollgate(all).exits(2).says("did you mean `integer`?");
    project.tollgate("data consistency offline.csv").exits(2).says("OTHER");
    project.tollgate("data consistency offline.csv gone.csv").exits(2).says("gone.csv");
}
