//! What Tollgate or the machine fails at is never counted against a step.

use crate::common::{Project, marker, processes, until};

#[test]
fn a_store_that_breaks_under_a_run_is_the_machine_s_fault() {
    let marker = marker("store");
    let project = Project::new(&format!(
        "
steps:
  make:
    run: |
      until test -e /tmp/never || test $((n += 1)) -gt 20; do sleep 0.1; done
      echo x > out; : {marker}
    outputs: [out]
  after: {{ run: cat out, needs: [make] }}
"
    ));
    let running = project.start("run --json");
    until("the step runs", || !processes(&marker).is_empty());
    project.sh("mv .tollgate/store ../gone; echo > .tollgate/store");
    let ran = running.wait();
    let result = ran.exits(5).result("make");
    assert_eq!((&result["verdict"], &result["end"]), (&"undecided".into(), &"broken".into()));
    assert!(ran.summary("make").starts_with("the machine failed, not the step: "), "{ran}");
    assert_eq!(ran.facts("step_skipped")[0]["because"], "make");
    project.sh("rm .tollgate/store; mv ../gone .tollgate/store");
    project.run().passes();
}

#[test]
fn a_command_that_no_shell_can_be_given_is_misconfigured() {
    // More than the kernel takes as one argument.
    let long = "x".repeat(200 << 10);
    let project = Project::new(&format!("steps: {{ step: {{ run: \": {long}\" }} }}"));
    let ran = project.run();
    assert_eq!(ran.exits(2).result("step")["end"], "misconfigured");
    assert!(ran.summary("step").contains("start /bin/sh"), "{}", ran.summary("step"));
}

#[test]
fn an_annotation_is_made_for_a_step_that_could_not_be_carried_out() {
    let project = Project::new("steps: { step: { run: \"true\", tools: [no-such-tool -V] } }");
    project.env("GITHUB_ACTIONS", "true");
    project
        .tollgate("run")
        .exits(2)
        .says("::error title=step::tool: `no-such-tool -V` was not found");
}

#[test]
fn a_panic_is_owned_up_to() {
    let project = Project::new("steps: { step: { run: \"true\" } }");
    // No machine has room for a thread with such a stack, and the library panics over it.
    project.env("RUST_MIN_STACK", "100000000000000000").env("RUST_BACKTRACE", "0");
    let ran = project.tollgate("run");
    ran.exits(5).says("error: this is a bug in tollgate, not in your project").says(".rs:");
    ran.says("try: report these lines").keeps_quiet_of("thread 'main'");
}
