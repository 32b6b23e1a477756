//! What becomes of an attempt: whose doing its end is, and what the caller is told.

use tollgate_engine::{Engine, LedgerJournal, Performed, PortErrorKind, Ports, assess};
use tollgate_ledger::Ledger;
use tollgate_model::{Exit, OutputKind, RunRecord, Step, StepEnd, StepResult, Verdict};
use tollgate_testkit::{
    FakeGit, FakeNotary, FakeWorkspace, MemoryStore, SimClock, plan, request, run_step,
};

fn run(steps: impl IntoIterator<Item = Step>) -> RunRecord {
    let store = MemoryStore::default();
    let workspace = FakeWorkspace::new(&store);
    let (clock, git, notary) = (SimClock::default(), FakeGit(None), FakeNotary(&store));
    let ports =
        Ports { clock: &clock, store: &store, workspace: &workspace, git: &git, notary: &notary };
    let plan = plan(steps);
    let mut ledger = Ledger::open_in_memory().expect("a ledger");
    let record = Engine::new(&mut LedgerJournal::new(&mut ledger).unwrap(), ports, &mut |_| {})
        .with_witness(&|what| Some(format!("here.rs:7: {what}")))
        .run(&plan, &request(&plan), &|| false)
        .expect("driven to its end");
    ledger.verify().expect("a sound ledger");
    record
}

fn result<'a>(record: &'a RunRecord, step: &str) -> &'a StepResult {
    record.steps[step].state.result().expect("it came to an end")
}

#[test]
fn only_what_a_step_did_is_a_failure_of_it() {
    use StepEnd::{Broken, Disturbed, Exited, Misconfigured};
    let machine = "the machine failed, not the step: fake: as it was told";
    let table = [
        ("make", Verdict::Pass, Exited(0), Exit::Passed, ""),
        ("fail", Verdict::Fail, Exited(1), Exit::Failed, "exited with code 1"),
        (
            "refused",
            Verdict::Fail,
            Exited(0),
            Exit::Failed,
            "output o can't be kept: it is a socket",
        ),
        ("permanent", Verdict::Undecided, Broken, Exit::Broken, machine),
        ("denied", Verdict::Undecided, Broken, Exit::Broken, machine),
        ("missing", Verdict::Undecided, Broken, Exit::Broken, machine),
        ("transient", Verdict::Undecided, Broken, Exit::Broken, machine),
        (
            "panic",
            Verdict::Undecided,
            Broken,
            Exit::Broken,
            "tollgate failed, not the step: here.rs:7",
        ),
        ("conflict", Verdict::Undecided, Disturbed, Exit::Undecided, "as it was told"),
        ("unfit", Verdict::Undecided, Misconfigured, Exit::Misconfigured, "as it was told"),
    ];
    for (command, verdict, end, exit, said) in table {
        let mut step = run_step("step", command, &[], &[], &["o"]);
        step.retries = u32::from(verdict == Verdict::Undecided);
        let record = run([step, run_step("after", "make", &["step"], &[], &[])]);
        let result = result(&record, "step");
        assert_eq!((result.verdict, result.end), (verdict, end), "{command}");
        assert!(result.summary.contains(said), "{command}: {}", result.summary);
        assert_eq!(result.attempts, 1, "{command}: trying again is for what the step did");
        assert_eq!(Exit::from(&record), exit, "{command}");
        let after = record.steps["after"].state.verdict();
        assert_eq!(after.map(Verdict::passed), Some(verdict.passed()), "{command}");
    }
}

#[test]
fn a_failure_is_certain_whatever_else_happened() {
    let step = |id: &str, command: &str| run_step(id, command, &[], &[], &["o"]);
    for (first, second, exit) in [
        ("fail", "permanent", Exit::Failed),
        ("unfit", "fail", Exit::Failed),
        ("unfit", "permanent", Exit::Broken),
        ("conflict", "unfit", Exit::Misconfigured),
        ("make", "panic", Exit::Broken),
        ("make", "conflict", Exit::Undecided),
    ] {
        let mut second = step("b", second);
        second.outputs = Vec::new();
        assert_eq!(Exit::from(&run([step("a", first), second])), exit, "{first}");
    }
}

