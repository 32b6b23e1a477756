//! Profiles of data, and what has drifted from them.

use crate::common::Project;

/// Half of the people have the plan; all are so much older.
fn people(older: u32, plan: &str) -> String {
    let mut text = "age,plan\n".to_owned();
    for row in 0..2_000_u32 {
        let age = 20 + (row * 7_919) % 50 + older;
        let plan = if row % 2 == 0 { plan } else { "basic" };
        text.push_str(&format!("{age},{plan}\n"));
    }
    text
}

fn project() -> Project {
    let project = Project::empty();
    project.write("before.csv", people(0, "plus")).write("now.csv", people(25, "trial"));
    project
}

#[test]
fn a_profile_stands_for_its_data() {
    let project = project();
    let ran = project.tollgate("data profile before.csv -o before.profile.json");
    ran.passes().says("before.csv: 2000 rows, 2 columns").says("basic 50 %, plus 50 %");
    project.tollgate("data diff before.profile.json before.csv").passes();
    let ran = project.tollgate("data diff before.profile.json now.csv");
    ran.exits(1).says("`age`: psi ").says("new: `trial`; vanished: `plus`");
    project.tollgate("data diff before.csv now.csv").exits(1).says("`age`: ks ");
    project
        .tollgate(
            "data diff before.csv now.csv --columns age --psi 99 --js 1 --ks 1 --wasserstein 9",
        )
        .passes();
    project.tollgate("data diff before.csv now.csv --psi none").exits(2);
    project.tollgate("data diff gone.profile.json now.csv").exits(2);
    project.tollgate("data profile before.csv --columns aeg").exits(2).says("`age`");
    project.tollgate("data diff before.csv now.csv --columns aeg").exits(2).says("`age`");
    let ran = project.tollgate("data diff before.profile.json now.csv --columns aeg");
    ran.exits(1).says("`aeg` is not in the reference");
    project.write("now.csv", "plan\nbasic\n");
    let ran = project.tollgate("data diff before.profile.json now.csv --columns age");
    ran.exits(1).says("the column `age` is gone");
}

#[test]
fn parts_are_put_together() {
    let project = project();
    project.tollgate("data profile before.csv -o a.profile.json").passes();
    project.tollgate("data profile now.csv -o b.profile.json").passes();
    let ran = project.tollgate("data merge a.profile.json b.profile.json -o c.profile.json");
    ran.passes().says("4000 rows");
    assert!(project.read("c.profile.json").contains("\"source\": \"before.csv + now.csv\""));
    project.write("other.csv", "x\n1\n");
    project.tollgate("data profile other.csv -o d.profile.json").passes();
    let ran = project.tollgate("data merge a.profile.json d.profile.json");
    ran.exits(2).says("can't be put together");
}

const CONTRACT: &str = "\
apiVersion: v3.1.0
kind: DataContract
id: people
version: 1.0.0
status: active
schema:
  - name: people
    properties:
      - { name: age, logicalType: integer, required: true }
      - { name: plan, logicalType: string }
";

const STEP: &str = "
steps:
  data:
    data: now.csv
    contract: people.odcs.yaml
    drift: { reference: people.profile.json, columns: [age] }
";

#[test]
fn a_data_step_watches_for_drift() {
    let project = Project::new(STEP);
    project.write("people.odcs.yaml", CONTRACT).write("now.csv", people(0, "plus"));
    project.tollgate("run").exits(2).says("people.profile.json");
    project.tollgate("data profile now.csv -o people.profile.json").passes();
    assert_eq!(project.run().passes().ran(), ["data"]);
    assert_eq!(project.run().passes().reused(), ["data"]);
    project.write("now.csv", people(25, "plus"));
    project.tollgate("run").exits(1).says("`age`: psi ").says("data.drift");
    // A past run is drawn from what was kept of it, and of columns that were looked at alone.
    project.write("now.csv", people(0, "plus")).write("people.profile.json", "");
    project.tollgate("report r3 data -o d.html").passes();
    let page = project.read("d.html");
    assert!(page.contains("now.csv") && page.contains("<svg") && page.contains(">age<"));
    project.write("now.csv", people(25, "plus"));
    // The reference is part of the key.
    project.tollgate("data profile now.csv -o people.profile.json").passes();
    assert_eq!(project.run().passes().ran(), ["data"]);
    project.edit("columns: [age]", "columns: [agee]");
    project.tollgate("run").exits(1).says("`agee` is not in the reference");
    project.write("people.profile.json", "{}");
    project.tollgate("run").exits(1).says("is no profile");
}

