//! What happened can be looked up, shown again, and got back.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::common::Project;

/// Steps of every end: passed, failed, skipped.
fn project() -> Project {
    let project = Project::new(
        r#"
steps:
  good: { run: "echo from good; mkdir -p d/sub; echo text > d/sub/file; echo 'echo tool' > d/tool; chmod 755 d/tool; ln -s sub/file d/link; cp d/tool tool; echo plain > plain", outputs: [d/, tool, plain] }
  bad: { run: "echo from bad; exit 3", needs: [good] }
  never: { run: "true", needs: [bad] }
"#,
    );
    project.commit();
    project
}

/// Text with every time replaced, so that it is the same in each run.
fn timeless(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut words: Vec<String> = Vec::new();
        for word in line.split(' ') {
            let number = word.chars().all(|c| c.is_ascii_digit() || c == '.') && !word.is_empty();
            match word.trim_end_matches([':', ';', ',']) {
                "ms" | "s" if words.last().is_some_and(|last| last == "#") => {
                    let tail = word.trim_start_matches(|c: char| c.is_ascii_alphabetic());
                    words.pop();
                    words.push(format!("TIME{tail}"));
                }
                _ if number => words.push("#".to_owned()),
                _ => words.push(word.to_owned()),
            }
        }
        // Times are set flush right.
        let mut line = words.join(" ");
        while line.contains("  TIME") {
            line = line.replace("  TIME", " TIME");
        }
        out.push_str(line.replace('#', "N").trim_end());
        out.push('\n');
    }
    out
}

#[test]
fn plain_output_is_stable() {
    let project = project();
    let sha = project.sh("git rev-parse HEAD")[..10].to_owned();
    let first = timeless(&project.tollgate("run").exits(1).stdout);
    let expected = format!(
        "r1 steps of demo at {sha} (main)
  passed  good TIME
  failed  bad TIME  the command exited with code N
           │ from bad
 skipped  never     `bad` did not pass
r1 failed in TIME: N steps, N ran, N failed, N skipped
"
    );
    assert_eq!(first, expected);
    project.edit("exit 3", "exit 0");
    let second = timeless(&project.tollgate("run").passes().stdout);
    let expected = format!(
        "r2 steps of demo at {sha} (main, with changes)
  cached  good      saved TIME
  passed  bad TIME
  passed  never TIME
r2 passed in TIME: N steps, N ran, N cached; the cache saved TIME
"
    );
    assert_eq!(second, expected);
}

#[test]
fn a_replay_is_what_was_shown() {
    let project = project();
    let first = project.tollgate("run");
    first.exits(1);
    assert_eq!(project.tollgate("replay").passes().stdout, first.stdout);
    let live = project.tollgate("run --json");
    assert_eq!(project.tollgate("replay r2 --json").passes().stdout, live.stdout);
    assert_eq!(project.tollgate("replay r1 --speed 100").passes().stdout, first.stdout);
}

#[test]
fn facts_are_those_of_the_ledger() {
    let project = project();
    let told = project.run().exits(1).json();
    let kept = project.tollgate("audit log --json").passes().json();
    assert_eq!(told.len(), kept.len());
    for (told, kept) in told.iter().zip(&kept) {
        let mut kept_fact = kept["fact"].clone();
        kept_fact["at"] = kept["at"].clone();
        assert_eq!(*told, kept_fact);
    }
    let order: Vec<_> = told.iter().map(|fact| fact["fact"].as_str().unwrap()).collect();
    let expected = [
        "run_started",
        "step_started",
        "step_finished",
        "step_started",
        "step_finished",
        "step_skipped",
        "run_finished",
    ];
    assert_eq!(order, expected);
    assert_eq!(told[0]["commit"]["branch"], "main");
    assert_eq!(told[0]["commit"]["sha"], project.sh("git rev-parse HEAD").trim());
}

#[test]
fn runs_are_listed_newest_first() {
    let project = project();
    project.run();
    project.run();
    let log = project.tollgate("log");
    let runs: Vec<&str> =
        log.passes().stdout.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(runs, ["r2", "r1"]);
    assert_eq!(project.tollgate("log -n 1").stdout.lines().count(), 1);
}

#[test]
fn a_step_s_log_is_what_it_printed() {
    let project = project();
    project.run();
    project.run();
    assert_eq!(project.tollgate("log good").passes().stdout, "from good\n", "of the run it ran in");
    assert_eq!(project.tollgate("log bad --run r1").passes().stdout, "from bad\n");
    project.tollgate("log never").exits(2).says("`never` is skipped in r2 and has no log");
    project.tollgate("log nothing").exits(2).says("`nothing` is no step of r2");
    project.tollgate("log good --run r9").exits(2).says("no run r9: the last is r2");
}

