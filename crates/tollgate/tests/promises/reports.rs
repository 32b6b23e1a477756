//! Reports as files: of data, of metrics and of past runs; also where the verdict fails, which is
//! when they are needed.

use crate::common::Project;

const CONTRACT: &str = "apiVersion: v3.1.0
kind: DataContract
id: people
version: 1.0.0
status: active
schema:
  - name: people
    properties:
      - { name: id, logicalType: integer, required: true, unique: true }
      - name: age
        logicalType: integer
        logicalTypeOptions: { maximum: 120 }
      - { name: note, logicalType: string, logicalTypeOptions: { maxLength: 20 } }
";

const HOSTILE: &str = "</script><img src=x onerror=alert(1)>";

/// People of whom one is too old, and has a note that is no note.
fn people() -> Project {
    let project = Project::new("steps:\n  data: { data: people.csv, contract: people.yaml }\n");
    project.write("people.yaml", CONTRACT);
    project.write("people.csv", format!("id,age,note\n1,17,a\n2,190,{HOSTILE}\n3,,c\n"));
    project
}

#[test]
fn a_check_that_fails_leaves_its_reports_in_every_form() {
    let project = people();
    let files = "--report out.html --report out.md --report out.xml --report out.json";
    project.tollgate(&format!("data check people.csv -c people.yaml {files}")).exits(1);
    let page = project.read("out.html");
    for text in [
        "Failed",
        "2 of 6 checks failed",
        "at most 120",
        "people.yaml",
        ":10",
        "190",
        "Columns",
        "33.3 %",
    ] {
        assert!(page.contains(text), "no {text} in {page}");
    }
    assert!(page.contains("Distribution of age in 30 equal bins from 17 to 190"), "{page}");
    assert!(page.contains("&lt;/script&gt;&lt;img src=x") && !page.contains("<img"), "{page}");
    assert!(!page.contains("http:") && !page.contains("https:"), "it needs nothing else");
    let comment = project.read("out.md");
    assert!(comment.starts_with("### ❌ people.csv failed\n"), "{comment}");
    assert!(comment.contains("<details><summary>✗ <b>Failed</b>: <code>age</code>"), "{comment}");
    let tests = tollgate_adapters::junit::parse(&project.read("out.xml")).unwrap();
    assert_eq!((tests.passed, tests.failed, tests.skipped), (4, 2, 0));
    let whole: serde_json::Value = serde_json::from_str(&project.read("out.json")).unwrap();
    assert_eq!(whole["verdict"], "fail");
    let report = project.tollgate("data check people.csv -c people.yaml --json");
    assert_eq!(whole["parts"][0]["report"], report.json()[0], "as `--json` has it");
}

/// For code hosts, which know a finding again by its fingerprint, not by what was measured.
#[test]
fn what_was_found_is_written_as_alerts() {
    let project = people();
    let read = |name: &str| -> serde_json::Value {
        let log: serde_json::Value = serde_json::from_str(&project.read(name)).unwrap();
        log["runs"][0].clone()
    };
    let check = "data check people.csv -c people.yaml --report";
    project.tollgate(&format!("{check} a.sarif")).exits(1);
    project.write("people.csv", "id,age,note\n1,17,a\n2,150,b\n3,160,c\n");
    project.tollgate(&format!("{check} b.sarif.json")).exits(1);
    let (before, after) = (read("a.sarif"), read("b.sarif.json"));
    let known = |run: &serde_json::Value| run["results"][0]["partialFingerprints"].clone();
    assert_eq!(known(&before), known(&after), "of 1 row or of 2");
    let place = &before["results"][0]["locations"][0];
    assert_eq!(place["physicalLocation"]["artifactLocation"]["uri"], "people.csv");
    assert_eq!(place["logicalLocations"][0]["name"], "age");
    project.tollgate("run").exits(1);
    project.tollgate("report -o r.sarif").passes();
    assert_eq!(read("r.sarif")["results"][0]["properties"]["step"], "data");
}

#[test]
fn data_that_can_not_be_read_is_reported_too() {
    let project = people();
    project.write("people.csv", b"id,age,note\n1,2,\xff\n");
    project.tollgate("data check people.csv -c people.yaml --report out.xml").exits(1);
    let tests = tollgate_adapters::junit::parse(&project.read("out.xml")).unwrap();
    assert_eq!((tests.passed, tests.failed), (0, 1));
}

