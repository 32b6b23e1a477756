//! Tests, data and metrics decide: as steps, and by themselves.

use crate::common::Project;

fn junit(report: &str, then: &str) -> Project {
    let project = Project::new(&format!(
        "
steps:
  test: {{ run: cp given.xml report.xml; {then}, inputs: [given.xml], junit: report.xml }}
"
    ));
    project.write("given.xml", report);
    project
}

const PASSED: &str = r#"<testsuite><testcase classname="a" name="one"/><testcase name="two"><skipped/></testcase></testsuite>"#;
const FAILED: &str = r#"<testsuite><testcase name="one"/><testcase classname="a" name="two"><failure message="1 is not 2"/></testcase></testsuite>"#;

#[test]
fn test_results_are_recorded() {
    let project = junit(PASSED, "true");
    let ran = project.run();
    let tests = &ran.passes().result("test")["tests"];
    assert_eq!((&tests["passed"], &tests["skipped"]), (&1.into(), &1.into()));
    assert_eq!(ran.summary("test"), "1 tests passed, 1 skipped");
    project.tollgate("show test").passes().says("1 passed, 0 failed, 1 skipped");
}

#[test]
fn failed_tests_are_named() {
    let project = junit(FAILED, "exit 1");
    let ran = project.tollgate("run");
    ran.exits(1).says("1 of 2 tests failed, first a::two").says("a::two: 1 is not 2");
    let report = project.tollgate("report --json").passes().json();
    let findings = report[0]["parts"][0]["report"]["findings"].as_array().unwrap();
    assert!(findings.iter().any(|finding| finding["subject"] == "a::two"), "{findings:?}");
}

#[test]
fn failed_tests_fail_a_step_that_does_not_mind() {
    let ran = junit(FAILED, "true").tollgate("run");
    ran.exits(1).says("1 of 2 tests failed, first a::two, though the command exited with 0");
}

#[test]
fn a_missing_report_is_a_failure() {
    let ran = junit(PASSED, "rm report.xml").tollgate("run");
    ran.exits(1).says("the declared JUnit file report.xml was not there");
}

#[test]
fn a_hostile_report_is_a_failure() {
    let bomb = r#"<!DOCTYPE x [<!ENTITY a "aaaa">]><testsuite><testcase name="&a;"/></testsuite>"#;
    for (report, then, why) in [
        (bomb, "true", "it has a document type declaration"),
        ("", "true", "it has no <testsuite>"),
        ("<testsuite><testcase", "true", "report.xml can't be read"),
        (PASSED, "ln -sf /etc/passwd report.xml", "it is not a regular file"),
        (PASSED, "rm report.xml; mkfifo report.xml", "it is not a regular file"),
        (PASSED, "printf '\\377' > report.xml", "it is not UTF-8"),
        (PASSED, "truncate -s 100M report.xml", "it is larger than 64 MiB"),
    ] {
        let ran = junit(report, then).tollgate("run");
        ran.exits(1).says("the declared JUnit file report.xml can't be read").says(why);
    }
}

#[test]
fn deeply_nested_and_long_reports_are_read() {
    let deep = format!(
        "{}{}{}",
        "<testsuite>".repeat(50_000),
        "<testcase name='x'/>",
        "</testsuite>".repeat(50_000)
    );
    junit(&deep, "true").run().passes();
    let name = "n".repeat(100_000);
    let long = format!(
        "<testsuite><testcase name='{name}'><failure message='\u{1b}[2J'/></testcase></testsuite>"
    );
    let ran = junit(&long, "true").tollgate("run");
    ran.exits(1).keeps_quiet_of("\u{1b}[2J");
}

const CONTRACT: &str = "
apiVersion: v3.1.0
kind: DataContract
id: people
name: people
version: 1.0.0
status: active
schema:
  - name: people
    properties:
      - name: id
        logicalType: integer
        required: true
        unique: true
      - name: age
        logicalType: integer
        logicalTypeOptions: { minimum: 0, maximum: 130 }
";

const GOOD: &str = "id,age\n1,30\n2,40\n";
const BAD: &str = "id,age\n1,30\n1,400\n";

fn data(content: &str) -> Project {
    let project = Project::new(
        r#"
steps:
  check: { data: people.csv, contract: people.yaml }
  make: { run: "mkdir d; cp people.csv d/made.csv; echo '{\"m\": {\"accuracy\": 0.9}}' > d/m.json", inputs: [people.csv], outputs: [d/] }
  made: { data: d/made.csv, contract: people.yaml, needs: [make] }
  gate: { gate: { metrics: d/m.json }, needs: [make], require: { m.accuracy: ">= 0.85" } }
"#,
    );
    project.write("people.csv", content).write("people.yaml", CONTRACT);
    project
}

#[test]
fn good_data_passes_as_a_file_and_as_an_output() {
    let project = data(GOOD);
    let ran = project.run();
    assert_eq!(ran.passes().summary("check"), "2 rows, 2 columns checked");
    assert_eq!(ran.summary("made"), "2 rows, 2 columns checked");
    assert_eq!(project.run().passes().reused().len(), 4);
    project
        .tollgate("data check people.csv --contract people.yaml")
        .passes()
        .says("passed: 2 rows");
}