#[test]
fn a_log_keeps_every_byte() {
    let project = Project::new("steps:\n  step:\n    run: printf '\\000\\377\\033[31mred'");
    project.run().passes();
    let output = project.command("log step").output().unwrap();
    assert_eq!(output.stdout, b"\0\xff\x1b[31mred");
}

#[test]
fn a_run_is_shown_in_full() {
    let project = project();
    project.run();
    let shown = project.tollgate("show");
    shown.passes().says("output   d").says("output   plain").says("the command exited with code 3");
    shown.says("because  `bad` did not pass");
    project.tollgate("show r1 good").passes().keeps_quiet_of("exited");
    project.tollgate("show nothing").exits(2);
}

#[test]
fn the_status_is_that_of_the_last_run() {
    let project = project();
    project.tollgate("status").exits(2).says("nothing has run here yet");
    project.run();
    let status = project.tollgate("status");
    status.exits(1).says("passed  good").says("failed  bad").says("skipped  never");
    project.edit("exit 3", "exit 0").run().passes();
    let status = project.tollgate("status --json").passes().json();
    let states: Vec<_> =
        status[0]["steps"].as_array().unwrap().iter().map(|s| &s["state"]).collect();
    assert_eq!(states, ["cached", "passed", "passed"]);
}

#[test]
fn force_runs_what_is_known_and_no_more_than_was_named() {
    let project = project();
    project.edit("exit 3", "exit 0").run().passes();
    assert_eq!(project.run().ran(), Vec::<String>::new());
    assert_eq!(project.tollgate("run --json --force").passes().ran(), ["bad", "good", "never"]);
    let named = project.tollgate("run --json --force=bad,never").passes().ran();
    assert_eq!(named, ["bad", "never"]);
    project.tollgate("run --force=nothing").exits(2).says("there is no step or pipeline `nothing`");
    let explained = project.tollgate("run --force=bad --explain bad --explain good");
    explained.passes().says("bad: ran again on the same inputs");
    explained.says("good: reused from r3: nothing that it reads has changed");
}

#[test]
fn outputs_come_back_as_they_were() {
    let project = project();
    project.run();
    project.tollgate("store get good --into ../out").passes();
    let out = project.beside("out");
    let mode = |path: &str| fs::metadata(out.join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("tool"), mode("d/tool"), mode("plain")), (0o755, 0o755, 0o644));
    assert_eq!(fs::read_link(out.join("d/link")).unwrap().to_str(), Some("sub/file"));
    assert_eq!(fs::read_to_string(out.join("d/link")).unwrap(), "text\n");
    project.tollgate("store get good plain --into ../one --run r1").passes();
    assert_eq!(fs::read_dir(project.beside("one")).unwrap().count(), 1);
}

#[test]
fn nothing_is_overwritten() {
    let project = project();
    project.run();
    project.write("plain", "mine");
    let refused = project.tollgate("store get good plain --into .");
    refused.exits(4).says("plain is there already; it is not overwritten");
    assert_eq!(project.read("plain"), "mine");
    // Also where only one of several is in the way.
    project.tollgate("store get good --into .").exits(4);
    assert!(!project.path("d").exists(), "all or nothing");
    project.link("tool", "/nonexistent");
    project.tollgate("store get good tool --into .").exits(4);
}

#[test]
fn what_is_not_there_can_not_be_got() {
    let project = project();
    project.run();
    project.tollgate("store get bad").exits(2).says("`bad` left nothing in r1");
    project
        .tollgate("store get good nothing")
        .exits(2)
        .says("no output nothing; there are d, plain, tool");
    project.tollgate("store get nothing").exits(2).says("`nothing` is no step of r1");
}

#[test]
fn an_emptied_store_costs_time_and_nothing_else() {
    let project = project();
    project.edit("exit 3", "exit 0").run().passes();
    project.tollgate("store gc --max-size 0B --dry-run").passes().says("would remove");
    assert_eq!(project.run().ran(), Vec::<String>::new());
    project.tollgate("store gc --max-size 0B").passes().says("0 B stay");
    project.tollgate("store size").passes().says("0 objects");
    // Steps without outputs are known still; only what must be there is made again.
    let ran = project.run();
    assert_eq!(
        (ran.passes().ran(), ran.reused()),
        (vec!["good".into()], vec!["bad".into(), "never".into()])
    );
    project.tollgate("audit verify").passes();
    project.tollgate("replay r1").passes();
    project.tollgate("show r1").passes();
}

#[test]
fn only_what_is_in_nobody_s_use_goes_first() {
    let project = project();
    project.run();
    project.edit("echo plain", "echo other").run();
    project.tollgate("store gc --max-size 1GB").passes().says("removed 0 objects");
    assert_eq!(project.run().reused(), ["good"]);
}
