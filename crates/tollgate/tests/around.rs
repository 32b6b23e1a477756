//! What is looked at before a run: which files there are, and what tools say of themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use proptest::prelude::*;
use tollgate_adapters::{DiskStore, LocalWorkspace, ProjectFiles};
use tollgate_engine::Workspace;
use tollgate_model::InputPattern;
use tollgate_testkit::{FakeWorkspace, MemoryStore};

/// A small tree: its files, and what of it Git ignores.
#[derive(Debug)]
struct Tree {
    files: BTreeMap<String, String>,
    ignored: BTreeSet<String>,
}

const DIRECTORIES: [&str; 7] = ["a/", "a/b/", "a/b/a/", "b/", "b/a/", "b/b/", ""];
const NAMES: [&str; 3] = ["x.csv", "y.csv", "z"];

impl Tree {
    // What is ignored is ignored by the `.gitignore` of the directory that it lies in.
    fn new(mut files: BTreeMap<String, String>, ignored: BTreeSet<String>) -> Self {
        for path in &ignored {
            let (dir, name) = path.rsplit_once('/').map_or(("", &**path), |(d, n)| (d, n));
            let rules =
                if dir.is_empty() { ".gitignore".into() } else { format!("{dir}/.gitignore") };
            *files.entry(rules).or_default() += &format!("/{name}\n");
        }
        Self { files, ignored }
    }

    fn write(&self, root: &Path) {
        for (path, text) in &self.files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    fn fake<'s>(&self, store: &'s MemoryStore) -> FakeWorkspace<'s> {
        let workspace = FakeWorkspace::new(store);
        self.files.iter().for_each(|(path, text)| workspace.write(path, text.as_str()));
        self.ignored.iter().for_each(|path| workspace.ignore(path));
        workspace
    }
}

fn any_file() -> impl Strategy<Value = String> {
    let parts = (prop::sample::select(&DIRECTORIES[..]), prop::sample::select(&NAMES[..]));
    parts.prop_map(|(dir, name)| format!("{dir}{name}"))
}

/// A file, or a directory but for the project itself.
fn any_path() -> impl Strategy<Value = String> {
    let dir = prop::sample::select(&DIRECTORIES[..6]).prop_map(|dir| dir[..dir.len() - 1].into());
    prop_oneof![any_file(), dir]
}

fn any_tree() -> impl Strategy<Value = Tree> {
    let files = prop::collection::btree_map(any_file(), "[a-c]{1,2}", 1..12);
    (files, prop::collection::btree_set(any_path(), 0..5)).prop_map(|(f, i)| Tree::new(f, i))
}

fn any_pattern() -> impl Strategy<Value = InputPattern> {
    let ends = prop::sample::select(vec!["*", "*.csv", "**", "**/*.csv", "b/*", "?/*"]);
    let glob = (prop::sample::select(&DIRECTORIES[..]), ends)
        .prop_map(|(dir, end)| InputPattern::Glob(format!("{dir}{end}")));
    prop_oneof![any_path().prop_map(|path| InputPattern::Path(path.parse().unwrap())), glob]
}

fn any_patterns() -> impl Strategy<Value = Vec<InputPattern>> {
    prop::collection::vec(any_pattern(), 1..4)
}

type Selected = Vec<(String, String)>;

/// What `ours` select of a scan for these patterns.
fn select(
    scan: &dyn Fn(&[InputPattern]) -> tollgate_engine::Scan,
    patterns: &[InputPattern],
    ours: &[InputPattern],
) -> Selected {
    let scan = scan(patterns);
    let chosen = scan.select(ours).into_iter();
    let selected: Selected = chosen.map(|e| (e.path.to_string(), e.digest.to_string())).collect();
    let covered = ours.iter().any(|pattern| scan.covers(pattern));
    assert_eq!(covered, !selected.is_empty(), "what is covered is selected");
    selected
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..Default::default() })]

    #[test]
    fn what_a_step_reads_is_the_same_whatever_else_is_scanned(
        tree in any_tree(),
        ours in any_patterns(),
        others in any_patterns(),
    ) {
        let root = tempfile::tempdir().unwrap();
        tree.write(root.path());
        let store = MemoryStore::default();
        let fake = tree.fake(&store);
        let files = ProjectFiles::new(root.path(), &root.path().join(".tollgate/files"));
        let real = |patterns: &[InputPattern]| files.scan(patterns, &|| false).unwrap();
        let faked = |patterns: &[InputPattern]| fake.scan(patterns, &|| false).unwrap();
        let all: Vec<InputPattern> = ours.iter().chain(&others).cloned().collect();
        let alone = select(&real, &ours, &ours);
        prop_assert_eq!(&select(&real, &all, &ours), &alone);
        prop_assert_eq!(&select(&faked, &ours, &ours), &alone, "the fake is as the real one");
        prop_assert_eq!(&select(&faked, &all, &ours), &alone);
    }
}

#[test]
fn a_stop_ends_a_scan_in_the_middle_of_a_file() {
    let root = tempfile::tempdir().unwrap();
    fs::File::create(root.path().join("large")).unwrap().set_len(1 << 30).unwrap();
    let files = ProjectFiles::new(root.path(), &root.path().join("cache"));
    let asked = AtomicUsize::new(0);
    let stop = || asked.fetch_add(1, Ordering::Relaxed) >= 8;
    let large = InputPattern::Path("large".parse().unwrap());
    let stopped = files.scan(&[large], &stop).unwrap_err();
    assert!(stopped.to_string().contains("stopped"), "{stopped}");
    assert!(asked.load(Ordering::Relaxed) < 100, "a GiB was read");
}

#[test]
fn a_tool_that_hangs_is_given_up() {
    let root = tempfile::tempdir().unwrap();
    let state = root.path().join(".tollgate");
    let store = DiskStore::open(&state.join("store")).unwrap();
    let environment = BTreeMap::from([("PATH".to_owned(), std::env::var("PATH").unwrap())]);
    let workspace = LocalWorkspace::new(root.path(), &state, &store, environment)
        .with_helper(Path::new(env!("CARGO_BIN_EXE_tollgate")))
        .with_patience(Duration::from_millis(200));
    let gave_up = workspace.tool_output("echo 1.0; sleep 1000", &|| false).unwrap_err();
    assert!(gave_up.to_string().contains("gave no answer in 200 ms"), "{gave_up}");
}
