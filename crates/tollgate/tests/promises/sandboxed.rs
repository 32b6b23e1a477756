//! A step reads what it declares and reaches what it may, or it fails and says why.

use crate::common::{Counter, Project, ask, marker};

/// A project with one step, `step`, and files that it does not declare.
fn project(command: &str) -> Project {
    let project = Project::new("steps: {}");
    project
        .yaml(&format!(
            "
steps:
  maker: {{ run: echo made > made.txt, outputs: [made.txt] }}
  step:
    run: |
      {command}
    inputs: [dir/, in.txt]
"
        ))
        .write("in.txt", "in")
        .write("dir/a.txt", "a")
        .write("secret.txt", "hidden")
        .write("deep/down/secret.txt", "hidden")
        .link("dir/out", "../secret.txt");
    project
}

/// The step fails for that path alone, and its content stays out of the log.
#[track_caller]
fn undeclared(path: &str, command: &str) {
    let project = project(command);
    let ran = project.tollgate("run step");
    ran.exits(1).says(&format!("step `step` read {path}, which it does not declare"));
    ran.says(&format!("try      add `{path}` to the inputs of `step`"));
    assert_eq!(ran.stdout.matches("which it does not declare").count(), 1, "{ran}");
    ran.keeps_quiet_of("hidden");
}

#[test]
fn a_relative_path() {
    undeclared("secret.txt", "cat secret.txt");
}

#[test]
fn a_command_that_does_not_mind() {
    undeclared("deep/down/secret.txt", "cat deep/down/secret.txt || true");
}

#[test]
fn a_path_through_the_directory_above() {
    undeclared("secret.txt", "cat dir/../secret.txt || true");
}

#[test]
fn a_path_from_another_directory() {
    undeclared("secret.txt", "cd dir && cat ../secret.txt || true");
}

#[test]
fn a_declared_link_to_an_undeclared_file() {
    let project = project("cat dir/out || true");
    let ran = project.tollgate("run step");
    ran.exits(1).says("which it does not declare").keeps_quiet_of("hidden");
}

// Only opening a file counts as reading it. Other questions are not told on, but the answer is
// the same whatever the project has there, so that no result can depend on it.
#[test]
fn other_ways_to_ask_find_nothing_there() {
    let project =
        project("! test -e secret.txt; ln -s secret.txt x; ! cat x; ls deep > out || true");
    project.edit("    inputs:", "    outputs: [out]\n    inputs:");
    let first = project.run().result("step")["outputs"].clone();
    project.sh("rm -r secret.txt deep");
    let second = project.tollgate("run --force --json").result("step")["outputs"].clone();
    assert_eq!(first, second);
}

#[test]
fn a_program_that_is_started() {
    let project = project("./tool.sh || true");
    project.script("tool.sh", "echo hidden");
    project
        .tollgate("run step")
        .exits(1)
        .says("step `step` read tool.sh, which it does not declare");
}

#[test]
fn the_absolute_path_of_the_checkout() {
    let project = project("true");
    let absolute = project.path("secret.txt").display().to_string();
    project.edit("      true", &format!("      cat {absolute} || true"));
    let ran = project.tollgate("run step");
    ran.exits(1).says("step `step` read secret.txt, which it does not declare");
    ran.keeps_quiet_of("hidden");
}

#[test]
fn a_path_out_of_the_checkout_and_in_again() {
    let project = project("true");
    let around = format!("{}/../project/secret.txt", project.root().display());
    project.edit("      true", &format!("      cat {around} || true"));
    project.tollgate("run step").exits(1).says("step `step` read secret.txt, which it does not");
}

#[test]
fn the_output_of_a_step_that_is_not_needed() {
    let project = project("cat made.txt || true");
    let ran = project.write("made.txt", "old").tollgate("run step");
    ran.exits(1).says("step `step` read made.txt, which it does not declare");
    ran.says("add `maker` to the needs of `step`");
}

#[test]
fn the_repository_itself_is_invisible() {
    let project = project("ls -a; test ! -e .git; test ! -e .tollgate");
    project.tollgate("run step").passes();
    let git = project.path(".git").display().to_string();
    project.edit("ls -a; ", &format!("if ls {git}; then exit 7; fi; "));
    project.tollgate("run step").passes();
}

#[test]
fn declared_files_are_there_and_nothing_else() {
    let project = project("find . | LC_ALL=C sort");
    project.run().passes();
    let log = project.tollgate("log step");
    assert_eq!(log.stdout, ".\n./dir\n./dir/a.txt\n./dir/out\n./in.txt\n");
}

