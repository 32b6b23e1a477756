//! A repository is somebody else's: nothing in it is taken for Tollgate's own, and nothing outside
//! of it is read or written for its sake.

use std::fs;
use std::os::unix::fs::symlink;

use crate::common::Project;

const HELLO: &str = "steps: { hello: { run: echo hello > out, outputs: [out] } }";

#[test]
fn a_record_that_came_with_the_repository_is_not_used() {
    let project = Project::new(HELLO);
    project.run().passes();
    project.sh("git add -f .tollgate/ledger.db");
    project.tollgate("run").exits(2).says("under version control").says("git rm -r --cached");
    // Nor that of another user's repository, of which Git says nothing else.
    project.env("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1");
    project.tollgate("run").exits(2).says("under version control");
    project.env("GIT_TEST_ASSUME_DIFFERENT_OWNER", "0");
    project.sh("git rm -q -r --cached .tollgate");
    project.run().passes();
}

#[test]
fn a_state_directory_that_is_a_link_is_refused() {
    for part in ["", "lease", "ledger.db", "store", "cache", "work", ".gitignore"] {
        let project = Project::new(HELLO);
        let elsewhere = project.root().with_file_name("elsewhere");
        fs::write(&elsewhere, "precious").unwrap();
        let link = project.path(".tollgate").join(part);
        if !part.is_empty() {
            fs::create_dir(project.path(".tollgate")).unwrap();
        }
        let link = if part.is_empty() { project.path(".tollgate") } else { link };
        symlink(&elsewhere, &link).unwrap();
        project.tollgate("run").exits(2).says("is a symbolic link");
        project.tollgate("log").exits(2).says("is a symbolic link");
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "precious");
    }
}

#[test]
fn a_contract_that_links_out_of_the_project_is_not_read() {
    let project = Project::new("steps: { data: { data: a.csv, contract: c.yaml } }");
    project.write("a.csv", "id\n1\n");
    let secret = project.root().with_file_name("secret");
    fs::write(&secret, "password: hunter2").unwrap();
    for target in [secret.as_path(), "/dev/zero".as_ref(), "/proc/self/environ".as_ref()] {
        symlink(target, project.path("c.yaml")).unwrap();
        let ran = project.tollgate("run");
        ran.exits(2).says("c.yaml").says("leads out of the project");
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("hunter2"));
        fs::remove_file(project.path("c.yaml")).unwrap();
    }
    // What stays within it is the user's business.
    project.write("real.yaml", CONTRACT);
    symlink("real.yaml", project.path("c.yaml")).unwrap();
    project.run().passes();
}

#[test]
fn a_configuration_without_an_end_is_refused() {
    let project = Project::new(HELLO);
    project.write("tollgate.yaml", " ".repeat(8_000_001));
    project.tollgate("run").exits(2).says("more than 8 MB");
    fs::remove_file(project.path("tollgate.yaml")).unwrap();
    let outside = project.root().with_file_name("other.yaml");
    fs::write(&outside, "project: hunter2\n").unwrap();
    symlink(&outside, project.path("tollgate.yaml")).unwrap();
    project.tollgate("run").exits(2).says("leads out of the project");
}

const CONTRACT: &str = "
apiVersion: v3.1.0
kind: DataContract
id: demo
version: 1.0.0
status: active
schema:
  - name: a
    properties:
      - { name: id, logicalType: integer }
";