#[test]
fn bad_data_fails_and_is_shown() {
    let project = data(BAD);
    let ran = project.tollgate("run");
    ran.exits(1).says("age").says("400").says("people.yaml:");
    assert_eq!(project.run().exits(1).reused(), ["gate", "make"]);
    let checked = project.tollgate("data check people.csv --contract people.yaml --json");
    let report = &checked.exits(1).json()[0];
    assert_eq!(report["verdict"], "fail");
    assert_eq!(report["findings"].as_array().unwrap().len(), 2, "{checked}");
    project.tollgate("show check").passes().says("400");
}

#[test]
fn a_directory_is_one_data_set() {
    let project = Project::new(
        r#"
steps:
  check: { data: parts/, contract: people.yaml }
  make: { run: "mkdir -p d/age=40; printf 'id\n1\n' > d/age=40/p.csv", outputs: [d/] }
  made: { data: d/, contract: people.yaml, needs: [make] }
"#,
    );
    project.write("people.yaml", CONTRACT).write(".gitignore", "ignored.csv\n");
    project.write("parts/a.csv", GOOD).write("parts/b.csv", "id,age\n3,400\n");
    project.write("parts/ignored.csv", "in no key").write("parts/_SUCCESS", "");
    let ran = project.run();
    assert_eq!(ran.exits(1).summary("made"), "1 rows, 2 columns checked");
    project.tollgate("show check").passes().says("parts/b.csv row 1: 400");
    project.write("parts/b.csv", "id,age\n3,4\n");
    let ran = project.run();
    assert_eq!(ran.passes().summary("check"), "3 rows, 2 columns checked");
    assert_eq!(project.run().passes().ran(), Vec::<String>::new());
    project.write("parts/c.csv", "id,age\n1,4\n");
    let ran = project.tollgate("run");
    ran.exits(1).says("parts/c.csv row 1: 1");
    project
        .tollgate("data check parts/[ab].csv --contract people.yaml")
        .passes()
        .says("passed: 3 rows");
    project.write("rows.jsonl", "{\"id\":1,\"age\":\"30\"}\n");
    project.sh("gzip -k rows.jsonl");
    for file in ["rows.jsonl", "rows.jsonl.gz"] {
        let check = format!("data check {file} -c people.yaml");
        project.tollgate(&check).exits(1).says("`age`: 1 of 1 row is not a whole number");
    }
    let tollgate = env!("CARGO_BIN_EXE_tollgate");
    let said =
        project.sh(&format!("printf 'id;age\\n1;2\\n' | {tollgate} data check - -c people.yaml"));
    assert!(said.contains("stdin passed: 1 row"), "{said}");
    project.tollgate("data check parts/*.txt -c people.yaml").exits(2).says("has no files");
}

#[test]
fn a_glob_is_one_data_set() {
    let project = Project::new(
        r#"
steps:
  check: { data: "parts/2024/*.csv", contract: people.yaml }
  make: { run: "mkdir d; printf 'id,age\n1,30\n' > d/p.csv; echo no > d/p.txt", outputs: [d/] }
  made: { data: "d/*.csv", contract: people.yaml, needs: [make] }
"#,
    );
    project.write("people.yaml", CONTRACT);
    project.write("parts/2024/a.csv", GOOD).write("parts/2024/b.csv", "id,age\n3,40\n");
    project.write("parts/2024/_c.csv", "no data").write("parts/2024/c.txt", "nor this");
    project.write("parts/2023/a.csv", "and not this");
    let ran = project.run();
    assert_eq!(ran.passes().summary("check"), "3 rows, 2 columns checked");
    assert_eq!(ran.summary("made"), "1 rows, 2 columns checked");
    project.write("parts/2024/c.txt", "is in no key").write("parts/2023/a.csv", "nor is this");
    assert_eq!(project.run().passes().ran(), Vec::<String>::new());
    project.write("parts/2024/c.csv", "id,age\n9,400\n");
    assert_eq!(project.run().exits(1).ran(), ["check"]);
    project.tollgate("show check").passes().says("parts/2024/c.csv row 1: 400");
    project.sh("rm parts/2024/[ab].csv && printf 'id,age\\n9,40\\n' > parts/2024/c.csv");
    assert_eq!(project.run().passes().summary("check"), "1 rows, 2 columns checked");
    project.sh("rm parts/2024/*.csv");
    project.tollgate("run").exits(2).says("no file matches `parts/2024/*.csv`").says("yaml:3:18");
    for (glob, why) in [("../*.csv", "`..` would leave the project"), ("/d/*.csv", "absolute")] {
        project.yaml(&format!("steps: {{ check: {{ data: '{glob}', contract: people.yaml }} }}"));
        project.tollgate("run").exits(2).says(why);
    }
    project.yaml("steps: { check: { data: 'd/*.csv', contract: people.yaml } }");
    project.write("real.csv", GOOD).sh("mkdir d");
    project.link("d/people.csv", "../real.csv");
    project.tollgate("run").exits(2).says("d/people.csv is a symbolic link: name the file itself");
}

