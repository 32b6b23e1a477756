//! What the ledger answers.

use crate::common::*;
use std::collections::BTreeMap;
use tollgate_ledger::{Head, Ledger, LedgerError, StepCounts};

use tollgate_model::{Fact, Judged, RunId, RunRecord, StepState, Verdict};

fn filled() -> Ledger {
    let mut ledger = Ledger::open_in_memory().unwrap();
    fill(&mut ledger, &history());
    ledger
}

#[test]
fn entries_come_back_as_they_were_appended() {
    let ledger = filled();
    let entries = ledger.read(0, 100).unwrap();
    let facts: Vec<Fact> = entries.iter().map(|entry| entry.fact.clone()).collect();
    assert_eq!(facts, history());
    assert_eq!(
        entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(),
        (1..=9).collect::<Vec<_>>()
    );
    assert_eq!(ledger.read(7, 1).unwrap(), entries[7..8]);
    assert_eq!(ledger.head().unwrap(), Head { seq: 9, hash: entries[8].hash });
    assert_eq!(ledger.verify(), Ok(ledger.head().unwrap()));
}

#[test]
fn an_empty_ledger_answers_with_nothing() {
    let ledger = Ledger::open_in_memory().unwrap();
    assert_eq!(ledger.head().unwrap(), Head::genesis());
    assert_eq!(ledger.last_run().unwrap(), None);
    assert_eq!(ledger.run(RunId(1)).unwrap(), None);
    assert_eq!(ledger.passed_with_key(&digest("k1")).unwrap(), None);
    assert!(ledger.runs(9).unwrap().is_empty() && ledger.live_digests().unwrap().is_empty());
    assert_eq!(ledger.verify(), Ok(Head::genesis()));
}

#[test]
fn a_run_is_the_fold_of_its_entries() {
    let ledger = filled();
    let mut entries = ledger.run_entries(RunId(1)).unwrap().into_iter();
    let first = entries.next().unwrap();
    let Fact::RunStarted(started) = first.fact else { panic!("{:?}", first.fact) };
    let mut record = RunRecord::begin(started, first.at);
    entries.for_each(|entry| record.apply(&entry.fact, entry.at).unwrap());
    assert_eq!(ledger.run(RunId(1)).unwrap(), Some(record.clone()));
    assert!(matches!(record.steps[&step("test")].state, StepState::Skipped(_)));
}

#[test]
fn runs_are_told_newest_first_with_their_counts() {
    let ledger = filled();
    let runs = ledger.runs(2).unwrap();
    assert_eq!(runs.iter().map(|run| run.run.0).collect::<Vec<_>>(), [3, 2]);
    assert_eq!(runs[0].finished, None);
    assert_eq!(runs[1].counts, StepCounts { total: 1, reused: 1, ..StepCounts::default() });
    assert_eq!(ledger.last_run().unwrap(), Some(RunId(3)));
    assert_eq!(ledger.open_runs().unwrap(), [RunId(3)]);
}

#[test]
fn the_newest_pass_with_a_key_is_found_and_a_failure_never() {
    let mut ledger = filled();
    assert_eq!(ledger.passed_with_key(&digest("k1")).unwrap().unwrap().run, RunId(1));
    let again = [
        start(3, "lint", "k1", 1),
        finish(3, "lint", "k1", Verdict::Pass),
        begin(4, &["lint", "test"]),
        finish(4, "lint", "k1", Verdict::Fail),
        finish(4, "test", "k2", Verdict::Undecided),
    ];
    fill(&mut ledger, &again);
    let found = ledger.passed_with_key(&digest("k1")).unwrap().unwrap();
    assert_eq!((found.run, found.at), (RunId(3), at(10)));
    assert_eq!(found.result, result(Verdict::Pass, "output of k1 in r3"));
    assert_eq!(ledger.passed_with_key(&digest("k2")).unwrap(), None);
}

