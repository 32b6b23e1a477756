//! Rules of Tollgate's own in a contract: what they read is in the key, and what depends on the
//! time is judged anew.

use crate::common::Project;

/// A contract of people with these rules.
fn with(rules: &[String]) -> Project {
    let project = Project::new("steps:\n  check: { data: people.csv, contract: people.yaml }\n");
    let head = "apiVersion: v3.1.0\nkind: DataContract\nid: people\nversion: 1.0.0\n\
        status: active\nschema:\n  - name: people\n    properties:\n";
    let columns = "      - { name: id, logicalType: integer }\n      \
        - { name: seen, logicalType: timestamp }\n";
    let rules = rules.concat();
    project.write("people.yaml", format!("{head}{columns}    quality:\n{rules}"));
    project.write("people.csv", "id,seen\n1,2024-01-01T00:00:00Z\n2,\n");
    project
}

fn custom(implementation: &str, more: &str) -> String {
    let rule = format!("type: custom, engine: tollgate, implementation: {{ {implementation} }}");
    format!("      - {{ {rule}{more} }}\n")
}

#[test]
fn what_was_fresh_once_is_judged_anew() {
    let project = with(&[custom("freshness: { column: seen, maxAge: 100000d }", "")]);
    assert_eq!(project.run().passes().ran(), ["check"]);
    assert_eq!(project.run().passes().ran(), ["check"], "nothing changed but the time");
    let stale = with(&[custom("freshness: { column: seen, maxAge: 1h }", "")]);
    stale.tollgate("run").exits(1).says("the newest value, 2024-01-01T00:00:00Z, is");
    stale.tollgate("data check people.csv -c people.yaml").exits(1).says("data.freshness");
}

#[test]
fn data_that_is_referred_to_is_part_of_the_key() {
    let key = "foreignKey: { column: id, references: { data: known.csv, column: key } }";
    let project = with(&[custom(key, "")]);
    project.write("known.csv", "key\n1\n2\n");
    assert_eq!(project.run().passes().ran(), ["check"]);
    assert_eq!(project.run().passes().reused(), ["check"]);
    project.tollgate("data check people.csv -c people.yaml").passes();
    project.write("known.csv", "key\n1\n");
    project.tollgate("run").exits(1).says("1 of 2 rows is not among `key` of `known.csv`");
    std::fs::remove_file(project.path("known.csv")).unwrap();
    project.tollgate("run").exits(2).says("`known.csv` does not exist");
}

#[test]
fn data_that_is_referred_to_may_come_from_a_step() {
    let key = "foreignKey: { column: id, references: { data: d/known.csv, column: key } }";
    let project = with(&[custom(key, "")]);
    let steps = "steps:\n  make: { run: \"mkdir d; printf 'key\\\\n1\\\\n' > d/known.csv\", outputs: [d/] }\n  \
        check: { data: people.csv, contract: people.yaml }\n";
    project.yaml(steps).tollgate("run").exits(2).says("does not need `make`");
    project.edit("people.yaml }", "people.yaml, needs: [make] }");
    project.tollgate("run").exits(1).says("1 of 2 rows is not among `key` of `d/known.csv`");
}

#[test]
fn a_warning_is_shown_and_lets_pass() {
    let project = with(&[custom("condition: id > 1", ", severity: warning")]);
    project.tollgate("run").passes().says("1 of 2 rows breaks `id > 1`");
    let checked = project.tollgate("data check people.csv -c people.yaml");
    checked.passes().says("! `id`: 1 of 2 rows breaks `id > 1`");
}
