//! One engine at a time: others wait their turn, or are told who is at work.

use crate::common::{Project, Ran, Running, until};

/// A project whose one step takes a while.
fn slow(seconds: f32) -> Project {
    Project::new(&format!("steps:\n  slow: {{ run: sleep {seconds}; echo x > x, outputs: [x] }}"))
}

fn at_work(project: &Project) -> Running {
    let running = project.start("run");
    until("the step runs", || project.path(".tollgate/work/r1-slow-1").exists());
    running
}

#[test]
fn a_second_run_waits_and_finds_everything_known() {
    let project = slow(1.5);
    let first = at_work(&project);
    let second = project.run();
    assert_eq!(second.passes().reused(), ["slow"]);
    let holder = format!("waiting for `tollgate run` (process {}, since ", first.pid());
    second.says(&holder);
    first.wait().passes();
}

#[test]
fn a_second_run_that_will_not_wait_is_told_who_is_at_work() {
    let project = slow(1.5);
    let first = at_work(&project);
    let refused = project.tollgate("run --no-wait");
    refused.exits(4).says(&format!("`tollgate run` (process {}, since ", first.pid()));
    refused.says("is at work in this project");
    first.wait().passes();
    project.tollgate("run --no-wait").passes();
}

#[test]
fn whoever_only_looks_does_not_wait() {
    let project = slow(1.5);
    let first = at_work(&project);
    project.tollgate("log").passes().says("running, or broken off");
    project.tollgate("status").exits(3).says("running");
    project.tollgate("audit verify").passes();
    first.wait().passes();
}

#[test]
fn a_run_that_waits_can_be_stopped() {
    let project = slow(2.0);
    let first = at_work(&project);
    let second = project.start("run");
    std::thread::sleep(std::time::Duration::from_millis(500));
    second.signal("INT");
    second.wait().exits(130).says("stopped while waiting");
    first.wait().passes();
}

#[test]
fn ten_at_once_do_the_work_once() {
    let project = slow(0.3);
    let runs: Vec<Running> = (0..10).map(|_| project.start("run --json")).collect();
    let runs: Vec<Ran> = runs.into_iter().map(Running::wait).collect();
    let ran: usize = runs.iter().map(|run| run.passes().ran().len()).sum();
    assert_eq!(ran, 1);
    project.tollgate("audit verify").passes();
    let log = project.tollgate("log --json").json();
    let numbers: Vec<u64> = log.iter().map(|run| run["run"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=10).rev().collect::<Vec<_>>());
}
