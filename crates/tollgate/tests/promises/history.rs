//! What a run records of the project's history, and that it runs without one.

use crate::common::{Project, Ran};

fn project() -> Project {
    let project = Project::new("steps: { step: { run: ls data, inputs: [data/] } }");
    project.write("data/a.csv", "").write(".gitignore", "*.log\n").commit();
    project
}

#[track_caller]
fn commit(ran: &Ran) -> serde_json::Value {
    ran.passes().facts("run_started")[0]["commit"].clone()
}

#[test]
fn a_file_that_git_does_not_know_is_a_change() {
    let project = project();
    assert_eq!(commit(&project.run())["dirty"], false, "the state directory is none");
    project.write("data/a.log", "");
    assert_eq!(commit(&project.run())["dirty"], false, "what is ignored is none");
    project.write("data/new.csv", "");
    assert_eq!(commit(&project.run())["dirty"], true);
    project.commit();
    assert_eq!(commit(&project.run())["dirty"], false);
}

#[track_caller]
fn goes_on_without_a_commit(project: &Project, note: &str) {
    let ran = project.run();
    assert_eq!(commit(&ran), serde_json::Value::Null);
    ran.says(note);
    assert_eq!(ran.stderr.matches("; the run records no commit").count(), 1, "{ran}");
    project.tollgate("run").passes().says(note);
}

#[test]
fn a_repository_of_another_user_does_not_end_the_run() {
    let project = project();
    project.env("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1");
    project.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    goes_on_without_a_commit(&project, "note: git: the repository is owned by another user");
    project.run().says("git config --global --add safe.directory");
}

#[test]
fn a_repository_that_git_can_not_read_does_not_end_the_run() {
    let project = project();
    project.write(".git/HEAD", "nonsense");
    goes_on_without_a_commit(&project, "note: git: git status failed: fatal: ");
}
