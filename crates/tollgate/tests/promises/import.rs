//! `tollgate data import`: what another tool knows becomes a contract that the data can be checked
//! against.

use crate::common::Project;

const SUITE: &str = r#"{
  "name": "people",
  "expectations": [
    {"type": "expect_column_values_to_be_between", "kwargs": {"column": "age", "min_value": 0, "max_value": 130}},
    {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "id"}},
    {"type": "expect_column_mean_to_be_between", "kwargs": {"column": "age", "min_value": 20}}
  ]
}"#;

fn project() -> Project {
    let project = Project::empty();
    project.write("suite.json", SUITE).write("people.csv", "id,age\n1,30\n1,400\n");
    project
}

#[test]
fn a_suite_becomes_a_contract_that_finds_the_same() {
    let project = project();
    let ran = project.tollgate("data import suite.json -o people.odcs.yaml");
    ran.passes().says("suite.json:6:").says("expect_column_mean_to_be_between of `age`");
    let checked = project.tollgate("data check people.csv -c people.odcs.yaml");
    checked.exits(1).says("400").says("data.unique");
    let again = project.tollgate("data import suite.json -o people.odcs.yaml");
    again.exits(2).says("is there already");
}

#[test]
fn standard_output_has_the_contract_alone() {
    let project = project();
    let ran = project.tollgate("data import suite.json --from gx");
    ran.passes();
    assert!(ran.stdout.starts_with("# Imported from suite.json (Great Expectations).\n"), "{ran}");
    assert!(!ran.stdout.contains("1 thing") && ran.stderr.contains("1 thing"), "{ran}");
    let json = &project.tollgate("data import suite.json --json").passes().json()[0];
    assert_eq!(json["contract"], ran.stdout);
    assert_eq!(json["not_carried_over"][0]["line"], 6);
}

#[test]
fn what_can_not_be_imported_is_refused_at_its_place() {
    let project = project();
    project.write("odd.json", "{\"a\": 1}").write("broken.json", "{\"a\": [}");
    project.tollgate("data import odd.json").exits(2).says("not recognised").says("--from");
    project.tollgate("data import broken.json").exits(2).says("broken.json:1:");
    project.tollgate("data import missing.json").exits(2).says("can't read missing.json");
    project
        .tollgate("data import suite.json --from dbt")
        .exits(2)
        .says("nothing in it that dbt has");
    project.write("latin.json", [0xff, 0xfe, b'{']);
    project.tollgate("data import latin.json").exits(2).says("can't read latin.json");
}
