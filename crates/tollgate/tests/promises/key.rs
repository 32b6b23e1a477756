//! A step's key is complete: whatever can matter to a result makes the step run again, and
//! `--explain` names it. And it is no more than that: whatever can't matter runs nothing.

use crate::common::Project;

/// One step that declares everything that can be declared, and one that it needs.
fn project() -> Project {
    let project = Project::new(
        r#"
steps:
  make: { run: cat upstream.txt > made.txt, inputs: [upstream.txt], outputs: [made.txt] }
  step:
    run: cat made.txt in.txt dir/* data/*.csv; true ${PASSED} ${FIXED} > out.txt
    needs: [make]
    inputs: [in.txt, script.sh, link, dir/, "data/*.csv"]
    outputs: [out.txt]
    env: [PASSED, FIXED=one]
    tools: [the-tool --version, the-binary 3]
"#,
    );
    for path in ["in.txt", "upstream.txt", "dir/a.txt", "dir/b.txt", "data/x.csv", "other.txt"] {
        project.write(path, path);
    }
    project.write(".gitignore", "*.log\n").script("script.sh", "true").link("link", "in.txt");
    let tools = project.beside("bin");
    std::fs::create_dir(&tools).unwrap();
    project.sh("cp /bin/echo ../bin/the-binary");
    project.script("../bin/the-tool", "echo 1.0");
    project.path_first(&tools).env("PASSED", "one");
    project
}

/// A change after which the step runs again, and `--explain` says so in exactly these lines.
#[track_caller]
fn matters(explanation: &[&str], change: impl FnOnce(&Project)) {
    let project = project();
    project.run().passes();
    change(&project);
    let ran = project.tollgate("run --explain step");
    ran.passes().says("step: ran, for this changed since r1:");
    let said: Vec<&str> = ran.stdout.lines().filter_map(|line| line.strip_prefix("  · ")).collect();
    assert_eq!(said, explanation, "{ran}");
    assert_eq!(project.run().passes().ran(), Vec::<String>::new());
}

/// A change after which nothing runs.
#[track_caller]
fn does_not_matter(change: impl FnOnce(&Project)) {
    let project = project();
    project.run().passes();
    change(&project);
    let ran = project.tollgate("run --json");
    assert_eq!(ran.passes().reused(), ["make", "step"], "{ran}");
}

#[test]
fn a_byte_of_an_input_matters() {
    matters(&["input in.txt: changed"], |project| {
        project.write("in.txt", "in.txT");
    });
}

#[test]
fn a_byte_matters_though_size_and_time_are_the_same() {
    matters(&["input in.txt: changed"], |project| {
        project.sh("touch -r in.txt ../then; printf in.txT > in.txt; touch -r ../then in.txt");
    });
}

#[test]
fn a_byte_of_a_file_in_an_input_directory_matters() {
    matters(&["input dir/a.txt: changed"], |project| {
        project.write("dir/a.txt", "dir/A.txt");
    });
}

#[test]
fn the_executable_bit_matters() {
    matters(&["input script.sh: mode changed"], |project| {
        project.mode("script.sh", 0o644);
    });
}

#[test]
fn a_link_s_target_matters() {
    matters(&["input link: changed"], |project| {
        project.link("link", "dir/a.txt");
    });
}

#[test]
fn a_link_is_not_the_file_that_it_leads_to() {
    // The file holds the very bytes of the link's target.
    matters(&["input link: mode changed"], |project| {
        project.sh("rm link; cp in.txt link");
    });
}

#[test]
fn the_value_of_a_variable_that_is_passed_on_matters() {
    matters(&["the variable PASSED has another value"], |project| {
        project.env("PASSED", "two");
    });
}

#[test]
fn an_empty_variable_is_not_an_unset_one() {
    let project = project();
    project.edit("PASSED, FIXED", "PASSED, UNSET, FIXED").run().passes();
    let ran = project.env("UNSET", "").tollgate("run --explain step");
    ran.passes().says("the variable UNSET has another value");
}

#[test]
fn the_value_of_a_fixed_variable_matters() {
    matters(&["the variable FIXED has another value"], |project| {
        project.edit("FIXED=one", "FIXED=two");
    });
}

#[test]
fn the_command_matters() {
    let was = "cat made.txt in.txt dir/* data/*.csv; true ${PASSED} ${FIXED} > out.txt";
    let is = was.replace("true", "true it");
    matters(&[&format!("the command changed: `{was}` → `{is}`")], |project| {
        project.edit("; true", "; true it");
    });
}

#[test]
fn what_a_script_says_of_itself_matters() {
    matters(&["`the-tool --version` says `1.1`, it said `1.0`"], |project| {
        project.script("../bin/the-tool", "echo 1.1");
    });
}

#[test]
fn what_a_binary_says_of_itself_matters() {
    matters(&["`the-binary 3` says `1`, it said `3`"], |project| {
        project.sh("cp /usr/bin/seq ../bin/the-binary");
    });
}

#[test]
fn another_tool_found_first_on_the_path_matters() {
    matters(&["`the-tool --version` says `2.0`, it said `1.0`"], |project| {
        project.script("../first/the-tool", "echo 2.0");
        project.path_first(&project.beside("first"));
    });
}

#[test]
fn the_output_of_a_needed_step_matters() {
    matters(&["made.txt from an earlier step: changed"], |project| {
        project.write("upstream.txt", "other");
    });
}

#[test]
fn a_needed_step_that_ran_again_to_the_same_end_does_not_matter() {
    let project = project();
    project.run().passes();
    project.edit(
        "cat upstream.txt > made.txt",
        "cat upstream.txt upstream.txt | head -c 12 > made.txt",
    );
    let ran = project.run();
    assert_eq!((ran.passes().ran(), ran.reused()), (vec!["make".into()], vec!["step".into()]));
}

#[test]
fn a_file_more_in_an_input_directory_matters() {
    matters(&["input dir/c.txt: added"], |project| {
        project.write("dir/c.txt", "");
    });
}

#[test]
fn a_file_less_in_an_input_directory_matters() {
    matters(&["input dir/b.txt: removed"], |project| {
        project.sh("rm dir/b.txt");
    });
}

#[test]
fn a_file_more_that_a_glob_covers_matters() {
    matters(&["input data/y.csv: added"], |project| {
        project.write("data/y.csv", "").write("data/y.txt", "");
    });
}

#[test]
fn an_input_s_name_matters() {
    matters(&["input dir/b.txt: removed", "input dir/c.txt: added"], |project| {
        project.sh("mv dir/b.txt dir/c.txt");
    });
}

#[test]
fn two_inputs_that_change_places_matter() {
    matters(&["input dir/a.txt: changed", "input dir/b.txt: changed"], |project| {
        project.sh("mv dir/a.txt x; mv dir/b.txt dir/a.txt; mv x dir/b.txt");
    });
}

#[test]
fn an_input_that_is_no_longer_declared_matters() {
    matters(&["input script.sh: removed"], |project| {
        project.edit("script.sh, ", "");
    });
}

#[test]
fn the_declared_outputs_matter() {
    matters(&["`outputs` changed"], |project| {
        project.edit("outputs: [out.txt]", "outputs: []");
    });
}

#[test]
fn the_network_matters() {
    matters(&["`network` changed"], |project| {
        project.edit("    needs: [make]", "    needs: [make]\n    network: true");
    });
}

#[test]
fn times_do_not_matter() {
    does_not_matter(|project| {
        project.sh("touch -d 2001-01-01 in.txt dir/* script.sh upstream.txt; touch -h link");
    });
}

#[test]
fn an_undeclared_variable_does_not_matter() {
    does_not_matter(|project| {
        project.env("UNDECLARED", "two").env("HOME", "/nonexistent").env("LANG", "C");
    });
}

#[test]
fn an_undeclared_file_does_not_matter() {
    does_not_matter(|project| {
        project.write("other.txt", "changed").write("new.txt", "").write("data/new.txt", "");
    });
}

#[test]
fn what_git_ignores_in_an_input_directory_does_not_matter() {
    does_not_matter(|project| {
        project.write("dir/a.log", "").write("dir/sub/b.log", "");
    });
}

#[test]
fn permissions_but_for_execution_do_not_matter() {
    does_not_matter(|project| {
        project.mode("in.txt", 0o400).mode("dir/a.txt", 0o666).mode("script.sh", 0o700);
    });
}

#[test]
fn comments_and_order_in_the_configuration_do_not_matter() {
    does_not_matter(|project| {
        let text = project.read("tollgate.yaml");
        let (head, step) = text.split_once("  step:\n").unwrap();
        let (head, make) = head.split_once("  make:").unwrap();
        let mut lines: Vec<&str> = step.lines().collect();
        lines.reverse();
        let step = lines.join(" # why\n");
        let turned = format!("# why\n{head}\n  step:\n{step}\n  # why\n  make:{make}");
        let turned = turned.replace("[in.txt, script.sh, link,", "[link, script.sh, in.txt,");
        project.write("tollgate.yaml", turned);
    });
}

#[test]
fn how_a_step_is_run_does_not_matter() {
    does_not_matter(|project| {
        let more =
            "    needs: [make]\n    retries: 2\n    timeout: 5m\n    cpus: 2\n    memory: 1MB";
        project.edit("    needs: [make]", more);
    });
}

#[test]
fn a_step_s_name_and_the_project_s_do_not_matter() {
    let project = project();
    project.run().passes();
    project.edit("  step:", "  renamed:").edit("project: demo", "project: other");
    assert_eq!(project.run().passes().reused(), ["make", "renamed"]);
}

#[test]
fn history_does_not_matter() {
    does_not_matter(|project| {
        project.commit().sh("git checkout -q -b other");
    });
}

#[test]
fn the_place_of_the_checkout_does_not_matter() {
    let project = project();
    project.run().passes();
    project.sh("cp -r . ../elsewhere");
    let elsewhere = project.at(&project.beside("elsewhere"));
    assert_eq!(elsewhere.run().passes().reused(), ["make", "step"]);
}

#[test]
fn a_clone_with_the_state_directory_runs_nothing() {
    let project = project();
    project.commit().run().passes();
    project.sh("git clone -q . ../clone && cp -r .tollgate ../clone/");
    let clone = project.at(&project.beside("clone"));
    assert_eq!(clone.run().passes().reused(), ["make", "step"]);
    assert_eq!(clone.sh("git status --porcelain"), "", "the state directory is ignored");
}

#[test]
fn a_checkout_is_told_from_the_one_before_it() {
    let project = project();
    project.commit().run().passes();
    project.write("in.txt", "two").commit();
    assert_eq!(project.run().passes().ran(), ["step"]);
    project.sh("git checkout -q HEAD~1");
    let back = project.run();
    assert_eq!(back.passes().reused(), ["make", "step"]);
    assert_eq!(back.facts("step_reused")[1]["origin"], 1);
}

#[test]
fn a_link_on_the_way_to_an_input_leads_nowhere() {
    // A pull request could add one that leads out of the project.
    let project = Project::new(
        "
steps:
  step: { run: cat way/secret, inputs: [way/secret] }
  all: { run: cat way/*, inputs: [\"way/*\"] }
",
    );
    std::fs::create_dir(project.beside("outside")).unwrap();
    std::fs::write(project.beside("outside").join("secret"), "of the host").unwrap();
    let outside = project.beside("outside").display().to_string();
    project.link("way", &outside);
    let ran = project.run();
    assert_ne!(ran.code, Some(0), "{ran}");
    assert!(!ran.to_string().contains("of the host"), "{ran}");
}

#[test]
fn only_the_answer_to_a_question_for_the_version_is_remembered() {
    let project = Project::new("steps: { step: { run: \"true\", tools: [date +%s%N] } }");
    assert_eq!(project.run().passes().ran(), ["step"]);
    assert_eq!(
        project.run().passes().ran(),
        ["step"],
        "the program is the same, its answer is not"
    );
}
