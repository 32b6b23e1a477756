use std::collections::BTreeMap;

use tollgate_engine::{Job, Performed, PortErrorKind, Scan, Store, Workspace};
use tollgate_model::{Cells, Digest, Form, InputPattern, RunId, Step, StepEnd};

use crate::run_step;

/// A workspace and what the suite needs to handle it.
pub struct Bench<'a> {
    /// What is tested.
    pub workspace: &'a dyn Workspace,
    /// Where it looks for what is stored.
    pub store: &'a dyn Store,
    /// Writes a file of the project.
    pub write: &'a dyn Fn(&str, &str),
    /// The host of the package index in the caller's settings.
    pub index: &'a str,
    /// The password for it, where the settings hold one.
    pub password: &'a str,
    /// A command that leaves its declared output.
    pub make: &'a str,
    /// A command that exits with 1.
    pub fail: &'a str,
    /// A command that goes on until it is cancelled.
    pub wait: &'a str,
}

impl Bench<'_> {
    fn perform(&self, step: &Step, scan: &Scan, cancelled: bool) -> Performed {
        let job = Job {
            run: RunId(1),
            step,
            attempt: 1,
            inputs: scan.select(&step.inputs).into_iter().cloned().collect(),
            needs: BTreeMap::new(),
            env: Vec::new(),
        };
        self.workspace.perform(&job, &|_| {}, &|| cancelled).expect("carried out")
    }

    fn scan(&self, pattern: &str) -> Scan {
        let pattern = InputPattern::Path(pattern.parse().expect("a path"));
        self.workspace.scan(&[pattern], &|| false).expect("a scan")
    }
}

/// The project is empty at first.
///
/// # Panics
/// A sentence doesn't hold.
pub fn workspace(bench: &Bench<'_>) {
    assert_eq!(bench.scan("src").entries(), [], "what is not there is not scanned");
    (bench.write)("src/a.py", "one");
    (bench.write)("other.txt", "other");
    let scan = bench.scan("src");
    let paths: Vec<&str> = scan.entries().iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(paths, ["src/a.py"], "a directory is what lies in it");
    assert_eq!(bench.scan("src"), scan, "an unchanged project scans the same");
    let entry = scan.entries()[0].clone();
    assert_eq!(bench.workspace.read(&entry).expect("read"), b"one", "a scanned file is read");

    let identity = bench.workspace.network_identity();
    assert!(identity.contains(bench.index), "the package index is in the network's identity");
    assert!(!identity.contains(bench.password), "and its password is not");
    assert_eq!(bench.workspace.network_identity(), identity, "it stays the same");

    let make = run_step("make", bench.make, &[], &["src"], &["out.txt"]);
    let first = bench.perform(&make, &scan, false);
    assert_eq!(first.end, StepEnd::Exited(0), "a command that works exits with 0");
    assert_eq!(first.outputs.len(), 1, "a declared output is taken");
    let again = bench.perform(&make, &scan, false);
    assert_eq!(again.outputs, first.outputs, "the same inputs give the same output");

    let fail = bench.perform(&run_step("fail", bench.fail, &[], &["src"], &[]), &scan, false);
    assert_eq!(fail.end, StepEnd::Exited(1), "a failing command is no error");
    let wait = bench.perform(&run_step("wait", bench.wait, &[], &["src"], &[]), &scan, true);
    assert_eq!(wait.end, StepEnd::Cancelled, "a cancelled attempt ends");

    (bench.write)("src/a.py", "two");
    assert_ne!(bench.scan("src"), scan, "a changed file scans differently");
    bench.workspace.read(&entry).expect_err("a file that changed since it was scanned is refused");
    let changed = bench.perform(&make, &bench.scan("src"), false);
    assert_ne!(changed.outputs, first.outputs, "another input gives another output");
    bench.workspace.clear().expect("cleared");
    tables(bench);
}

const TABLE: &str = concat!(
    "{\"id\": 7, \"y\": \"b\", \"s\": 0.5}\n",
    "{\"id\": 8, \"y\": \"a\", \"s\": null}\n",
    "{\"id\": 9, \"y\": \"b\", \"s\": 2}\n",
);

fn tables(bench: &Bench<'_>) {
    let read = |stored: &Digest, wanted: &[(&str, Form)]| {
        let wanted: Vec<_> = wanted.iter().map(|(name, form)| ((*name).into(), *form)).collect();
        bench.workspace.columns(stored, "rows.jsonl", &wanted, &|| false)
    };
    let stored = bench.store.put(TABLE.as_bytes()).expect("stored");
    let wanted = [("id", Form::Key), ("s", Form::Number), ("y", Form::Text)];
    let columns = read(&stored, &wanted).expect("carried out").expect("a table");
    assert_eq!(columns.rows, 3, "each row is there");
    let numbers = columns.numbers("s").expect("numbers");
    assert_eq!((numbers[0], numbers[2]), (0.5, 2.0), "numbers are numbers");
    assert!(numbers[1].is_nan(), "what is not there is not a number");
    let (names, codes) = columns.texts("y").expect("texts");
    let texts: Vec<_> = codes.iter().map(|code| names[*code as usize].as_str()).collect();
    assert_eq!(texts, ["b", "a", "b"], "texts are texts");
    let keys = columns.keys("id").expect("keys");
    assert!(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2], "keys tell rows apart");
    let again = read(&stored, &[("s", Form::Text)]).expect("carried out").expect("a table");
    let (_, codes) = again.texts("s").expect("texts");
    assert_eq!(codes[1], Cells::NULL, "what is not there is no text");
    read(&stored, &[("t", Form::Text)]).expect("carried out").expect_err("there is no such column");
    let no_table = bench.store.put(b"{\"id\": ").expect("stored");
    read(&no_table, &wanted).expect("carried out").expect_err("it is no table");
    let gone = read(&Digest::of(b"never stored"), &wanted).expect_err("it is not in the store");
    assert_eq!(gone.kind, PortErrorKind::NotFound, "what is not stored is not found");
}
