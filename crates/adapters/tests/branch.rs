//! Branches that are followed: the repository's own, and a remote's.

use std::path::Path;
use std::process::Command;

use tollgate_adapters::GitBranch;
use tollgate_engine::deliver::Branch as _;
use tollgate_testkit::{FakeBranch, contracts};

fn git(root: &Path, words: &str) -> String {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
    let output = Command::new("git")
        .args(identity)
        .args(words.split_whitespace())
        .current_dir(root)
        .output()
        .unwrap();
    assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn project(root: &Path) {
    std::fs::create_dir_all(root.join("deploy")).unwrap();
    std::fs::write(root.join("deploy/a.yaml"), "a: 1\n").unwrap();
    std::fs::write(root.join("deploy/README.md"), "no manifest\n").unwrap();
    std::fs::write(root.join("other.yaml"), "b: 1\n").unwrap();
    git(root, "init -q -b main");
    git(root, "add -A");
    git(root, "commit -qm first");
}

#[test]
fn the_fake_and_the_real_ones_do_the_same() {
    contracts::branch(&FakeBranch::new("deploy/a.yaml", "a: 1\n"));

    let own = tempfile::tempdir().unwrap();
    project(own.path());
    contracts::branch(&GitBranch::new(own.path(), &own.path().join(".copies")));
    // What is checked out follows; what nobody asked for is as it was.
    assert_eq!(std::fs::read_to_string(own.path().join("deploy/a.yaml")).unwrap(), "a: 3\n");
    assert_eq!(git(own.path(), "log -1 --format=%(trailers:key=Key,valueonly)").trim(), "value");
    assert_eq!(git(own.path(), "diff --name-only HEAD~2").trim(), "deploy/a.yaml");

    let remote = tempfile::tempdir().unwrap();
    let (bare, clone) = (remote.path().join("bare.git"), remote.path().join("clone"));
    project(&remote.path().join("first"));
    git(remote.path(), "clone -q --bare first bare.git");
    git(remote.path(), "clone -q bare.git clone");
    contracts::branch(&GitBranch::new(&clone, &remote.path().join(".copies")));
    assert_eq!(git(&bare, "show main:deploy/a.yaml"), "a: 3\n");
    assert_eq!(std::fs::read_to_string(clone.join("deploy/a.yaml")).unwrap(), "a: 1\n");
}

#[test]
fn authors_are_all_who_had_a_hand_in_it() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    project(root);
    let first = git(root, "rev-parse HEAD").trim().to_owned();
    std::fs::write(root.join("x"), "1").unwrap();
    git(root, "add -A");
    git(
        root,
        "commit -q --author=Ann<Ann@Example.org> -m x --trailer Co-authored-by:Bob<bob@example.org>",
    );
    let second = git(root, "rev-parse HEAD").trim().to_owned();
    let branch = GitBranch::new(root, &root.join(".copies"));
    let authors = branch.authors(Some(&first), &second).unwrap();
    assert_eq!(authors, ["ann@example.org", "bob@example.org", "t@example.org"]);
    assert_eq!(branch.authors(None, &first).unwrap(), ["t@example.org"]);
    // A commit that is gone says nothing: then it is the last one's.
    let gone = "0123456789012345678901234567890123456789";
    assert_eq!(branch.authors(Some(gone), &second).unwrap().len(), 3);
}
