//! Random legal histories: the fold of the entries and the views always say the same.

use crate::common::*;
use proptest::prelude::*;
use tollgate_ledger::{Ledger, LedgerError, RunSummary};
use tollgate_model::{Fact, RunId, RunRecord, Verdict};

/// Random choices, turned into facts; those that would be illegal are left out below.
fn fact() -> impl Strategy<Value = Fact> {
    let run = 1..6u64;
    let name = prop::sample::select(vec!["a", "b", "c"]);
    let key = prop::sample::select(vec!["k1", "k2"]);
    let verdict =
        prop::sample::select(vec![Verdict::Pass, Verdict::Pass, Verdict::Fail, Verdict::Undecided]);
    (0..12, run, name, key, verdict).prop_map(|(kind, run, name, key, verdict)| match kind {
        0..3 => begin(run, &["a", "b", "c"]),
        3 | 4 => start(run, name, key, 1),
        5 => start(run, name, key, 2),
        6..9 => finish(run, name, key, verdict),
        9 => reuse(run, name, key, 1),
        10 => skip(run, name),
        _ => end(run, verdict),
    })
}

fn appended(facts: &[Fact]) -> Ledger {
    let mut ledger = Ledger::open_in_memory().unwrap();
    let mut head = 0;
    for fact in facts {
        match ledger.append(head, at(head as i64), std::slice::from_ref(fact)) {
            Ok(now) => head = now.seq,
            Err(LedgerError::Illegal(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    ledger
}

fn records(ledger: &Ledger) -> Vec<RunRecord> {
    let mut records: Vec<RunRecord> = Vec::new();
    for entry in ledger.read(0, 10_000).unwrap() {
        match entry.fact {
            Fact::RunStarted(started) => records.push(RunRecord::begin(started, entry.at)),
            fact => records
                .iter_mut()
                .find(|record| Some(record.started.run) == fact.run())
                .unwrap()
                .apply(&fact, entry.at)
                .unwrap(),
        }
    }
    records
}

/// Everything that the views are asked for.
fn answers(ledger: &Ledger) -> String {
    let keys = ["k1", "k2"].map(|key| ledger.passed_with_key(&digest(key)).unwrap());
    let steps = ["a", "b", "c"].map(|name| {
        let history = ledger.step_history(&step(name), 99).unwrap();
        (history, [2, 9].map(|run| ledger.last_started(&step(name), RunId(run)).unwrap()))
    });
    let runs = (ledger.runs(99).unwrap(), ledger.open_runs().unwrap(), ledger.last_run().unwrap());
    format!("{keys:?} {steps:?} {runs:?} {:?}", ledger.live_digests().unwrap())
}

fn newest_pass(ledger: &Ledger, key: &str) -> Option<(RunId, String)> {
    let entries = ledger.read(0, 10_000).unwrap();
    entries.into_iter().rev().find_map(|entry| match entry.fact {
        Fact::StepFinished(fact)
            if fact.key == Some(digest(key)) && fact.result.verdict.passed() =>
        {
            Some((fact.run, entry.at.to_string()))
        }
        _ => None,
    })
}

/// A case here is a whole ledger; `PROPTEST_CASES` asks for more of them.
fn fewer() -> ProptestConfig {
    let config = ProptestConfig::default();
    ProptestConfig { cases: config.cases / 4, ..config }
}

proptest! {
    #![proptest_config(fewer())]

    #[test]
    fn views_are_the_fold_of_the_entries(facts in prop::collection::vec(fact(), 0..80)) {
        let ledger = appended(&facts);
        let records = records(&ledger);
        let mut summaries: Vec<RunSummary> = records.iter().map(RunSummary::of).collect();
        summaries.reverse();
        prop_assert_eq!(ledger.runs(99).unwrap(), summaries);
        let open = records.iter().filter(|record| record.finished.is_none());
        let open: Vec<RunId> = open.map(|record| record.started.run).collect();
        prop_assert_eq!(ledger.open_runs().unwrap(), open);
        for record in records {
            prop_assert_eq!(ledger.run(record.started.run).unwrap(), Some(record));
        }
        for key in ["k1", "k2"] {
            let found = ledger.passed_with_key(&digest(key)).unwrap();
            let found = found.map(|found| (found.run, found.at.to_string()));
            prop_assert_eq!(found, newest_pass(&ledger, key));
        }
        prop_assert!(ledger.verify().is_ok());
    }

    #[test]
    fn rebuilt_views_are_the_ones_that_grew(facts in prop::collection::vec(fact(), 0..80)) {
        let mut ledger = appended(&facts);
        let (grown, head) = (answers(&ledger), ledger.head().unwrap());
        ledger.drop_views().unwrap();
        ledger.rebuild_views().unwrap();
        prop_assert_eq!(answers(&ledger), grown);
        prop_assert_eq!(ledger.head().unwrap(), head);
    }

    #[test]
    fn in_one_append_or_in_many_is_the_same(facts in prop::collection::vec(fact(), 0..60)) {
        let many = appended(&facts);
        let legal = many.read(0, 10_000).unwrap();
        let mut one = Ledger::open_in_memory().unwrap();
        let facts: Vec<Fact> = legal.iter().map(|entry| entry.fact.clone()).collect();
        one.append(0, at(0), &facts).unwrap();
        let facts_of = |ledger: &Ledger| {
            ledger.read(0, 10_000).unwrap().into_iter().map(|e| e.fact).collect::<Vec<_>>()
        };
        prop_assert_eq!(facts_of(&one), facts_of(&many));
        prop_assert!(one.verify().is_ok());
        let counts = |ledger: &Ledger| {
            ledger.runs(99).unwrap().into_iter().map(|run| run.counts).collect::<Vec<_>>()
        };
        prop_assert_eq!(counts(&one), counts(&many));
    }

    #[test]
    fn a_stale_append_changes_nothing(
        facts in prop::collection::vec(fact(), 1..30),
        off in prop::sample::select(vec![-1i64, 1, 7]),
    ) {
        let mut ledger = appended(&facts);
        let head = ledger.head().unwrap();
        let expected = head.seq.saturating_add_signed(off);
        prop_assume!(expected != head.seq);
        let before = answers(&ledger);
        let refused = ledger.append(expected, at(0), &[begin(99, &[])]);
        let conflict = matches!(refused, Err(LedgerError::Conflict { .. }));
        prop_assert!(conflict, "{:?}", refused);
        prop_assert_eq!(ledger.head().unwrap(), head);
        prop_assert_eq!(answers(&ledger), before);
    }
}