#[test]
fn an_inferred_contract_fits_its_data_and_its_like() {
    let project = Project::empty();
    let rows = |from: u32| {
        let mut text = "user_id,zip,joined,mail,plan,score,due\n".to_owned();
        for row in from..from + 1_000 {
            let plan = ["basic", "plus: 2", "no \"#\""][row as usize % 3];
            let plan = plan.replace('"', "\"\"");
            let score = if row % 9 == 0 { String::new() } else { format!("{}.5", row * 7 % 100) };
            text.push_str(&format!(
                "u{row},{:05},2024-01-{:02},a{row}@example.org,\"{plan}\",{score},{:02}.03.2025\n",
                row % 700,
                1 + row % 28,
                1 + row % 31,
            ));
        }
        text
    };
    project.write("a.csv", rows(0)).write("b.csv", rows(5_000));
    project.tollgate("data infer a.csv -o c.yaml").passes();
    let text = project.read("c.yaml");
    for part in [
        "logicalType: date\n",
        "unique: true",
        "required: true",
        "format: \"email\"",
        "format: \"dd.MM.yyyy\"",
        "minimum: 0 ",
        "maximum: 149 ",
        r##"["basic", "no \"#\"", "plus: 2"]"##,
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    assert_eq!(text.matches("required: true").count(), 6, "{text}");
    project.tollgate("data check a.csv -c c.yaml").passes();
    project.tollgate("data check b.csv -c c.yaml").passes();
    project.tollgate("data infer a.csv -o d.yaml").passes();
    assert_eq!(project.read("d.yaml"), text);
    // A name like that of a key does not make one.
    project.write("twice.csv", "id\n1\n2\n3\n3\n4\n5\n6\n7\n8\n9\n");
    project.tollgate("data infer twice.csv -o t.yaml").passes();
    assert!(!project.read("t.yaml").contains("unique"));
    project.tollgate("data check twice.csv -c t.yaml").passes();
}

#[test]
fn profiles_take_data_in_parts_packed_and_from_standard_input() {
    let project = project();
    project.sh(
        "mkdir -p parts/day=1 parts/day=2 && gzip -k before.csv && mv before.csv.gz parts/day=1/",
    );
    project.sh("cp before.csv parts/day=2/");
    project.tollgate("data profile parts").passes().says("parts: 4000 rows, 3 columns");
    let ran = project.tollgate("data profile parts/*/*.csv --columns age -o p.profile.json");
    ran.passes().says("2000 rows, 1 column");
    project.tollgate("data diff before.csv parts/day=1").exits(1).says("the column `day` is new");
    project.tollgate("data diff before.csv parts/day=1 --columns age,plan").passes();
    let tollgate = env!("CARGO_BIN_EXE_tollgate");
    let said = project.sh(&format!("cat before.csv | {tollgate} data diff before.csv -"));
    assert!(said.contains("stdin against before.csv passed"), "{said}");
    let said = project.sh(&format!("gzip -c before.csv | {tollgate} data profile -"));
    assert!(said.contains("stdin: 2000 rows, 2 columns"), "{said}");
    project.sh(&format!("cat before.csv | {tollgate} data infer - -o c.yaml"));
    project.tollgate("data check before.csv -c c.yaml").passes();
    project.tollgate("data infer parts -o d.yaml").passes();
    project.tollgate("data check parts -c d.yaml").passes();
    assert!(project.read("d.yaml").contains("name: \"day\""), "{}", project.read("d.yaml"));
    project.tollgate("data profile none/*.csv").exits(2).says("has no files");
    project.write("people.txt", "age^plan\n1^a\n");
    project.tollgate("data profile people.txt --delimiter ^").passes().says("2 columns");
}

#[test]
fn a_reference_may_be_data_and_data_a_directory() {
    let project =
        Project::new(&STEP.replace("now.csv", "now").replace("people.profile.json", "before"));
    project.write("people.odcs.yaml", CONTRACT);
    project.write("before/a.csv", people(0, "plus")).write("now/a.csv", people(0, "trial"));
    assert_eq!(project.run().passes().ran(), ["data"]);
    assert_eq!(project.run().passes().reused(), ["data"]);
    project.write("now/b.csv", people(40, "plus"));
    project.tollgate("run").exits(1).says("`age`: psi ").says("data.drift");
    // The reference's files are part of the key.
    project.write("before/b.csv", people(40, "plus"));
    assert_eq!(project.run().passes().ran(), ["data"]);
    project.write("before/b.csv", "plan\nplus\n");
    project.tollgate("run").exits(1).says("before/b.csv` has other columns");
}

#[test]
fn a_glob_is_watched_for_drift_as_one_data_set() {
    let project = Project::new(&STEP.replace("now.csv", "'now/*.csv'"));
    project.write("people.odcs.yaml", CONTRACT).write("now/notes.txt", "no data");
    project.write("now/a.csv", people(0, "plus"));
    project.tollgate("data profile now/a.csv -o people.profile.json").passes();
    assert_eq!(project.run().passes().ran(), ["data"]);
    project.write("now/notes.txt", "in no key");
    assert_eq!(project.run().passes().reused(), ["data"]);
    // All files together are what is compared.
    project.write("now/b.csv", people(40, "plus"));
    project.tollgate("run").exits(1).says("`age`: psi ").says("data.drift");
    // One file may be both the data and what it is compared with.
    project.edit("people.profile.json", "now/a.csv").sh("rm now/b.csv");
    assert_eq!(project.run().passes().ran(), ["data"]);
}