#[test]
fn packed_text_and_its_delimiter() {
    let project = data(GOOD);
    project.write("people.txt", "id^age\n1^30\n2^400\n").sh("gzip people.txt");
    let check = "data check people.txt.gz -c people.yaml --delimiter";
    project.tollgate(&format!("{check} ^")).exits(1).says("row 2: 400");
    project.tollgate(&format!("{check} ^^")).says("expected one ASCII character");
}

#[test]
fn data_and_contract_are_the_key_of_a_check() {
    let project = data(GOOD);
    project.run().passes();
    project.write("people.yaml", CONTRACT.replace("130", "120"));
    assert_eq!(project.run().passes().ran(), ["check", "made"]);
    project.write("people.yaml", format!("# why\n{}", CONTRACT.replace("130", "120")));
    assert_eq!(
        project.run().passes().ran(),
        Vec::<String>::new(),
        "a comment is no other contract"
    );
    project.write("people.csv", "id,age\n1,31\n2,40\n");
    assert_eq!(project.run().passes().ran(), ["check", "gate", "made", "make"]);
}

// The bytes behind a link are in no key, so a result for them could not be trusted.
#[test]
fn data_and_metrics_are_not_read_through_a_link() {
    let project = data(GOOD);
    project.sh("mv people.csv real.csv");
    project.link("people.csv", "real.csv");
    let ran = project.tollgate("run check");
    ran.exits(2).says("people.csv is a symbolic link: name the file itself");
    project.yaml("steps: { gate: { gate: { metrics: m.json }, require: { a: '> 1' } } }");
    project.write("real.json", "{}").link("m.json", "real.json");
    project.tollgate("run").exits(2).says("m.json is a symbolic link: name the file itself");
}

#[test]
fn data_is_not_read_through_a_link_that_leads_out_of_an_output() {
    let project = data(GOOD);
    project.write("../precious.csv", "id,age\n1,precious\n");
    let outside = project.beside("precious.csv").display().to_string();
    project.edit("cp people.csv d/made.csv", &format!("ln -s {outside} d/made.csv"));
    let ran = project.tollgate("run made");
    ran.exits(1).says("leads out of the directory").keeps_quiet_of("`precious`");
    project.edit(&format!("ln -s {outside} d/made.csv"), "cp people.csv d/x; ln -s x d/made.csv");
    project.tollgate("run made").passes();
}

#[test]
fn data_that_is_none_fails() {
    let project = data("");
    project.tollgate("run check").exits(1);
    project.tollgate("data check people.csv --contract people.yaml").exits(1);
    project.tollgate("data check nothing.csv --contract people.yaml").exits(2).says("nothing.csv");
    project.sh("mkdir empty");
    project.tollgate("data check empty --contract people.yaml").exits(2).says("empty");
    project.tollgate("data check people.csv --contract nothing.yaml").exits(2).says("nothing.yaml");
    project.write("people.yaml", "schema: 3");
    project.tollgate("data check people.csv --contract people.yaml").exits(2).says("people.yaml");
    project.tollgate("run check").exits(2).says("people.yaml");
}

#[test]
fn a_gate_that_is_not_met_fails_and_says_by_how_much() {
    let project = data(GOOD);
    project.edit(">= 0.85", ">= 0.95");
    let ran = project.tollgate("run");
    ran.exits(1).says("m.accuracy").says(">= 0.95").says("0.9").says("tollgate.yaml:6");
    assert_eq!(project.run().exits(1).ran(), ["gate"]);
}

#[test]
fn a_comment_above_a_gate_does_not_judge_it_again() {
    let project = data(GOOD);
    project.run().passes();
    project.edit("  gate: {", "  # why\n  gate: {");
    assert_eq!(project.run().passes().ran(), Vec::<String>::new());
}

#[test]
fn metrics_are_judged_without_a_project() {
    let project = Project::empty();
    project.write("m.json", r#"{"accuracy": 0.9, "nan": "NaN", "test": {"f1": 0.5}}"#);
    let gate = |bar: &str| {
        let mut command = project.command("gate m.json --json --require");
        crate::common::Ran::from(command.arg(bar).output().unwrap())
    };
    assert_eq!(gate("accuracy >= 0.9").passes().json()[0]["verdict"], "pass");
    assert_eq!(gate("test.f1 > 0.5").exits(1).json()[0]["verdict"], "fail");
    gate("nan >= 0").exits(1);
    gate("missing >= 0").exits(1).says("missing");
    gate("accuracy").exits(2);
    project.write("m.json", "{");
    gate("accuracy >= 0.9").exits(1);
}

#[test]
fn metrics_that_the_needed_step_did_not_leave_fail_their_gate() {
    let project = Project::new(
        "
steps:
  make: { run: mkdir out, outputs: [out/] }
  judge: { gate: { metrics: out/m.json }, require: { accuracy: \">= 0.5\" }, needs: [make] }
",
    );
    let ran = project.tollgate("run");
    ran.exits(1).says("out/m.json is not in the directory that the needed step left");
}
