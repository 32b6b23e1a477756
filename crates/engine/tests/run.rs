//! Runs on fakes: what runs, what is reused, what is skipped, and in which order it is recorded.

use proptest::prelude::*;
use tollgate_engine::{
    Engine, EngineError, Event, Force, Git, Journal, LedgerJournal, PortError, PortErrorKind,
    Ports, Request, Signal, recover,
};
use tollgate_ledger::{Ledger, LedgerError};
use tollgate_model::{
    Commit, Fact, Gate, Plan, Requirement, RunEnd, RunId, RunRecord, Step, StepId, StepKind,
    StepState, Timestamp, Verdict,
};
use tollgate_testkit::{
    FakeGit, FakeNotary, FakeWorkspace, MemoryStore, SimClock, plan, request, run_step,
};

struct Bench<'a> {
    ledger: Ledger,
    clock: SimClock,
    git: FakeGit,
    store: &'a MemoryStore,
    workspace: FakeWorkspace<'a>,
}

impl<'a> Bench<'a> {
    fn new(store: &'a MemoryStore) -> Self {
        let workspace = FakeWorkspace::new(store);
        workspace.write("src/a.py", "1");
        workspace.write("data.csv", "1");
        let ledger = Ledger::open_in_memory().expect("a ledger");
        Self { ledger, clock: SimClock::default(), git: FakeGit(None), store, workspace }
    }

    fn run(&mut self, plan: &Plan) -> RunRecord {
        self.run_as(plan, &request(plan), &|| false)
    }

