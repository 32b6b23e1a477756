//! The engine dies at every append and at every effect, in turn. A new one must reach the end that
//! an undisturbed run reaches, on a sound ledger.

use std::collections::BTreeMap;

use tollgate_engine::{Engine, LedgerJournal, Ports, recover};
use tollgate_ledger::Ledger;
use tollgate_model::{Commit, OutputRef, Plan, RelPath, RunRecord, StepId, StepState, Verdict};
use tollgate_testkit::{
    CrashPoints, CrashingJournal, CrashingStore, CrashingWorkspace, FakeGit, FakeNotary,
    FakeWorkspace, MemoryStore, SimClock, image_step, plan, request, run_step, until_crash,
};

/// What counts of a run: for each step its verdict and what it left, wherever it ran.
type End = BTreeMap<StepId, (Verdict, BTreeMap<RelPath, OutputRef>)>;

fn story() -> Plan {
    let mut flaky = run_step("flaky", "flaky", &["features"], &[], &["f.bin"]);
    flaky.retries = 1;
    plan([
        run_step("features", "make", &[], &["src"], &["features.bin"]),
        run_step("train", "make", &["features", "lint"], &["data.csv"], &["model.bin", "m.json"]),
        run_step("lint", "make", &[], &["src"], &[]),
        run_step("broken", "fail", &["lint"], &[], &[]),
        run_step("never", "make", &["broken"], &[], &["n.bin"]),
        flaky,
    ])
}

struct Place {
    ledger: Ledger,
    store: MemoryStore,
    clock: SimClock,
    git: FakeGit,
}

impl Place {
    fn new() -> Self {
        let ledger = Ledger::open_in_memory().expect("a ledger");
        Self {
            ledger,
            store: MemoryStore::default(),
            clock: SimClock::default(),
            git: FakeGit(None),
        }
    }

    /// What an engine does when it comes up: it closes what is open, then runs what is asked for.
    fn engine(&mut self, plan: &Plan, points: &CrashPoints) -> RunRecord {
        let inner = FakeWorkspace::new(&self.store);
        inner.write("src/a.py", "1");
        inner.write("data.csv", "1");
        inner.write("tollgate.lock", "1");
        let workspace = CrashingWorkspace(&inner, points);
        let store = CrashingStore(&self.store, points);
        let notary = FakeNotary(&store);
        let ports = Ports {
            clock: &self.clock,
            store: &store,
            workspace: &workspace,
            git: &self.git,
            notary: &notary,
        };
        let mut journal = LedgerJournal::new(&mut self.ledger).expect("readable");
        let mut journal = CrashingJournal(&mut journal, points);
        let now = tollgate_engine::Clock::now(&self.clock);
        recover(&mut journal, &workspace, now).expect("recovered");
        let mut ignore = |_| {};
        let mut engine = Engine::new(&mut journal, ports, &mut ignore);
        engine.run(plan, &request(plan), &|| false).expect("driven to its end")
    }

    fn end(&self, record: &RunRecord) -> End {
        let of = |id: &StepId, state: &StepState| {
            let outputs = match state {
                StepState::Reused(fact) => {
                    let origin = self.ledger.run(fact.origin).unwrap().expect("the origin");
                    origin.steps[id].state.result().expect("a result").outputs.clone()
                }
                state => state.result().map(|result| result.outputs.clone()).unwrap_or_default(),
            };
            (state.verdict().expect("over"), outputs)
        };
        record.steps.iter().map(|(id, step)| (id.clone(), of(id, &step.state))).collect()
    }
}

#[test]
fn whenever_the_engine_dies_a_new_one_reaches_the_same_end() {
    let plan = story();
    let mut undisturbed = Place::new();
    let points = CrashPoints::harmless();
    let record = undisturbed.engine(&plan, &points);
    let expected = undisturbed.end(&record);
    assert_eq!(expected[&"train".parse::<StepId>().unwrap()].0, Verdict::Pass);
    let all = points.passed();
    assert!(all > 30, "the story has many places to die at, it had {all}");
    for number in 1..=all {
        let mut place = Place::new();
        let deadly = CrashPoints::deadly_at(number);
        let outcome = until_crash(|| place.engine(&plan, &deadly));
        assert!(outcome.is_err() || deadly.passed() < number, "point {number} is deadly");
        place.ledger.verify().unwrap_or_else(|e| panic!("after point {number}: {e:?}"));
        let record = place.engine(&plan, &CrashPoints::harmless());
        assert_eq!(place.end(&record), expected, "after point {number}");
        assert_eq!(place.ledger.open_runs().unwrap(), [], "after point {number}");
        place.ledger.verify().unwrap_or_else(|e| panic!("after point {number}: {e:?}"));
    }
}

#[test]
fn whenever_the_engine_dies_the_release_is_there_in_the_end_with_its_evidence() {
    let train = run_step("train", "make", &[], &["data.csv"], &["model.bin"]);
    let plan = plan([train, image_step("image", &["train"], &["src", "model.bin"])]);
    let place = || Place { git: at_a_commit(), ..Place::new() };
    let points = CrashPoints::harmless();
    let expected = place().engine(&plan, &points).releases[0].clone();
    for number in 1..=points.passed() {
        let mut place = place();
        let deadly = CrashPoints::deadly_at(number);
        let _ = until_crash(|| place.engine(&plan, &deadly));
        place.engine(&plan, &CrashPoints::harmless());
        let recorded = place.ledger.releases(9).unwrap();
        // Whoever died after the append finds it there, and records what it does anew beside it.
        assert!(matches!(recorded.len(), 1 | 2), "after point {number}");
        for (_, release) in &recorded {
            assert_eq!(release.release, expected.release, "after point {number}");
            assert_eq!(release.evidence, expected.evidence, "after point {number}");
        }
        for said in &expected.evidence {
            let kept = tollgate_engine::Store::get(&place.store, &said.envelope);
            assert!(kept.is_ok(), "after point {number}");
        }
        place.ledger.verify().unwrap_or_else(|e| panic!("after point {number}: {e:?}"));
    }
}

fn at_a_commit() -> FakeGit {
    let commit = Commit { sha: "a".repeat(40), branch: Some("main".to_owned()), dirty: false };
    FakeGit(Some(commit))
}

#[test]
fn dying_again_and_again_still_gets_there() {
    let plan = story();
    let mut place = Place::new();
    // Each engine gets a little further; what one finished, the next does not do again.
    for number in 1..40 {
        let deadly = CrashPoints::deadly_at(number);
        if let Ok(record) = until_crash(|| place.engine(&plan, &deadly)) {
            assert_eq!(record.finished.expect("over").verdict, Verdict::Fail);
        }
    }
    let record = place.engine(&plan, &CrashPoints::harmless());
    assert!(matches!(record.steps["train"].state, StepState::Reused(_)));
    place.ledger.verify().expect("a sound ledger");
}
