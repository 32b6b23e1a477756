//! Image steps on fakes: what is built once is not built again, unless it is gone, or what is known
//! against it may have grown.

use std::time::Duration;

use tollgate_engine::{Engine, LedgerJournal, Ports};
use tollgate_ledger::Ledger;
use tollgate_model::{
    Base, Commit, Copied, ImageBuild, Plan, Rating, RunRecord, ScanPolicy, Step, StepKind, Verdict,
};
use tollgate_testkit::{
    FakeGit, FakeNotary, FakeWorkspace, MemoryStore, SimClock, plan, request, run_step,
};

fn image(base: Base) -> ImageBuild {
    let copied = |path: &str| Copied { from: path.parse().unwrap(), to: path.to_owned() };
    ImageBuild {
        copy: vec![copied("src"), copied("model.bin")],
        command: vec!["python3".to_owned()],
        ..ImageBuild::on(base)
    }
}

fn of_debian() -> ImageBuild {
    image(Base::Debian(vec!["python3-minimal".to_owned()]))
}

fn policy() -> ScanPolicy {
    ScanPolicy {
        fail_on: Rating::High,
        only_fixable: false,
        max_age: Duration::from_secs(1),
        waivers: Vec::new(),
        allowed_licences: None,
        denied_licences: Vec::new(),
    }
}

fn project(image: ImageBuild) -> Plan {
    let step = Step {
        needs: vec!["train".parse().unwrap()],
        ..Step::new("image".parse().unwrap(), StepKind::Image(Box::new(image)))
    };
    plan([run_step("train", "make", &[], &["data.csv"], &["model.bin"]), step])
}

struct Bench {
    ledger: Ledger,
    store: &'static MemoryStore,
    workspace: FakeWorkspace<'static>,
    git: FakeGit,
}

impl Bench {
    fn new() -> Self {
        let store: &'static MemoryStore = Box::leak(Box::default());
        let workspace = FakeWorkspace::new(store);
        for file in ["src/a.py", "data.csv", "tollgate.lock"] {
            workspace.write(file, "1");
        }
        Self { ledger: Ledger::open_in_memory().unwrap(), store, workspace, git: FakeGit(None) }
    }

    fn run(&mut self, plan: &Plan) -> RunRecord {
        let (clock, notary) = (SimClock::default(), FakeNotary(self.store));
        let ports = Ports {
            clock: &clock,
            store: self.store,
            workspace: &self.workspace,
            git: &self.git,
            notary: &notary,
        };
        let mut journal = LedgerJournal::new(&mut self.ledger).unwrap();
        let mut ignore = |_| {};
        Engine::new(&mut journal, ports, &mut ignore).run(plan, &request(plan), &|| false).unwrap()
    }

    fn performed(&mut self, plan: &Plan) -> Vec<String> {
        self.workspace.forget();
        self.run(plan);
        self.workspace.performed()
    }
}

fn digest(record: &RunRecord) -> String {
    let result = record.steps["image"].state.result().expect("it ran");
    result.image.as_ref().expect("it was built").digest.clone()
}

#[test]
fn an_image_is_built_again_only_when_something_in_it_is_another() {
    let mut bench = Bench::new();
    let plan = project(of_debian());
    bench.run(&plan);
    assert_eq!(bench.performed(&plan), [""; 0]);
    for file in ["src/a.py", "tollgate.lock"] {
        bench.workspace.write(file, "2");
        assert_eq!(bench.performed(&plan), ["image"], "{file}");
    }
    bench.workspace.write("data.csv", "2");
    assert_eq!(bench.performed(&plan), ["image", "train"], "a need left another model");
    let mut other = of_debian();
    other.user = Some("0".to_owned());
    assert_eq!(bench.performed(&project(other)), ["image"]);
}

#[test]
fn an_image_that_is_gone_is_built_again() {
    let mut bench = Bench::new();
    let plan = project(of_debian());
    let first = digest(&bench.run(&plan));
    bench.workspace.lose_images();
    assert_eq!(digest(&bench.run(&plan)), first);
    assert_eq!(bench.performed(&plan), [""; 0]);
}

#[test]
fn an_image_that_is_scanned_is_looked_at_each_time() {
    let mut bench = Bench::new();
    let mut scanned = of_debian();
    scanned.scan = Some(policy());
    let plan = project(scanned);
    bench.run(&plan);
    assert_eq!(bench.performed(&plan), ["image"]);
}

#[test]
fn a_base_that_is_not_pinned_is_told_with_the_way_out() {
    let mut bench = Bench::new();
    bench.workspace = FakeWorkspace::new(bench.store);
    for file in ["src/a.py", "data.csv"] {
        bench.workspace.write(file, "1");
    }
    let record = bench.run(&project(of_debian()));
    let result = record.steps["image"].state.result().expect("an end");
    let told = "what the image stands on is not pinned: `tollgate image lock` writes tollgate.lock";
    assert_eq!(result.summary, told);
    let layout = Base::Layout { path: "src".parse().unwrap(), tag: None };
    assert_eq!(bench.performed(&project(image(layout))), ["image"], "a layout is its own pin");
}

fn at(sha: char, dirty: bool) -> FakeGit {
    let sha = sha.to_string().repeat(40);
    FakeGit(Some(Commit { sha, branch: Some("main".to_owned()), dirty }))
}

#[test]
fn an_image_of_a_run_that_passed_at_a_commit_is_a_release_with_evidence_of_each_step() {
    let mut bench = Bench::new();
    bench.git = at('a', false);
    let record = bench.run(&project(of_debian()));
    let [release] = record.releases.as_slice() else { panic!("{:?}", record.releases) };
    assert_eq!(
        (release.step.as_str(), release.commit.as_str()),
        ("image", "a".repeat(40).as_str())
    );
    assert_eq!(release.image, digest(&record));
    let about: Vec<&str> = release
        .evidence
        .iter()
        .filter_map(|said| said.step.as_ref())
        .map(|it| it.as_str())
        .collect();
    assert_eq!(about, ["train", "image"]);
    let kept = bench.ledger.release(&release.release).unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].1, *release);
    bench.ledger.verify().expect("a sound ledger");
}

#[test]
fn what_no_commit_says_and_what_did_not_pass_is_no_release() {
    let mut bench = Bench::new();
    assert_eq!(bench.run(&project(of_debian())).releases, []);
    bench.git = at('a', true);
    assert_eq!(bench.run(&project(of_debian())).releases, [], "the project is not as committed");
    bench.git = at('a', false);
    let mut plan = project(of_debian());
    let lint = run_step("lint", "fail", &[], &["data.csv"], &[]);
    plan.steps.insert(lint.id.clone(), lint);
    let record = bench.run(&plan);
    assert_eq!((record.verdict(), record.releases), (Verdict::Fail, Vec::new()));
}

#[test]
fn a_release_is_recorded_anew_only_where_something_was_found_out_anew() {
    let mut bench = Bench::new();
    bench.git = at('a', false);
    let plan = project(of_debian());
    let first = bench.run(&plan).releases[0].release;
    assert_eq!(bench.run(&plan).releases, [], "nothing ran, so nothing is new");
    bench.git = at('b', false);
    let second = bench.run(&plan).releases[0].release;
    assert_ne!(first, second, "another commit with the same image is another release");
    let mut scanned = of_debian();
    scanned.scan = Some(policy());
    let plan = project(scanned);
    bench.run(&plan);
    assert_eq!(bench.run(&plan).releases[0].release, second, "it was looked at again");
    assert_eq!(bench.ledger.release(&second).unwrap().len(), 3);
    assert_eq!(bench.ledger.releases(9).unwrap().len(), 4);
}
