//! What is stopped stops as a whole, and what was finished stays finished. What fails once and
//! then passes is remembered as flaky.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::{Counter, Project, ask, marker, processes, until};

/// A finished step, and one that would go on for ever, with children that would outlive it.
fn endless(marker: &str) -> Project {
    Project::new(&format!(
        "
steps:
  first: {{ run: echo 1 > x, outputs: [x] }}
  endless:
    run: |
      sh -c 'sleep 1000; : {marker}' &
      setsid sh -c 'trap \"\" TERM INT HUP; sleep 1000; : {marker}' &
      test -s x
      sleep 1000
    needs: [first]
  after: {{ run: \"true\", needs: [endless] }}
"
    ))
}

fn stopped_by(signal: &str) {
    let marker = marker("stopped");
    let project = endless(&marker);
    let running = project.start("run --json");
    until("the children run", || processes(&marker).len() >= 3);
    running.signal(signal);
    let stopped = running.wait();
    stopped.exits(130);
    assert_eq!(processes(&marker), Vec::<String>::new());
    assert_eq!(stopped.facts("run_finished")[0]["end"], "cancelled");
    assert_eq!(stopped.result("endless")["end"], "cancelled");
    assert_eq!(stopped.facts("step_skipped")[0]["step"], "after");
    assert_eq!(project.leftovers(), Vec::<std::path::PathBuf>::new());
    project.tollgate("audit verify").passes();
    project.edit("\n      sleep 1000", "");
    let next = project.run();
    assert_eq!((next.passes().reused(), next.ran().len()), (vec!["first".into()], 2));
}

#[test]
fn ctrl_c_ends_the_run_and_all_that_its_steps_started() {
    stopped_by("INT");
}

#[test]
fn a_polite_request_does_as_much() {
    stopped_by("TERM");
}

#[test]
fn a_tool_that_is_asked_is_stopped_too() {
    let marker = marker("asked");
    let project = Project::new(&format!(
        "steps:\n  step:\n    run: \"true\"\n    tools: [\"sleep 1000; true {marker}\"]"
    ));
    let running = project.start("run");
    until("the tool runs", || !processes(&marker).is_empty());
    let began = Instant::now();
    running.signal("TERM");
    running.wait().exits(130).says("stopped before the run began");
    assert!(began.elapsed() < Duration::from_secs(10), "it waited for the tool");
    assert_eq!(processes(&marker), Vec::<String>::new());
    assert_eq!(project.leftovers(), Vec::<std::path::PathBuf>::new());
    assert_eq!(project.tollgate("audit log --json").stdout, "", "there was no run");
    project.edit("sleep 1000; ", "");
    project.run().passes();
}

#[test]
fn a_scan_is_stopped_in_the_middle_of_a_large_file() {
    let project = Project::new("steps: { step: { run: \"true\", inputs: [large] } }");
    project.sh("truncate -s 256G large");
    let running = project.start("run");
    until("the run is on its way", || project.path(".tollgate/store").is_dir());
    let began = Instant::now();
    running.signal("TERM");
    running.wait().exits(130).says("stopped before the run began");
    assert!(began.elapsed() < Duration::from_secs(10), "it read on");
}

#[test]
fn a_second_ctrl_c_does_not_wait() {
    let marker = marker("twice");
    let project = Project::new(&format!(
        "steps:\n  deaf: {{ run: \"trap '' TERM INT; sleep 1000; true {marker}\" }}"
    ));
    let running = project.start("run");
    until("the step runs", || !processes(&format!("true {marker}")).is_empty());
    running.signal("INT");
    std::thread::sleep(Duration::from_millis(300));
    let began = Instant::now();
    running.signal("INT");
    running.wait().exits(130);
    assert!(began.elapsed() < Duration::from_secs(4), "it waited");
    until("nothing is left", || processes(&marker).is_empty());
    project.edit("sleep 1000; ", "");
    project.run().passes();
}

#[test]
fn a_timeout_ends_daemons_too() {
    let marker = marker("timeout");
    let project = endless(&marker);
    project.edit("    needs: [first]", "    needs: [first]\n    timeout: 1s");
    let ran = project.run();
    assert_eq!(ran.exits(1).result("endless")["end"], "timed_out");
    assert_eq!(ran.summary("endless"), "the command ran over its timeout of 1.0 s and was ended");
    assert_eq!(processes(&marker), Vec::<String>::new());
}

#[test]
fn what_a_step_leaves_running_ends_with_it() {
    let marker = marker("daemon");
    let project = Project::new(&format!(
        "steps:\n  step: {{ run: \"setsid sh -c 'sleep 1000; true {marker}' > /dev/null 2>&1 &\" }}"
    ));
    let began = Instant::now();
    project.run().passes();
    assert!(began.elapsed() < Duration::from_secs(30));
    assert_eq!(processes(&marker), Vec::<String>::new());
}

/// A step that fails until it was tried `failures` times.
fn flaky(counter: &Counter, failures: u32, retries: u32) -> Project {
    let ask = ask(counter);
    Project::new(&format!(
        "
steps:
  shaky:
    run: |
      test $({ask}) -ge {failures}
      echo done > out
    outputs: [out]
    network: true
    retries: {retries}
"
    ))
}

#[test]
fn a_step_that_passes_when_tried_again_is_flaky() {
    let counter = Counter::start();
    let project = flaky(&counter, 1, 2);
    let ran = project.tollgate("run");
    ran.passes().says("again  shaky     attempt 2, for the one before failed");
    ran.says("   flaky  shaky").says("passed on attempt 2").says("1 step, 1 ran, 1 flaky");
    let said = "flaky: needed more than one attempt in 1 of 1 passed runs";
    project.tollgate("status").passes().says(said);
    let again = project.tollgate("run --force --json");
    assert_eq!(again.passes().result("shaky")["attempts"], 1);
    project.tollgate("status").passes().says("in 1 of 2 passed runs");
}

#[test]
fn a_step_is_tried_no_more_often_than_declared() {
    let counter = Counter::start();
    let project = flaky(&counter, 99, 2);
    let ran = project.run();
    assert_eq!(ran.exits(1).result("shaky")["attempts"], 3);
    assert_eq!((counter.requests(), ran.facts("step_started").len()), (3, 3));
}

#[test]
fn a_step_whose_declaration_is_wrong_is_not_tried_again() {
    let project = Project::new("steps:\n  step: { run: cat other, retries: 3 }");
    project.write("other", "");
    assert_eq!(project.run().exits(1).result("step")["attempts"], 1);
}

#[test]
fn a_failure_is_not_remembered() {
    let counter = Counter::start();
    let project = flaky(&counter, 1, 0);
    project.run().exits(1);
    let second = project.tollgate("run --explain shaky");
    second.passes().says("ran again on the same inputs: its last run did not pass");
}

const TWO_ARMS: &str = "
steps:
  bad: { run: sleep 0.2; exit 3 }
  after_bad: { run: \"true\", needs: [bad] }
  slow: { run: sleep 1 }
  after_slow: { run: \"true\", needs: [slow] }
";

#[test]
fn a_failure_lets_what_does_not_depend_on_it_finish() {
    let project = Project::new(TWO_ARMS);
    let ran = project.tollgate("run --keep-going --json -j 2");
    assert_eq!(ran.exits(1).ran(), ["after_slow", "bad", "slow"]);
    let skipped = ran.facts("step_skipped");
    assert_eq!((&skipped[0]["step"], &skipped[0]["because"]), (&"after_bad".into(), &"bad".into()));
    assert_eq!(ran.result("bad")["end"]["exited"], 3);
    assert_eq!(ran.summary("bad"), "the command exited with code 3");
    assert_eq!(project.run().exits(1).reused(), ["after_slow", "slow"]);
}

#[test]
fn with_fail_fast_nothing_starts_after_a_failure() {
    let project = Project::new(TWO_ARMS);
    let ran = project.tollgate("run --fail-fast --json -j 2");
    assert_eq!(ran.exits(1).ran(), ["bad", "slow"]);
    assert_eq!(ran.result("slow")["verdict"], "pass", "what runs may finish");
    assert_eq!(ran.facts("step_skipped").len(), 2);
}

/// A pipe that is full, and whose reader only keeps it open.
fn stuck_pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    let (reader, writer) = std::io::pipe().unwrap();
    let mut filler = writer.try_clone().unwrap();
    let (told, full) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        // Once the pipe is full this waits in the write, until the reader is gone.
        while filler.write_all(&[b'\n'; 512]).is_ok() {
            let _ = told.send(());
        }
    });
    while full.recv_timeout(Duration::from_millis(300)).is_ok() {}
    (reader, writer)
}

fn run_finished(project: &Project) -> bool {
    project.tollgate("log --json").stdout.contains("completed")
}

#[test]
fn a_screen_that_nobody_reads_holds_up_no_run() {
    let project =
        Project::new("steps:\n  loud: { run: seq 100000; exit 1 }\n  quiet: { run: sleep 0.3 }");
    for words in ["run", "run --json"] {
        let _ = std::fs::remove_dir_all(project.path(".tollgate"));
        let (reader, writer) = stuck_pipe();
        let mut command = project.command(words);
        let mut child = command.stdout(writer).stderr(Stdio::null()).spawn().unwrap();
        drop(command);
        until("the run finishes", || run_finished(&project));
        assert!(child.try_wait().unwrap().is_none(), "its facts are still to be shown");
        project.run().exits(1);
        drop(reader);
        assert_eq!(child.wait().unwrap().code(), Some(1), "a reader that goes away is no error");
    }
}

#[test]
fn a_run_whose_screen_is_stuck_can_be_stopped() {
    let project = Project::new("steps:\n  quiet: { run: sleep 0.1 }");
    let (_reader, writer) = stuck_pipe();
    let mut command = project.command("run");
    let mut child = command.stdout(writer).stderr(Stdio::null()).spawn().unwrap();
    until("the run finishes", || run_finished(&project));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().code(), Some(0), "the run had passed before");
}

#[test]
fn a_very_long_line_is_cut_before_it_is_shown() {
    let project = Project::new(
        "steps:\n  loud: { run: \"head -c 1000000 /dev/zero | tr '\\\\0' x; echo; exit 1\" }",
    );
    let ran = project.tollgate("run");
    ran.exits(1).says("xxxxx");
    assert!(ran.stdout.lines().all(|line| line.chars().count() < 500), "{}", ran.stdout.len());
}