#[test]
fn a_rerun_is_explained_by_the_last_start_in_an_earlier_run() {
    let mut ledger = filled();
    fill(&mut ledger, &[start(3, "lint", "k1", 1), start(3, "lint", "k1", 2)]);
    let last = |before| ledger.last_started(&step("lint"), RunId(before)).unwrap();
    assert_eq!(last(1), None);
    assert_eq!(last(3).map(|fact| (fact.run, fact.attempt)), Some((RunId(1), 1)));
    assert_eq!(last(4).map(|fact| (fact.run, fact.attempt)), Some((RunId(3), 2)));
    assert_eq!(ledger.last_started(&step("test"), RunId(9)).unwrap(), None);
}

#[test]
fn history_of_a_step_is_what_ran_newest_first() {
    let mut ledger = filled();
    fill(&mut ledger, &[start(3, "lint", "k3", 1), finish(3, "lint", "k3", Verdict::Fail)]);
    let history = ledger.step_history(&step("lint"), 10).unwrap();
    let told: Vec<_> = history.iter().map(|one| (one.run.0, one.verdict)).collect();
    assert_eq!(told, [(3, Verdict::Fail), (1, Verdict::Pass)]);
    assert_eq!(ledger.step_history(&step("lint"), 1).unwrap(), history[..1]);
}

#[test]
fn a_reuse_is_a_use_of_all_that_the_key_left_behind() {
    let ledger = filled();
    let used = |name: &str| {
        let live = ledger.live_digests().unwrap();
        live.iter().find(|live| live.digest == digest(name)).map(|live| live.last_used)
    };
    // Entry 7, the reuse, was appended at 6; entry 9, the last mention of the plan, at 8.
    for name in ["output of k1 in r1", "log", "ingredients of k1"] {
        assert_eq!(used(name), Some(at(6)), "{name}");
    }
    assert_eq!(used("plan"), Some(at(8)));
    assert_eq!(used("k1"), None, "a key is no content of the store");
    assert_eq!(ledger.live_digests().unwrap()[0].digest, digest("plan"));
}

#[test]
fn cursors_are_their_own_and_never_go_back() {
    let mut ledger = filled();
    assert_eq!(ledger.cursor("console").unwrap(), 0);
    ledger.advance_cursor("console", 5).unwrap();
    ledger.advance_cursor("console", 3).unwrap();
    assert_eq!(ledger.cursor("console").unwrap(), 5);
    assert_eq!(ledger.cursor("web").unwrap(), 0);
    let past = ledger.advance_cursor("web", 10);
    assert!(matches!(past, Err(LedgerError::CursorPastHead { head: 9, .. })), "{past:?}");
}

#[test]
fn what_a_gate_judged_is_told_newest_first_and_each_model_uses_a_holdout_once() {
    let mut ledger = filled();
    let judge = |run, model: &str, holdout: Option<&str>, verdict| {
        let Fact::StepFinished(mut fact) = finish(run, "lint", model, verdict) else {
            unreachable!("`finish` finishes a step")
        };
        fact.result.judged = Some(Box::new(Judged {
            predictions: digest(model),
            holdout: holdout.map(digest),
            figures: BTreeMap::from([("roc_auc".to_owned(), 0.8)]),
        }));
        [begin(run, &["lint"]), start(run, "lint", model, 1), Fact::StepFinished(fact)]
    };
    let story = [
        judge(4, "a", Some("h"), Verdict::Pass),
        judge(5, "b", Some("h"), Verdict::Fail),
        judge(6, "a", Some("h"), Verdict::Pass),
        judge(7, "c", None, Verdict::Pass),
        judge(8, "c", Some("other"), Verdict::Undecided),
    ];
    for facts in story {
        fill(&mut ledger, &facts);
    }
    let judged = ledger.judged(&step("lint"), 3).unwrap();
    let told: Vec<_> = judged.iter().map(|it| (it.run.0, it.verdict)).collect();
    assert_eq!(told, [(8, Verdict::Undecided), (7, Verdict::Pass), (6, Verdict::Pass)]);
    assert_eq!(ledger.judged(&step("test"), 3).unwrap(), []);
    let uses = ledger.uses_of_holdouts().unwrap();
    assert_eq!(uses[&digest("h")], [digest("a"), digest("b")]);
    assert_eq!(uses[&digest("other")], [digest("c")]);
    assert!(ledger.live_digests().unwrap().iter().any(|live| live.digest == digest("b")));
    ledger.verify().expect("a sound ledger");
}
