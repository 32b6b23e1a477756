//! The fakes pass the suites that the real adapters pass.

use tollgate_model::Commit;
use tollgate_testkit::contracts::{self, Bench};
use tollgate_testkit::{FakeGit, FakeWorkspace, MemoryStore, SimClock};

#[test]
fn clock() {
    contracts::clock(&SimClock::default());
}

#[test]
fn git() {
    let commit = Commit { sha: "a".repeat(40), branch: Some("main".into()), dirty: false };
    contracts::git(&FakeGit(None), &FakeGit(Some(commit.clone())), &commit);
}

#[test]
fn store() {
    let store = MemoryStore::default();
    contracts::store(&store, &|digest| store.damage(digest));
}

#[test]
fn workspace() {
    let store = MemoryStore::default();
    let workspace = FakeWorkspace::new(&store);
    workspace.index("https://index.example/simple");
    contracts::workspace(&Bench {
        workspace: &workspace,
        store: &store,
        index: "index.example",
        password: "s3cret",
        write: &|path, text| workspace.write(path, text),
        make: "make",
        fail: "fail",
        wait: "wait",
    });
}
