//! What a step reads follows from its declaration and the project, and from nothing else.

use crate::common::Project;

#[test]
fn other_steps_do_not_change_what_a_step_reads() {
    let project = Project::new(
        "
steps:
  all: { run: find src -type f | sort > list, inputs: [src/], outputs: [list] }
  part: { run: ls src/gen, inputs: [src/gen/] }
  file: { run: cat src/gen/deep/b, inputs: [src/gen/deep/b] }
",
    );
    project.write(".gitignore", "gen/\n").write("src/a", "").write("src/gen/deep/b", "");
    let alone = project.tollgate("run all --json").passes().result("all")["outputs"].clone();
    project.tollgate("log all").passes();
    let together = project.run();
    assert_eq!(together.passes().reused(), ["all"], "{alone}");
    assert_eq!(together.ran(), ["file", "part"]);
    assert_eq!(project.tollgate("run part file --json").passes().reused(), ["file", "part"]);
}

/// A need that writes where the project has files of its own, and steps that read the directory.
fn overlapping() -> Project {
    let project = Project::new(
        "
steps:
  make:
    run: mkdir -p data/tree data/deep; for f in data/x.csv data/tree/t.csv data/deep/d.csv; do echo made > $f; done
    outputs: [data/x.csv, data/tree/, data/deep/d.csv]
  directory: { run: cat data/x.csv data/tree/t.csv data/deep/d.csv data/own.csv; ls data/tree, needs: [make], inputs: [data/] }
  glob: { run: cat data/x.csv data/tree/t.csv data/deep/d.csv data/own.csv; ls data/tree, needs: [make], inputs: [\"data/**\"] }
",
    );
    for path in ["x.csv", "tree/t.csv", "tree/old.csv", "own.csv"] {
        project.write(&format!("data/{path}"), format!("{path}\n"));
    }
    // A file where the output has a directory.
    project.link("data/deep", "own.csv");
    project
}

#[test]
fn the_output_of_a_need_wins_over_a_file_in_its_place() {
    let project = overlapping();
    project.run().passes();
    for step in ["directory", "glob"] {
        let log = project.tollgate(&format!("log {step}")).stdout;
        assert_eq!(log, "made\nmade\nmade\nown.csv\nt.csv\n", "{step}");
    }
}

#[test]
fn a_file_in_the_place_of_a_need_s_output_does_not_matter() {
    let project = overlapping();
    project.run().passes();
    project.write("data/x.csv", "other").write("data/tree/new.csv", "").sh("rm data/deep");
    assert_eq!(project.run().passes().ran(), Vec::<String>::new());
    project.write("data/own.csv", "other");
    assert_eq!(project.run().passes().ran(), ["directory", "glob"]);
}

#[test]
fn a_glob_may_cover_outputs_of_needs_alone() {
    let project = Project::new(
        "
steps:
  make: { run: mkdir -p new; echo made > new/x.csv, outputs: [new/x.csv] }
  read: { run: cat new/x.csv, needs: [make], inputs: [\"new/*.csv\"] }
",
    );
    project.run().passes();
    assert_eq!(project.tollgate("log read").stdout, "made\n");
}

#[test]
fn what_git_tracks_is_not_ignored() {
    let project = Project::new(
        "
steps:
  directory: { run: find data -type f | LC_ALL=C sort, inputs: [data/] }
  glob: { run: find data -type f | LC_ALL=C sort, inputs: [\"data/**/*.csv\"] }
",
    );
    project.write(".gitignore", "*.csv\nraw/\n");
    for path in ["a.csv", "b.csv", "raw/c.csv", "raw/d.csv", "e.txt"] {
        project.write(&format!("data/{path}"), "");
    }
    project.sh("git add -f data/a.csv data/raw/c.csv");
    project.run().passes();
    let log = |step| project.tollgate(&format!("log {step}")).stdout;
    assert_eq!(log("directory"), "data/a.csv\ndata/e.txt\ndata/raw/c.csv\n");
    assert_eq!(log("glob"), "data/a.csv\ndata/raw/c.csv\n");
    project.sh("git rm -q --cached data/raw/c.csv");
    assert_eq!(project.run().passes().ran(), ["directory", "glob"]);
    assert_eq!(log("glob"), "data/a.csv\n");
}

#[test]
fn nothing_is_read_through_a_gitignore_that_is_a_link() {
    let project = Project::new("steps: { step: { run: ls data, inputs: [data/] } }");
    project.write("data/a.csv", "").write("rules", "*.csv").link(".gitignore", "rules");
    project.run().passes();
    assert_eq!(project.tollgate("log step").stdout, "a.csv\n");
}
