//! Facts for tests, short to write.

use std::collections::BTreeMap;

use tollgate_ledger::Ledger;
use tollgate_model::{
    Digest, Fact, OutputKind, OutputRef, RunEnd, RunFinished, RunId, RunStarted, StepEnd,
    StepFinished, StepId, StepResult, StepReused, StepSkipped, StepStarted, Timestamp, Verdict,
};

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + millis)
}

pub(crate) fn digest(name: &str) -> Digest {
    Digest::of(name.as_bytes())
}

pub(crate) fn step(name: &str) -> StepId {
    name.parse().unwrap()
}

pub(crate) fn begin(run: u64, steps: &[&str]) -> Fact {
    Fact::RunStarted(RunStarted {
        run: RunId(run),
        project: "churn".into(),
        pipeline: Some("pr".into()),
        steps: steps.iter().map(|name| step(name)).collect(),
        commit: None,
        plan: digest("plan"),
        trigger: "person".into(),
    })
}

pub(crate) fn end(run: u64, verdict: Verdict) -> Fact {
    Fact::RunFinished(RunFinished {
        run: RunId(run),
        verdict,
        end: RunEnd::Completed,
        millis: 1_000,
    })
}

pub(crate) fn start(run: u64, name: &str, key: &str, attempt: u32) -> Fact {
    Fact::StepStarted(StepStarted {
        run: RunId(run),
        step: step(name),
        key: digest(key),
        ingredients: digest(&format!("ingredients of {key}")),
        attempt,
    })
}

pub(crate) fn result(verdict: Verdict, output: &str) -> StepResult {
    let output = OutputRef { kind: OutputKind::File, digest: digest(output), bytes: 4, files: 1 };
    StepResult {
        verdict,
        end: StepEnd::Exited(0),
        attempts: 1,
        outputs: BTreeMap::from([("model.pkl".parse().unwrap(), output)]),
        log: Some(digest("log")),
        report: None,
        sketch: None,
        image: None,
        tests: None,
        judged: None,
        summary: "3 files".into(),
        millis: 40,
    }
}

pub(crate) fn finish(run: u64, name: &str, key: &str, verdict: Verdict) -> Fact {
    Fact::StepFinished(StepFinished {
        run: RunId(run),
        step: step(name),
        key: Some(digest(key)),
        result: result(verdict, &format!("output of {key} in r{run}")),
    })
}

pub(crate) fn reuse(run: u64, name: &str, key: &str, origin: u64) -> Fact {
    Fact::StepReused(StepReused {
        run: RunId(run),
        step: step(name),
        key: digest(key),
        origin: RunId(origin),
        saved_millis: 40,
    })
}

pub(crate) fn skip(run: u64, name: &str) -> Fact {
    Fact::StepSkipped(StepSkipped { run: RunId(run), step: step(name), because: None })
}

/// Two finished runs and an open one: nine entries.
pub(crate) fn history() -> Vec<Fact> {
    vec![
        begin(1, &["lint", "test"]),
        start(1, "lint", "k1", 1),
        finish(1, "lint", "k1", Verdict::Pass),
        skip(1, "test"),
        end(1, Verdict::Undecided),
        begin(2, &["lint"]),
        reuse(2, "lint", "k1", 1),
        end(2, Verdict::Pass),
        begin(3, &["lint"]),
    ]
}

/// Appends each fact at a time of its own.
pub(crate) fn fill(ledger: &mut Ledger, facts: &[Fact]) {
    let first = ledger.head().unwrap().seq;
    for (seq, fact) in (first..).zip(facts) {
        ledger.append(seq, at(seq as i64), std::slice::from_ref(fact)).unwrap();
    }
}
