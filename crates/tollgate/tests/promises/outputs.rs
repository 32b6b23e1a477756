//! What a step leaves behind comes to others as it was; what can't be kept is refused by name.

use std::time::Instant;

use crate::common::Project;

/// A step that runs this command and declares the output `out/`, then one that lists it.
fn directory(command: &str) -> Project {
    Project::new(&format!(
        "
steps:
  make:
    run: |
      mkdir out
      {command}
    outputs: [out/]
  look: {{ run: cd out && find . -printf '%M %p %l\\n' | LC_ALL=C sort -k 2, needs: [make] }}
"
    ))
}

#[test]
fn modes_and_links_are_kept() {
    let project = directory(
        "mkdir out/d out/empty; echo x > out/d/f; echo x > out/d/x; chmod 700 out/d/x; chmod 400 out/d/f; ln -s d/f out/l; ln -s /etc/hostname out/abs; ln -s nowhere out/none; chmod 500 out/d",
    );
    project.run().passes();
    let listing = "drwxr-xr-x . 
lrwxrwxrwx ./abs /etc/hostname
drwxr-xr-x ./d 
-rw-r--r-- ./d/f 
-rwxr-xr-x ./d/x 
drwxr-xr-x ./empty 
lrwxrwxrwx ./l d/f
lrwxrwxrwx ./none nowhere
";
    assert_eq!(project.tollgate("log look").stdout, listing);
    assert_eq!(project.tollgate("run --force=look --json").passes().reused(), ["make"]);
    assert_eq!(project.tollgate("log look").stdout, listing);
}

#[test]
fn the_same_content_is_the_same_output() {
    let project = directory("echo x > out/b; sleep 0.01; echo x > out/a");
    let first = project.run().passes().result("make")["outputs"].clone();
    project.edit("echo x > out/b; sleep 0.01; echo x > out/a", "echo x > out/a; echo x > out/b");
    let second = project.run();
    assert_eq!(second.passes().result("make")["outputs"], first);
    assert_eq!(second.reused(), ["look"]);
}

#[test]
#[expect(clippy::print_stdout, reason = "for whoever looks at how long it took")]
fn twenty_thousand_files() {
    let project = Project::new(
        "
steps:
  make: { run: \"mkdir out; cd out; seq 20000 | split -l 1 -a 5 -d\", outputs: [out/] }
  look: { run: ls out | wc -l; cat out/x19999, needs: [make] }
",
    );
    let began = Instant::now();
    project.run().passes();
    let made = began.elapsed();
    assert_eq!(project.tollgate("log look").stdout, "20000\n20000\n");
    let began = Instant::now();
    assert_eq!(project.run().passes().reused(), ["look", "make"]);
    println!("20 000 files: made and listed in {made:?}, known in {:?}", began.elapsed());
}

/// The step fails and the message has `named`; the project is as well as before.
#[track_caller]
fn refused(command: &str, named: &str) {
    let project = directory(command);
    let ran = project.tollgate("run");
    ran.exits(1).says(named).says("`make` did not pass");
    assert_eq!(project.leftovers(), Vec::<std::path::PathBuf>::new());
    project.tollgate("audit verify").passes();
    project.edit(command, "echo fine > out/fine").run().passes();
}

#[test]
fn a_fifo() {
    refused(
        "mkdir out/d; mkfifo out/d/pipe",
        "the declared output out can't be kept: d/pipe: neither a file, a directory nor a symbolic link",
    );
}

#[test]
fn a_socket() {
    let bind = r#"python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("out/socket")'"#;
    refused(
        bind,
        "the declared output out can't be kept: socket: neither a file, a directory nor a symbolic link",
    );
}

#[test]
fn a_name_that_is_not_utf_8() {
    refused(r"touch $(printf 'out/bad\377name')", "is not UTF-8");
}

#[test]
fn a_link_s_target_that_is_not_utf_8() {
    refused(r"ln -s $(printf 'bad\377target') out/link", "the link's target is not UTF-8");
}

#[test]
fn an_output_that_is_not_there() {
    refused("rmdir out", "the declared output out was not there");
}

#[test]
fn a_file_where_a_directory_was_declared() {
    refused("rmdir out; echo x > out", "the declared output out is a file, not a directory");
}

#[test]
fn a_link_where_a_directory_was_declared() {
    refused("rmdir out; ln -s /etc out", "the declared output out");
}

#[test]
fn a_directory_where_a_file_was_declared() {
    let project = Project::new("steps: { make: { run: mkdir out, outputs: [out] } }");
    project.tollgate("run").exits(1).says("is a directory: write it with a trailing `/`");
}

#[test]
fn names_with_spaces_quotes_and_line_breaks_are_kept() {
    let project = directory(
        r#"echo x > "out/a b"; echo y > "out/it's"; touch $(printf 'out/two\nlines.'); touch 'out/-rf' 'out/ü'"#,
    );
    project.edit("touch $(printf 'out/two\\nlines.')", "touch \"$(printf 'out/two\\nlines')\"");
    project.run().passes();
    project.tollgate("audit verify").passes();
    project.tollgate("store get make --into ../got").passes();
    let names = std::fs::read_dir(project.beside("got/out")).unwrap();
    let mut names: Vec<_> = names.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["-rf", "a b", "it's", "two\nlines", "ü"]);
}

