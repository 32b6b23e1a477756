//! The command line: where it works, what it exits with, what it says when it can't.

use crate::common::Project;

const HELLO: &str = "steps: { hello: { run: echo hello } }";

#[test]
fn a_run_that_passes_exits_with_0_and_one_that_fails_with_1() {
    Project::new(HELLO).tollgate("run").passes();
    Project::new("steps: { step: { run: exit 9 } }").tollgate("run").exits(1);
}

#[test]
fn without_a_tollgate_yaml_it_says_where_it_looked_and_what_to_do() {
    let project = Project::empty();
    let ran = project.tollgate("run");
    ran.exits(2).says(&format!("no tollgate.yaml in {}", project.root().display()));
    ran.says("try: `tollgate init`");
    let json = project.tollgate("run --json");
    assert_eq!(json.exits(2).stdout, "");
    let error: serde_json::Value = serde_json::from_str(&json.stderr).unwrap();
    assert_eq!(error["exit"], 2);
}

#[test]
fn a_mistake_is_shown_where_it_is_and_nothing_runs() {
    let project = Project::new("steps:\n  hello: { rum: echo hello }");
    let ran = project.tollgate("run");
    ran.exits(2).says("tollgate.yaml:3:").says("rum").says("did you mean `run`");
    assert!(!project.path(".tollgate").exists());
}

#[test]
fn an_unknown_verb_flag_or_target_exits_with_2() {
    let project = Project::new(HELLO);
    project.tollgate("fly").exits(2);
    project.tollgate("run --fly").exits(2);
    let ran = project.tollgate("run helo");
    ran.exits(2).says("there is no step or pipeline `helo`").says("hello");
    project.tollgate("--help").passes().says("Exit codes");
    project.tollgate("--version").passes();
}

#[test]
fn it_finds_the_project_from_below() {
    let project = Project::new(HELLO);
    project.write("a/b/c.txt", "");
    let mut command = project.command("run");
    let output = command.current_dir(project.path("a/b")).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(project.path(".tollgate/ledger.db").exists());
    assert!(!project.path("a/b/.tollgate").exists());
}

#[test]
fn it_works_in_the_directory_that_it_is_given() {
    let project = Project::new(HELLO);
    let elsewhere = Project::empty();
    let words = format!("-C {} run", project.root().display());
    elsewhere.tollgate(&words).passes();
    elsewhere.tollgate(&format!("run -C {}", project.root().display())).passes().says("cached");
    elsewhere.tollgate("-C /nonexistent run").exits(2).says("can't work in /nonexistent");
}

#[test]
fn the_pr_pipeline_runs_unless_another_is_named() {
    let project = Project::new(
        "
steps:
  one: { run: \"true\" }
  two: { run: \"true \", needs: [one] }
  three: { run: \"true  \" }
pipelines:
  pr: { on: pull_request, steps: [one] }
  main: { on: push main, steps: [two] }
",
    );
    assert_eq!(project.run().passes().ran(), ["one"]);
    let main = project.tollgate("run main --json");
    assert_eq!((main.passes().reused(), main.ran()), (vec!["one".into()], vec!["two".into()]));
    assert_eq!(project.tollgate("run three --json").passes().ran(), ["three"]);
    project.tollgate("run main three").exits(2).says("`main` is a pipeline");
    project.edit("  pr:", "  other:").tollgate("run").exits(2).says("which pipeline?");
}

#[test]
fn going_over_the_budget_is_told() {
    let project = Project::new(
        "
steps: { slow: { run: sleep 0.3 } }
pipelines: { pr: { steps: [slow], budget: 100ms } }
",
    );
    project.tollgate("run").passes().says("over its budget").says("the budget is 100 ms");
}

#[test]
fn a_missing_input_fails_its_step_and_names_it() {
    let project = Project::new("steps: { step: { run: cat a, inputs: [a, \"b/*.csv\"] } }");
    project.write("a", "").write("b/x.csv", "").run().passes();
    project.sh("rm b/x.csv");
    let ran = project.tollgate("run");
    assert_ne!(ran.code, Some(0));
    ran.says("b/*.csv");
}

#[test]
fn a_pipe_is_no_input() {
    let project = Project::new("steps: { step: { run: cat pipe, inputs: [pipe, dir/] } }");
    project.write("dir/a", "").sh("mkfifo pipe dir/pipe");
    let ran = project.tollgate("run");
    assert!(matches!(ran.code, Some(1 | 2)), "{ran}");
    ran.says("pipe");
    project.edit("[pipe, dir/]", "[dir/]").edit("cat pipe", "ls dir");
    project.tollgate("run").passes();
}

#[test]
fn a_missing_tool_is_named() {
    let project =
        Project::new("steps: { step: { run: \"true\", tools: [no-such-tool --version] } }");
    let ran = project.tollgate("run");
    ran.exits(2).says("   wrong  step").says("`no-such-tool --version` was not found");
    ran.says("1 step, 1 wrong");
}

#[test]
fn a_command_that_is_not_there_is_told_from_one_that_fails() {
    let project = Project::new("steps: { step: { run: no-such-command } }");
    project.tollgate("run").exits(1).says("exited with code 127 (command not found");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let project = Project::new(HELLO);
    project.run();
    let binary = env!("CARGO_BIN_EXE_tollgate");
    project.sh(&format!("{binary} audit log | head -n 1; {binary} run --json | head -n 1"));
    project.tollgate("audit verify").passes();
}

#[test]
fn a_project_without_git_runs_too() {
    let project = Project::new(HELLO);
    project.sh("rm -r .git");
    let ran = project.run();
    assert_eq!(ran.passes().facts("run_started")[0]["commit"], serde_json::Value::Null);
}

#[test]
fn output_can_not_steer_a_terminal() {
    let project = Project::new("steps:\n  step:\n    run: printf '\\033[2Jgone'; exit 1");
    project.tollgate("run --color always").exits(1).says("gone").keeps_quiet_of("\u{1b}[2J");
}

#[test]
fn nothing_of_a_run_gets_into_git() {
    let project = Project::new(HELLO);
    project.commit().run().passes();
    assert_eq!(project.sh("git status --porcelain --untracked-files=all"), "");
}

#[test]
fn every_verb_has_examples() {
    let project = Project::empty();
    let mut verbs = vec![String::new()];
    let mut seen = 0;
    while let Some(verb) = verbs.pop() {
        let help = project.tollgate(&format!("{verb} --help"));
        assert!(help.passes().stdout.contains("Examples:"), "`{verb} --help` has none:\n{help}");
        seen += 1;
        let listed = help.stdout.lines().skip_while(|line| *line != "Commands:").skip(1);
        let names = listed.take_while(|line| !line.is_empty());
        let names = names.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
        let names = names.filter(|name| !name.is_empty() && *name != "help");
        verbs.extend(names.map(|name| format!("{verb} {name}")));
    }
    assert!(seen >= 20, "only {seen} verbs were found");
}