#[test]
fn a_tool_that_is_not_there_is_the_configuration_s_fault() {
    let mut step = run_step("step", "make", &[], &[], &[]);
    step.tools = vec!["no-such-tool --version".into()];
    let record = run([step, run_step("other", "make", &[], &[], &[])]);
    let result = result(&record, "step");
    assert_eq!((result.verdict, result.end), (Verdict::Undecided, StepEnd::Misconfigured));
    assert!(result.summary.contains("`no-such-tool --version` was not found"));
    assert_eq!(record.steps["other"].state.verdict(), Some(Verdict::Pass), "the rest still runs");
    assert_eq!(Exit::from(&record), Exit::Misconfigured);
}

#[test]
fn a_panic_leaves_its_place_in_the_step_s_log() {
    let record = run([run_step("step", "panic", &[], &[], &[])]);
    assert!(result(&record, "step").log.is_some());
}

#[test]
fn summaries_are_of_bounded_length() {
    let step = run_step("step", "make", &[], &[], &[]);
    let plan = plan([step.clone()]);
    let read = "é".repeat(10_000);
    let seen = Performed { undeclared_reads: vec![read], ..Performed::ended(StepEnd::Exited(0)) };
    let summary = assess(&plan, &step, &seen).summary;
    assert!(summary.chars().count() <= 401, "{}", summary.len());
}

#[test]
fn what_helps_against_an_undeclared_read_is_said() {
    let writer = run_step("writer", "make", &[], &[], &["w.bin"]);
    let step = run_step("step", "make", &[], &[], &["own.bin", "cache/"]);
    let after = run_step("after", "make", &["step"], &[], &["later.bin"]);
    let plan = plan([writer, step.clone(), after]);
    let hint = |path: &str| {
        let undeclared_reads = vec![path.to_owned()];
        let seen = Performed { undeclared_reads, ..Performed::ended(StepEnd::Exited(0)) };
        let report = assess(&plan, &step, &seen).report.expect("a finding");
        let finding = report.findings.into_iter().next().expect("a finding");
        assert_eq!(finding.subject.as_deref(), Some(path), "which read it is");
        finding.hint.expect("a hint")
    };
    assert_eq!(hint("src/a.py"), "add `src/a.py` to the inputs of `step`");
    assert_eq!(hint("w.bin"), "add `writer` to the needs of `step`");
    for own in ["own.bin", "cache/part"] {
        let said = hint(own);
        assert!(said.contains("write it before reading it"), "{said}");
        assert!(!said.contains("add"), "neither a need nor an input of its own: {said}");
    }
    let said = hint("later.bin");
    assert!(said.contains("to a step after `after`") && !said.contains("add"), "{said}");
}

#[test]
fn an_output_that_was_refused_is_named_once() {
    let step = run_step("step", "make", &[], &[], &["a", "b"]);
    let path = |text: &str| text.parse().expect("a path");
    let kept = tollgate_model::OutputRef {
        kind: OutputKind::File,
        digest: tollgate_model::Digest::of(b"a"),
        bytes: 1,
        files: 1,
    };
    let seen = Performed {
        outputs: [(path("a"), kept)].into(),
        refused_outputs: [(path("b"), "can't be kept: no".to_owned())].into(),
        ..Performed::ended(StepEnd::Exited(0))
    };
    let report = assess(&plan([step.clone()]), &step, &seen).report.expect("a finding");
    let messages: Vec<_> = report.findings.iter().map(|finding| &finding.message).collect();
    assert_eq!(messages, ["the declared output b can't be kept: no"]);
    assert_eq!(report.findings[0].subject.as_deref(), Some("b"));
}

#[test]
fn every_kind_of_error_is_in_the_table() {
    // A kind more makes this match fail to compile, and wants its line above.
    let in_table = |kind| match kind {
        PortErrorKind::Permanent => "permanent",
        PortErrorKind::Denied => "denied",
        PortErrorKind::NotFound => "missing",
        PortErrorKind::Conflict => "conflict",
        PortErrorKind::Unfit => "unfit",
        PortErrorKind::Transient => "transient",
    };
    let record = run([run_step("step", in_table(PortErrorKind::Unfit), &[], &[], &[])]);
    assert_eq!(result(&record, "step").end, StepEnd::Misconfigured);
}