#[test]
fn a_link_out_of_the_workspace_is_kept_as_a_link_and_followed_by_nobody() {
    let project = directory("ln -s /etc/passwd out/passwd; ln -s ../../../../etc out/etc");
    project.run().passes();
    let found = project.sh("grep -rl root:x .tollgate/store || true");
    assert_eq!(found, "");
    project.tollgate("store get make --into ../got").passes();
    assert!(project.beside("got/out/etc").is_symlink());
}

// What the sandbox sees at a path and what the machine has there are two things: a link could
// make Tollgate itself take a file that no step may touch. The link leads to a file of the test.
#[test]
fn an_output_below_a_link_is_not_taken_from_outside() {
    let project = Project::new("steps: {}");
    project.write("../precious/file", "precious").write("../precious/d/file", "precious");
    let outside = project.beside("precious").display().to_string();
    for (output, taken) in [("dir/file", "dir/file"), ("dir/d/", "dir/d"), ("a/b/file", "a/b/file")]
    {
        let link = taken.rsplit_once('/').unwrap().0;
        project.yaml(&format!(
            "steps: {{ make: {{ run: mkdir -p a; ln -s {outside} {link}, outputs: [{output}] }} }}"
        ));
        let said = format!("the declared output {taken} was not there");
        project.tollgate("run").exits(1).says(&said);
    }
    project.sh("test $(cat ../precious/file ../precious/d/file) = preciousprecious");
    let taken = project.sh("grep -rlx precious .tollgate/store || true");
    assert_eq!(taken, "");
}

#[test]
fn a_junit_report_below_a_link_is_not_read_from_outside() {
    let project = Project::new("steps: {}");
    project.write("../precious/report.xml", "<testsuite><testcase name='precious'/></testsuite>");
    let outside = project.beside("precious").display().to_string();
    project
        .yaml(&format!("steps: {{ make: {{ run: ln -s {outside} dir, junit: dir/report.xml }} }}"));
    project.tollgate("run").exits(1).says("dir/report.xml was not there").keeps_quiet_of("1 tests");
}

#[test]
fn an_output_below_a_link_inside_of_the_workspace_is_taken() {
    let project = Project::new(
        "steps: { make: { run: mkdir v1; ln -s v1 current; echo x > current/f, outputs: [current/f] } }",
    );
    project.run().passes();
    project.tollgate("store get make --into ../got").passes();
    assert!(project.beside("got/current/f").is_file());
}

#[test]
fn what_is_needed_is_not_laid_out_through_a_link_of_the_project() {
    let project = Project::new("steps: {}");
    project.write("../precious/file", "precious");
    let outside = project.beside("precious").display().to_string();
    project.link("dir", &outside).yaml(
        "
steps:
  make: { run: mkdir -p dir; echo x > dir/new, outputs: [dir/new] }
  use: { run: cat dir/new, needs: [make], inputs: [dir] }
",
    );
    // The output has a directory where the project has a link, and wins.
    project.tollgate("run").passes();
    assert_eq!(project.tollgate("log use").stdout, "x\n");
    assert!(!project.beside("precious/new").exists(), "written outside of the project");
}

#[test]
fn hard_links_and_sparse_files_are_kept_as_files() {
    let project = directory("echo x > out/a; ln out/a out/b; truncate -s 1M out/sparse");
    project.run().passes();
    project.tollgate("audit verify").passes();
    let log = project.tollgate("log look").stdout;
    assert_eq!(log.matches("-rw-r--r--").count(), 3, "{log}");
}

#[test]
fn a_failed_step_leaves_nothing() {
    let project = directory("echo x > out/x; exit 1");
    let ran = project.run();
    assert_eq!(ran.exits(1).result("make")["outputs"], serde_json::json!({}));
    project.tollgate("store get make").exits(2);
}
