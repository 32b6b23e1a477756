//! How long the ledger's part of a warm run takes: 100 look-ups by key and one append of 102
//! facts, on a ledger that has 100 000 entries already.
//!
//! ```text
//! cargo run --release -p tollgate-ledger --example speed [entries]
//! ```
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement needs a clock and says what it found"
)]

#[path = "../tests/ledger/common.rs"]
#[expect(dead_code, reason = "only some of the tests' facts are needed here")]
mod common;

use std::time::{Duration, Instant};

use common::{at, begin, digest, end, finish, reuse, start};
use tollgate_ledger::Ledger;
use tollgate_model::{Fact, Verdict};

const STEPS: u64 = 100;

fn name(step: u64) -> String {
    format!("step_{step}")
}

fn key(step: u64, run: u64) -> String {
    format!("key of {step} in {run}")
}

/// A cold run: every step runs and passes.
fn cold(run: u64, names: &[&str]) -> Vec<Fact> {
    let steps = (0..STEPS).flat_map(|step| {
        let (name, key) = (name(step), key(step, run));
        [start(run, &name, &key, 1), finish(run, &name, &key, Verdict::Pass)]
    });
    [begin(run, names)].into_iter().chain(steps).chain([end(run, Verdict::Pass)]).collect()
}

/// A warm run: nothing runs.
fn warm(run: u64, origin: u64, names: &[&str]) -> Vec<Fact> {
    let steps = (0..STEPS).map(|step| reuse(run, &name(step), &key(step, origin), origin));
    [begin(run, names)].into_iter().chain(steps).chain([end(run, Verdict::Pass)]).collect()
}

fn look_up_and_append(ledger: &mut Ledger, run: u64, origin: u64, names: &[&str]) -> [Duration; 2] {
    let facts = warm(run, origin, names);
    let began = Instant::now();
    for step in 0..STEPS {
        let found = ledger.passed_with_key(&digest(&key(step, origin))).expect("a look-up");
        assert!(found.is_some(), "the key was recorded");
    }
    let looked_up = began.elapsed();
    let head = ledger.head().expect("a head").seq;
    ledger.append(head, at(0), &facts).expect("an append");
    [looked_up, began.elapsed() - looked_up]
}

fn main() {
    let entries = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(100_000);
    // Beside the build, not in /tmp: that may be memory, on which a sync costs nothing.
    let dir = tempfile::tempdir_in("target").expect("a directory");
    let path = dir.path().join("ledger.db");
    let mut ledger = Ledger::open(&path).expect("a ledger");
    let steps: Vec<String> = (0..STEPS).map(name).collect();
    let names: Vec<&str> = steps.iter().map(String::as_str).collect();
    let mut run = 0;
    while ledger.head().expect("a head").seq < entries {
        run += 1;
        let head = ledger.head().expect("a head").seq;
        ledger.append(head, at(0), &cold(run, &names)).expect("an append");
    }
    let size = std::fs::metadata(&path).expect("a file").len();
    println!("{entries} entries, {} MB", size / 1_000_000);
    drop(ledger);
    for (round, origin) in [1, 1, run / 2, run / 2, run].into_iter().enumerate() {
        // A fresh handle each time, as a command line has.
        let began = Instant::now();
        let mut ledger = Ledger::open(&path).expect("a ledger");
        let opened = began.elapsed();
        let next = run + 1 + round as u64;
        let [found, appended] = look_up_and_append(&mut ledger, next, origin, &names);
        let began = Instant::now();
        drop(ledger);
        let closed = began.elapsed();
        println!(
            "open {opened:?}, 100 look-ups {found:?}, append of 102 facts {appended:?}, \
             close {closed:?}"
        );
    }
    let ledger = Ledger::open(&path).expect("a ledger");
    let began = Instant::now();
    let head = ledger.verify().expect("a sound ledger");
    println!("verify {} entries: {:?}", head.seq, began.elapsed());
    let began = Instant::now();
    let live = ledger.live_digests().expect("digests").len();
    println!("{live} live digests: {:?}", began.elapsed());
}