    fn run_as(
        &mut self,
        plan: &Plan,
        request: &Request,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> RunRecord {
        let ports = Ports {
            clock: &self.clock,
            store: self.store,
            workspace: &self.workspace,
            git: &self.git,
            notary: &FakeNotary(self.store),
        };
        let mut facts = Vec::new();
        let mut observe = |event| {
            if let Event::Fact { fact, .. } = event {
                facts.push(*fact);
            }
        };
        let mut journal = LedgerJournal::new(&mut self.ledger).unwrap();
        let record = Engine::new(&mut journal, ports, &mut observe).run(plan, request, stop);
        let record = record.expect("driven to its end");
        let run = record.started.run;
        let told: Vec<Fact> =
            self.ledger.run_entries(run).unwrap().into_iter().map(|e| e.fact).collect();
        assert_eq!(facts, told, "an observer is told exactly what the ledger has");
        assert_eq!(self.ledger.run(run).unwrap().unwrap().steps.len(), record.steps.len());
        self.ledger.verify().expect("a sound ledger");
        record
    }

    fn recover(&mut self, now: Timestamp) -> Vec<RunId> {
        let mut journal = LedgerJournal::new(&mut self.ledger).unwrap();
        recover(&mut journal, &self.workspace, now).unwrap()
    }
}

fn state(record: &RunRecord, step: &str) -> String {
    record.steps[step].state.to_string()
}

fn chain() -> Plan {
    plan([
        run_step("features", "make", &[], &["src"], &["features.bin"]),
        run_step("train", "make", &["features"], &["data.csv"], &["model.bin"]),
        run_step("lint", "make", &[], &["src"], &[]),
    ])
}

#[test]
fn a_second_run_reuses_everything_and_performs_nothing() {
    let store = MemoryStore::default();
    let mut bench = Bench::new(&store);
    assert_eq!(bench.run(&chain()).finished.unwrap().verdict, Verdict::Pass);
    assert_eq!(bench.workspace.performed(), ["features", "lint", "train"]);
    let again = bench.run(&chain());
    assert_eq!(bench.workspace.performed(), Vec::<String>::new());
    assert!(again.steps.values().all(|step| matches!(step.state, StepState::Reused(_))));
}

#[test]
fn only_what_depends_on_a_change_runs() {
    let store = MemoryStore::default();
    let mut bench = Bench::new(&store);
    bench.run(&chain());
    bench.workspace.forget();
    bench.workspace.write("data.csv", "2");
    bench.run(&chain());
    assert_eq!(bench.workspace.performed(), ["train"]);
    bench.workspace.write("unrelated.txt", "2");
    bench.run(&chain());
    assert_eq!(bench.workspace.performed(), Vec::<String>::new());
}

#[test]
fn going_back_to_an_earlier_state_reuses_the_earlier_result() {
    let store = MemoryStore::default();
    let mut bench = Bench::new(&store);
    let first = bench.run(&chain()).started.run;
    bench.workspace.write("data.csv", "2");
    bench.run(&chain());
    bench.workspace.write("data.csv", "1");
    bench.workspace.forget();
    let back = bench.run(&chain());
    assert_eq!(bench.workspace.performed(), Vec::<String>::new());
    let StepState::Reused(fact) = &back.steps["train"].state else { panic!("reused") };
    assert_eq!(fact.origin, first);
}

#[test]
fn the_platform_a_tool_and_a_declared_variable_are_part_of_the_key() {
    let store = MemoryStore::default();
    let mut bench = Bench::new(&store);
    bench.workspace.tool("cc --version", "1");
    let mut step = run_step("a", "make", &[], &["src"], &["o"]);
    step.tools = vec!["cc --version".into()];
    step.env = vec![tollgate_model::EnvVar { name: "SEED".into(), value: None }];
    let plan = plan([step]);
    bench.run(&plan);
    bench.workspace.forget();
    type Change = fn(&FakeWorkspace<'_>);
    let changes: [(&str, Change, usize); 6] = [
        ("nothing", |_| (), 0),
        ("an undeclared variable", |w| w.set("OTHER", "1"), 0),
        ("a variable that is set", |w| w.set("SEED", ""), 1),
        ("a variable's value", |w| w.set("SEED", "7"), 1),
        ("the tool", |w| w.tool("cc --version", "2"), 1),
        ("the platform", |w| w.move_to("another-machine"), 1),
    ];
    for (what, change, reruns) in changes {
        change(&bench.workspace);
        bench.run(&plan);
        assert_eq!(bench.workspace.performed().len(), reruns, "{what}");
    }
}

#[test]
fn a_missing_tool_or_input_leaves_its_step_open_and_says_which() {
    let store = MemoryStore::default();
    let mut bench = Bench::new(&store);
    let mut tool = run_step("a", "make", &[], &["src"], &[]);
    tool.tools = vec!["nowhere --version".into()];
    let input = run_step("b", "make", &[], &["gone.csv"], &[]);
    let record = bench.run(&plan([tool, input]));
    let summary = |step: &str| record.steps[step].state.result().unwrap().summary.clone();
    assert!(summary("a").contains("nowhere"), "{}", summary("a"));
    assert!(summary("b").contains("gone.csv"), "{}", summary("b"));
    assert_eq!(record.finished.unwrap().verdict, Verdict::Undecided);
}

#[test]
fn a_failure_skips_what_needs_it_and_nothing_else() {
    let store = MemoryStore::default();
    let mut bench = Bench::new(&store);
    let plan = plan([
        run_step("bad", "fail", &[], &["src"], &["x"]),
        run_step("after", "make", &["bad"], &[], &[]),
        run_step("last", "make", &["after"], &[], &[]),
        run_step("other", "make", &[], &["src"], &[]),
    ]);
    let record = bench.run(&plan);
    let states = ["bad", "after", "last", "other"].map(|step| state(&record, step));
    assert_eq!(states, ["failed", "skipped", "skipped", "passed"]);
    bench.workspace.forget();
    bench.run(&plan);
    assert_eq!(bench.workspace.performed(), ["bad"], "a failure is never reused");
}

#[test]
fn fail_fast_starts_nothing_after_a_failure() {
    let store = MemoryStore::default();
    let mut bench = Bench::new(&store);
    let mut wide = run_step("wide", "make", &[], &["src"], &[]);
    wide.resources.cpus = 2;
    let plan = plan([run_step("bad", "fail", &[], &["src"], &[]), wide]);
    let request = Request { fail_fast: true, ..request(&plan) };
    let record = bench.run_as(&plan, &request, &|| false);
    assert_eq!(state(&record, "wide"), "skipped");
}

#[test]
fn a_retry_that_passes_is_recorded_as_two_attempts() {
    let store = MemoryStore::default();
    let mut bench = Bench::new(&store);
    let mut flaky = run_step("flaky", "flaky", &[], &["src"], &["o"]);
    let without = bench.run(&plan([flaky.clone()]));
    assert_eq!(state(&without, "flaky"), "failed");
    flaky.retries = 2;
    let with = bench.run(&plan([flaky]));
    let result = with.steps["flaky"].state.result().unwrap().clone();
    assert_eq!((result.verdict, result.attempts), (Verdict::Pass, 2));
    assert_eq!(bench.ledger.step_history(&"flaky".parse().unwrap(), 9).unwrap()[0].attempts, 2);
}

#[test]
fn force_runs_what_is_known_and_what_comes_of_it_is_compared() {
    let store = MemoryStore::default();
    let mut bench = Bench::new(&store);
    bench.run(&chain());
    bench.workspace.forget();
    let one: StepId = "features".parse().unwrap();
    let force = Force::Steps([one].into());
    let request = Request { force, ..request(&chain()) };
    bench.run_as(&chain(), &request, &|| false);
    assert_eq!(bench.workspace.performed(), ["features"], "the same output keeps `train` known");
    let request = Request { force: Force::All, ..request };
    bench.run_as(&chain(), &request, &|| false);
    assert_eq!(bench.workspace.performed().len(), 3);
}

#[test]
fn a_result_whose_output_is_gone_is_made_again() {
    let store = MemoryStore::default();
    let mut bench = Bench::new(&store);
    let record = bench.run(&chain());
    let output = record.steps["features"].state.result().unwrap().outputs.values().next().unwrap();
    tollgate_engine::Store::remove(&store, &output.digest).unwrap();
    bench.workspace.forget();
    bench.run(&chain());
    assert_eq!(bench.workspace.performed(), ["features"]);
}

#[test]
fn a_stop_ends_what_runs_and_skips_the_rest() {
    let store = MemoryStore::default();
    let mut bench = Bench::new(&store);
    let plan = plan([
        run_step("endless", "wait", &[], &["src"], &[]),
        run_step("after", "make", &["endless"], &[], &[]),
    ]);
    let polls = std::sync::atomic::AtomicUsize::new(0);
    let stop = || polls.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 50;
    let record = bench.run_as(&plan, &request(&plan), &stop);
    assert_eq!(record.finished.as_ref().unwrap().end, RunEnd::Cancelled);
    assert_eq!(record.finished.as_ref().unwrap().verdict, Verdict::Undecided);
    assert_eq!([state(&record, "endless"), state(&record, "after")], ["undecided", "skipped"]);
}

#[test]
fn a_stop_before_the_run_begins_leaves_nothing() {
    let store = MemoryStore::default();
    let mut bench = Bench::new(&store);
    let mut step = run_step("a", "make", &[], &["src"], &[]);
    step.tools = vec!["hang".into()];
    let plan = plan([step]);
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let stop = || asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 50;
    let notary = FakeNotary(&store);
    let ports = Ports {
        clock: &bench.clock,
        store: &store,
        workspace: &bench.workspace,
        git: &bench.git,
        notary: &notary,
    };
    let mut observe = |event| panic!("{event:?}");
    let mut journal = LedgerJournal::new(&mut bench.ledger).unwrap();
    let mut engine = Engine::new(&mut journal, ports, &mut observe);
    let stopped = engine.run(&plan, &request(&plan), &stop).unwrap_err();
    assert!(matches!(stopped, EngineError::Stopped), "{stopped}");
    assert_eq!(bench.ledger.head().unwrap().seq, 0);
}

/// A repository that can't be read.
struct Unreadable;

impl Git for Unreadable {
    fn head(&self, _: &(dyn Fn() -> bool + Sync)) -> Result<Option<Commit>, PortError> {
        Err(PortError::new("git", PortErrorKind::Denied, "it is closed"))
    }
}

#[test]
fn a_history_that_can_not_be_read_is_noted_once_and_the_run_goes_on() {
    let store = MemoryStore::default();
    let mut bench = Bench::new(&store);
    let notary = FakeNotary(&store);
    let ports = Ports {
        clock: &bench.clock,
        store: &store,
        workspace: &bench.workspace,
        git: &Unreadable,
        notary: &notary,
    };
    let mut notes = Vec::new();
    let mut observe = |event| {
        if let Event::Signal(Signal::Note { text }) = event {
            notes.push(text);
        }
    };
    let mut journal = LedgerJournal::new(&mut bench.ledger).unwrap();
    let mut engine = Engine::new(&mut journal, ports, &mut observe);
    let record = engine.run(&chain(), &request(&chain()), &|| false).unwrap();
    assert_eq!(record.finished.unwrap().verdict, Verdict::Pass);
    assert_eq!(record.started.commit, None);
    assert_eq!(notes, ["git: it is closed; the run records no commit"]);
}

#[test]
fn steps_never_take_more_than_the_machine_has() {
    let store = MemoryStore::default();
    let mut bench = Bench::new(&store);
    let steps = (0..12).map(|n| {
        let mut step = run_step(&format!("s{n}"), "make", &[], &["src"], &[]);
        step.resources.cpus = n % 4;
        step
    });
    let plan = plan(steps);
    let record = bench.run(&plan);
    assert_eq!(record.finished.unwrap().verdict, Verdict::Pass);
    let mut running = std::collections::BTreeMap::new();
    for entry in bench.ledger.run_entries(record.started.run).unwrap() {
        match entry.fact {
            Fact::StepStarted(fact) => {
                running.insert(fact.step.clone(), plan.steps[&fact.step].resources.cpus);
                let total: u32 = running.values().sum();
                assert!(total <= 2 || running.len() == 1, "{running:?}");
            }
            Fact::StepFinished(fact) => {
                running.remove(&fact.step);
            }
            _ => {}
        }
    }
}

#[test]
fn a_new_engine_closes_what_a_dead_one_left_open() {
    let store = MemoryStore::default();
    let mut bench = Bench::new(&store);
    let started = Fact::RunStarted(tollgate_model::RunStarted {
        run: RunId(1),
        project: "test".into(),
        pipeline: None,
        steps: vec!["a".parse().unwrap()],
        commit: None,
        plan: tollgate_model::Digest::of(b""),
        trigger: "test".into(),
    });
    let now = tollgate_engine::Clock::now(&bench.clock);
    bench.ledger.append(0, now, &[started]).unwrap();
    let closed = bench.recover(now);
    assert_eq!(closed, [RunId(1)]);
    let record = bench.ledger.run(closed[0]).unwrap().unwrap();
    assert_eq!(record.finished.unwrap().end, RunEnd::Abandoned);
    assert_eq!(bench.recover(now), []);
}

#[test]
fn a_command_that_reads_like_a_gate_is_none() {
    let store = MemoryStore::default();
    let mut bench = Bench::new(&store);
    bench.workspace.write("metrics.json", r#"{"f1": 0.5}"#);
    let bar = Requirement { metric: "f1".into(), threshold: ">= 0.9".parse().unwrap(), line: 3 };
    let gate = Gate::of_metrics("metrics.json".parse().unwrap(), vec![bar]);
    // Everything that the gate's key has of it.
    let mut spelled = serde_json::to_value(&gate).unwrap();
    spelled["require"][0].as_object_mut().unwrap().remove("line");
    let spelled = run_step("q", &spelled.to_string(), &[], &["metrics.json"], &[]);
    let judged = Step::new("q".parse().unwrap(), StepKind::Gate(Box::new(gate)));
    let verdict = |record: &RunRecord| record.finished.as_ref().unwrap().verdict;
    assert_eq!(verdict(&bench.run(&plan([spelled]))), Verdict::Pass);
    assert_eq!(verdict(&bench.run(&plan([judged]))), Verdict::Fail);
}

#[test]
fn who_appends_beside_an_engine_is_found_out() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.db");
    let [mut ours, mut theirs] = [(); 2].map(|()| Ledger::open(&path).unwrap());
    let started = |run| {
        Fact::RunStarted(tollgate_model::RunStarted {
            run: RunId(run),
            project: "test".into(),
            pipeline: None,
            steps: Vec::new(),
            commit: None,
            plan: tollgate_model::Digest::of(b""),
            trigger: "test".into(),
        })
    };
    let now = Timestamp::from_millis(0);
    let mut journal = LedgerJournal::new(&mut ours).unwrap();
    journal.append(now, &[started(1)]).unwrap();
    theirs.append(1, now, &[started(2)]).unwrap();
    let refused = journal.append(now, &[started(3)]).unwrap_err();
    assert!(matches!(refused, LedgerError::Conflict { expected: 1, actual: 2 }), "{refused}");
}

/// Plans of up to eight steps, each with needs among those before it.
fn any_plan() -> impl Strategy<Value = Plan> {
    let step = (prop::sample::select(vec!["make", "make", "fail", "flaky"]), any::<u8>(), 0u32..4);
    prop::collection::vec(step, 1..8).prop_map(|steps| {
        plan(steps.into_iter().enumerate().map(|(n, (command, mask, cpus))| {
            let needs: Vec<String> =
                (0..n).filter(|m| mask & (1 << m) != 0).map(|m| format!("s{m}")).collect();
            let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
            let output = format!("o{n}");
            let mut step = run_step(&format!("s{n}"), command, &needs, &["src"], &[&output]);
            step.resources.cpus = cpus;
            step
        }))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_step_runs_exactly_where_all_its_needs_passed(plan in any_plan()) {
        let store = MemoryStore::default();
        let mut bench = Bench::new(&store);
        let record = bench.run(&plan);
        let passed = |id: &StepId| record.steps[id].state.verdict() == Some(Verdict::Pass);
        for (id, step) in &plan.steps {
            let skipped = matches!(record.steps[id].state, StepState::Skipped(_));
            prop_assert_eq!(skipped, !step.needs.iter().all(passed), "{}", id);
        }
        let failed = plan.steps.keys().any(|id| record.steps[id].state.verdict() == Some(Verdict::Fail));
        let verdict = record.finished.as_ref().unwrap().verdict;
        prop_assert_eq!(verdict == Verdict::Fail, failed);
        // What passed is known the next time; what failed is tried again.
        bench.workspace.forget();
        bench.run(&plan);
        let tried: Vec<String> = plan.steps.keys()
            .filter(|id| record.steps[*id].state.verdict() == Some(Verdict::Fail))
            .map(ToString::to_string)
            .collect();
        prop_assert_eq!(bench.workspace.performed(), tried);
    }
}

#[test]
fn the_package_index_is_part_of_the_key_of_a_step_with_the_network() {
    let store = MemoryStore::default();
    let mut bench = Bench::new(&store);
    bench.workspace.index("https://one.example");
    let mut online = run_step("online", "make", &[], &["src"], &["o"]);
    online.network = true;
    let plan = plan([online, run_step("offline", "make", &[], &["src"], &["p"])]);
    bench.run(&plan);
    bench.workspace.forget();
    bench.workspace.index("https://two.example");
    bench.run(&plan);
    assert_eq!(bench.workspace.performed(), ["online"]);
    bench.run(&plan);
    assert_eq!(bench.workspace.performed(), Vec::<String>::new());
}
