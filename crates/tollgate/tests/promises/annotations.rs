//! Inside GitHub Actions failures become annotations, and the job gets a summary.

use std::fs;

use crate::common::Project;

#[test]
fn failures_are_annotated_and_the_summary_is_written() {
    let project = Project::new(
        r#"
steps:
  good: { run: echo fine }
  bad: { run: "echo '::error::forged'; exit 3" }
  reads: { run: cat other || true }
  gate: { gate: { metrics: m.json }, require: { accuracy: ">= 0.9" } }
  after: { run: "true", needs: [bad] }
"#,
    );
    project.write("other", "").write("m.json", r#"{"accuracy": 0.5}"#);
    let summary = project.beside("summary.md");
    project.env("GITHUB_ACTIONS", "true");
    project.env("GITHUB_STEP_SUMMARY", &summary.display().to_string());
    let ran = project.tollgate("run");
    ran.exits(1);
    let annotations: Vec<&str> = ran.stdout.lines().filter(|line| line.starts_with("::")).collect();
    assert_eq!(annotations.len(), 3, "{ran}");
    let has = |text: &str| annotations.iter().any(|line| line.contains(text));
    assert!(has("title=bad%3A step.failed::the command exited with code 3"), "{annotations:#?}");
    assert!(has("::step `reads` read other, which it does not declare"), "{annotations:#?}");
    assert!(has("::error file=tollgate.yaml,line=6,title=gate%3A"), "{annotations:#?}");
    let summary = fs::read_to_string(summary).unwrap();
    assert!(summary.starts_with("| step | result | time | |\n|---|---|---|---|\n"), "{summary}");
    assert_eq!(summary.lines().count(), 2 + 5, "{summary}");
    assert!(summary.contains("| bad | failed |"), "{summary}");
    assert!(summary.contains("| after | skipped |"), "{summary}");
}

#[test]
fn a_cached_run_adds_to_the_summary() {
    let project = Project::new("steps: { good: { run: echo fine } }");
    let summary = project.beside("summary.md");
    project.env("GITHUB_ACTIONS", "true");
    project.env("GITHUB_STEP_SUMMARY", &summary.display().to_string());
    project.tollgate("run").passes();
    project.tollgate("run").passes().says("cached");
    let summary = fs::read_to_string(summary).unwrap();
    assert!(summary.contains("| good | passed |") && summary.contains("| good | cached |"));
}

#[test]
fn a_summary_that_can_not_be_written_fails_nothing() {
    let project = Project::new("steps: { good: { run: echo fine } }");
    project.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", "/nonexistent/summary");
    project.tollgate("run").passes();
}

#[test]
fn a_replay_only_shows() {
    let project = Project::new("steps: { bad: { run: exit 3 } }");
    let summary = project.beside("summary.md");
    project.env("GITHUB_ACTIONS", "true");
    project.env("GITHUB_STEP_SUMMARY", &summary.display().to_string());
    project.tollgate("run").exits(1).says("::error");
    let before = fs::read_to_string(&summary).unwrap();
    project.tollgate("replay r1").passes().says("bad").keeps_quiet_of("::error");
    assert_eq!(fs::read_to_string(&summary).unwrap(), before);
}