#[test]
fn a_gate_leaves_its_reports() {
    let project = Project::empty();
    project.write("m.json", "{\"accuracy\": 0.9, \"f1\": 0.5}");
    let mut gate = project.command("gate m.json --report g.xml --report g.html");
    let ran = gate.args(["-r", "accuracy >= 0.8", "-r", "f1 >= 0.7"]).output().unwrap();
    assert_eq!(ran.status.code(), Some(1));
    let tests = tollgate_adapters::junit::parse(&project.read("g.xml")).unwrap();
    assert_eq!((tests.passed, tests.failed), (1, 1));
    assert!(tests.failures[0].message.contains("`f1` is 0.5"), "{:?}", tests.failures);
    assert!(project.read("g.html").contains("<svg"), "the bars are drawn");
}

#[test]
fn what_is_no_report_is_refused_before_anything_is_done() {
    let project = people();
    for name in ["out.pdf", "-", "out"] {
        let words = format!("data check people.csv -c people.yaml --report {name}");
        project.tollgate(&words).exits(2).says(".html, .md").keeps_quiet_of("190");
    }
    let into = |name: &str| {
        project.tollgate(&format!("data check people.csv -c people.yaml --report {name}"))
    };
    into("gone/out.html").exits(2).says("gone is no directory").keeps_quiet_of("190");
    project.sh("mkdir dir.html && cp people.csv people.json");
    into("dir.html").exits(2).says("it is a directory").keeps_quiet_of("190");
    let over = "data check people.json -c people.yaml --report people.json";
    project.tollgate(over).exits(2).says("it is what is looked at");
    assert_eq!(project.read("people.json"), project.read("people.csv"));
    project.sh("test -z \"$(find . -name '*.pdf' -o -name '.tmp*')\"");
}

#[test]
fn a_past_run_is_reported_from_the_ledger() {
    let project = people();
    project.tollgate("report").exits(2);
    project.tollgate("run").exits(1);
    let comment = project.tollgate("report");
    comment.passes().says("### ❌ demo r1 failed").says("1 of 1 step failed: <code>data</code>.");
    comment.says("| ❌ | data | failed |").says("| rule | people.yaml:10 |");
    project.write("people.csv", "id,age,note\n1,17,a\n");
    project.tollgate("run").passes();
    project.tollgate("report").passes().says("### ✅ demo r2 passed").says("6 checks passed");
    project.tollgate("report r1 data -o r.html -o r.xml").passes();
    assert!(project.read("r.html").contains("demo r1: data"));
    let tests = tollgate_adapters::junit::parse(&project.read("r.xml")).unwrap();
    assert_eq!((tests.passed, tests.failed), (4, 2));
    project.tollgate("run").passes();
    project.tollgate("report").passes().says("cached").says("6 checks passed");
    project.tollgate("report r9").exits(2).says("no run r9");
    project.tollgate("report nope").exits(2).says("`nope` is no step of r3");
    assert_eq!(project.tollgate("report r1 --json").passes().json()[0]["verdict"], "fail");
}

#[test]
fn what_drifted_is_laid_over_its_reference() {
    let project = Project::new("");
    let rows = |scale: u32, plans: [&str; 2]| {
        let row = |n: u32| format!("{},{}\n", n % 100 * scale, plans[n as usize % 2]);
        format!("spend,plan\n{}", (0..2_000).map(row).collect::<String>())
    };
    project.write("was.csv", rows(1, ["basic", "team"])).write("is.csv", rows(2, ["basic", "pro"]));
    project.tollgate("data profile was.csv -o was.json").passes();
    project.tollgate("data diff was.json is.csv --report d.html").exits(1).says("spend");
    let page = project.read("d.html");
    // What the reference has, and the data has not any more, is drawn as well.
    for part in ["was.csv", "basic", "pro", "team", "spend"] {
        assert!(page.contains(part), "{part}");
    }
    project.tollgate("data infer was.csv -o c.yaml").passes();
    let check = "data check was.csv -c c.yaml --reference was.json";
    project.tollgate(&format!("{check} --report c.html")).passes();
    assert!(project.read("c.html").contains("was.csv"));
    project.tollgate(check).exits(2);
}