#[test]
fn what_a_step_does_to_its_inputs_stays_with_it() {
    let project = project("echo more >> in.txt; rm dir/a.txt; echo new > dir/new");
    project.run().passes();
    assert_eq!(project.read("in.txt"), "in");
    assert_eq!(project.sh("ls dir").split_whitespace().collect::<Vec<_>>(), ["a.txt", "out"]);
}

#[test]
fn a_step_can_not_change_what_another_left() {
    let project = Project::new(
        "
steps:
  make: { run: mkdir d; echo one > d/f; echo one > f, outputs: [d/, f] }
  spoil: { run: echo two > d/f; echo two > f, needs: [make] }
  look: { run: cat d/f f, needs: [make, spoil] }
",
    );
    project.run().passes();
    assert_eq!(project.tollgate("log look").stdout, "one\none\n");
    project.tollgate("audit verify").passes();
}

#[test]
fn the_caller_s_variables_stay_out() {
    let project = project("env");
    let secret = marker("secret");
    project.env("AWS_SECRET_ACCESS_KEY", &secret).run().passes();
    project.tollgate("log step").keeps_quiet_of(&secret);
    let found = project.sh(&format!("grep -ra {secret} .tollgate || true"));
    assert_eq!(found, "");
}

#[test]
fn a_granted_value_is_in_no_record() {
    let project = project("test -n \"$TOKEN\"");
    let secret = marker("token");
    project.edit("    inputs:", "    env: [TOKEN]\n    inputs:");
    project.env("TOKEN", &secret).run().passes();
    let found = project.sh(&format!("grep -ra {secret} .tollgate || true"));
    assert_eq!(found, "");
}

const CONNECT: &str =
    r#"python3 -c 'import socket; socket.create_connection(("192.0.2.1", 81), 30)'"#;

#[test]
fn the_network_is_refused_at_once() {
    let project = project(CONNECT);
    let began = std::time::Instant::now();
    let ran = project.tollgate("run step");
    ran.exits(1).says("step `step` reached for the network (192.0.2.1");
    ran.says("add `network: true` to `step`");
    assert!(began.elapsed().as_secs() < 25, "refused, not timed out");
}

#[test]
fn a_granted_network_reaches_the_host() {
    let counter = Counter::start();
    let project = project(&ask(&counter));
    project.edit("    inputs:", "    network: true\n    inputs:");
    project.run().passes();
    assert_eq!(counter.requests(), 1);
    assert_eq!(project.tollgate("log step").stdout, "0\n");
}

#[test]
fn without_a_grant_the_host_s_loopback_is_out_of_reach() {
    let counter = Counter::start();
    let project = project(&ask(&counter));
    project.tollgate("run step").exits(1);
    assert_eq!(counter.requests(), 0);
}

#[test]
fn credentials_of_an_index_are_in_no_log_and_no_record() {
    let project = Project::new(
        r#"
steps:
  step:
    run: |
      printf 'asking %s' "${PIP_INDEX_URL%cret*}"; sleep 0.2; echo "cret@index.example/simple"
      echo "$https_proxy"
      printf '<testsuite><testcase name="%s"><failure message="%s"/></testcase></testsuite>' \
        "$PIP_INDEX_URL" "$PIP_INDEX_URL" > report.xml
    junit: report.xml
    network: true
"#,
    );
    project.env("PIP_INDEX_URL", "https://me:top-s3cret@index.example/simple");
    project.env("https_proxy", "http://me:hush%2Dhush@proxy.example:1");
    for secret in ["top-s3cret", "hush%2Dhush"] {
        project.tollgate("run --force").exits(1).says("index.example").keeps_quiet_of(secret);
        let log = project.tollgate("log step");
        log.says("https://me:***@index.example/simple").says("http://me:***@proxy.example:1");
        log.keeps_quiet_of(secret);
        project.tollgate("run --json").exits(1).says("me:***@").keeps_quiet_of(secret);
        for file in project.files(".tollgate") {
            let bytes = std::fs::read(&file).unwrap();
            let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!found, "{secret} in {}", file.display());
        }
    }
}

#[test]
fn another_index_is_another_result_and_another_password_is_not() {
    let project = Project::new("steps: { step: { run: \"true\", network: true } }");
    project.env("PIP_INDEX_URL", "https://me:first@one.example/simple").run().passes();
    project.env("PIP_INDEX_URL", "https://me:second@one.example/simple");
    assert_eq!(project.run().passes().reused(), ["step"]);
    project.env("PIP_INDEX_URL", "https://me:second@two.example/simple");
    project.tollgate("run --explain step").passes().says("`package index` changed");
}
