//! The real adapters pass the suites that the fakes pass. They are tried from here, for the
//! sandbox starts this crate's binary again as its helper.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use tollgate_adapters::{DiskStore, GitCommand, LocalWorkspace, SystemClock};
use tollgate_engine::Git;
use tollgate_model::Commit;
use tollgate_testkit::contracts::{self, Bench};

#[test]
fn clock() {
    contracts::clock(&SystemClock);
}

fn git_in(dir: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.invalid"])
        .args(arguments)
        .current_dir(dir)
        .output()
        .expect("git is installed");
    assert!(output.status.success(), "git {arguments:?}");
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

#[test]
fn git() {
    let without = tempfile::tempdir().expect("a directory");
    let with = tempfile::tempdir().expect("a directory");
    git_in(with.path(), &["init", "--quiet", "--initial-branch=main"]);
    let git = GitCommand::new(with.path());
    assert_eq!(
        git.head(&|| false).expect("no error"),
        None,
        "before the first commit there is none"
    );
    fs::write(with.path().join("a"), "1").expect("written");
    git_in(with.path(), &["add", "a"]);
    git_in(with.path(), &["commit", "--quiet", "--message", "first"]);
    let sha = git_in(with.path(), &["rev-parse", "HEAD"]);
    let commit = Commit { sha, branch: Some("main".into()), dirty: false };
    contracts::git(&GitCommand::new(without.path()), &git, &commit);
    fs::write(with.path().join("a"), "changed").expect("written");
    assert_eq!(git.head(&|| false).expect("a head"), Some(Commit { dirty: true, ..commit }));
}

#[test]
fn store() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = DiskStore::open(dir.path()).expect("a store");
    contracts::store(&store, &|digest| {
        fs::write(store.blob_path(digest), b"changed").expect("written");
    });
}

#[test]
fn workspace() {
    let root = tempfile::tempdir().expect("a directory");
    let state = root.path().join(".tollgate");
    let store = DiskStore::open(&state.join("store")).expect("a store");
    let path = std::env::var("PATH").expect("a PATH");
    let environment = BTreeMap::from([
        ("PATH".to_owned(), path),
        ("UV_INDEX_URL".to_owned(), "https://me:s3cret@index.example/simple".to_owned()),
    ]);
    let workspace = LocalWorkspace::new(root.path(), &state, &store, environment)
        .with_helper(Path::new(env!("CARGO_BIN_EXE_tollgate")));
    contracts::workspace(&Bench {
        workspace: &workspace,
        store: &store,
        index: "index.example",
        password: "s3cret",
        write: &|path, text| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            fs::write(path, text).expect("written");
        },
        make: "cat src/a.py > out.txt",
        fail: "exit 1",
        wait: "sleep 1000",
    });
}
