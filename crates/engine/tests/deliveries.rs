//! A death at every append and every commit: whoever comes next brings ledger and Git together.

use std::collections::BTreeMap;
use std::time::Duration;

use tollgate_engine::deliver::{
    Asked, DeliverError, Deliverer, DeliveryPorts, Followed, Record as _,
};
use tollgate_ledger::Ledger;
use tollgate_model::{
    Cause, Commit, Digest, Environment, Fact, Manifests, Policy, ReleaseId, ReleaseRecorded,
    Rollout, RunEnd, RunFinished, RunId, RunStarted, StepEnd, StepFinished, StepResult, Target,
    Timestamp, Verdict,
};
use tollgate_testkit::{
    CrashPoints, CrashingBranch, CrashingRecord, FakeBranch, FakeWitness, MemoryStore, SimClock,
    until_crash,
};

const POD: &str =
    "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - { name: a, image: \"demo:v1\" }\n";

fn environment() -> Environment {
    Environment {
        name: "prod".into(),
        image: None,
        manifests: Manifests {
            path: "deploy".parse().unwrap(),
            repository: None,
            branch: "main".into(),
            image: None,
            values: Vec::new(),
        },
        target: Target::Gitops,
        after: Vec::new(),
        policy: Policy::default(),
        smoke: Vec::new(),
        rollout: Rollout::default(),
        freeze: Vec::new(),
        line: 1,
    }
}

struct World {
    ledger: Ledger,
    branch: FakeBranch,
    store: MemoryStore,
    clock: SimClock,
    environment: Environment,
}

impl World {
    /// With two releases.
    fn new() -> Self {
        let mut ledger = Ledger::open_in_memory().unwrap();
        for (run, commit) in [(1, 'a'), (2, 'b')] {
            release(&mut ledger, run, commit);
        }
        Self {
            ledger,
            branch: FakeBranch::new("deploy/a.yaml", POD),
            store: MemoryStore::default(),
            clock: SimClock::default(),
            environment: environment(),
        }
    }

    fn recorded(&self, commit: char) -> (Timestamp, ReleaseRecorded) {
        self.ledger.release_of_image(&image(commit)).unwrap().unwrap()
    }

    fn act<T>(&mut self, points: &CrashPoints, act: impl FnOnce(&mut Deliverer<'_>) -> T) -> T {
        let branch = CrashingBranch(&self.branch, points);
        let mut record = CrashingRecord(&mut self.ledger, points);
        act(&mut Deliverer {
            project: "demo",
            environment: &self.environment,
            repository: "demo",
            record: &mut record,
            ports: DeliveryPorts {
                clock: &self.clock,
                store: &self.store,
                branch: &branch,
                witness: &FakeWitness,
            },
            by: "ann".into(),
        })
    }

    /// Both releases in, and the second out again.
    fn story(&mut self, points: &CrashPoints) -> Result<(), DeliverError> {
        for commit in ['a', 'b'] {
            let recorded = self.recorded(commit);
            self.act(points, |deliverer| deliverer.promote(&recorded))?;
        }
        let asked = Asked { to: None, cause: Cause::Person, reason: "slow".into() };
        self.act(points, |deliverer| deliverer.roll_back(&asked)).map(drop)
    }

    fn follow(&mut self) -> Result<Followed, DeliverError> {
        self.act(&CrashPoints::harmless(), |deliverer| deliverer.follow())
    }

    fn serves(&self) -> Option<String> {
        let own = self.ledger.environments().unwrap().remove("prod").unwrap_or_default();
        let release = own.stable?.release;
        Some(self.ledger.release(&release).unwrap()[0].1.image.clone())
    }

    /// Ledger and Git say the same, and nothing is left open.
    fn agrees(&self) {
        let own = self.ledger.environments().unwrap().remove("prod").unwrap_or_default();
        assert!(
            own.promoting.is_none() && own.unwritten.is_none() && own.wanted.is_none(),
            "{own:?}"
        );
        let named = ['a', 'b'].map(image).into_iter().find(|it| self.branch.text().contains(it));
        assert_eq!(named, self.serves(), "{own:?}");
        self.ledger.verify().unwrap();
    }
}

fn image(commit: char) -> String {
    format!("sha256:{}", commit.to_string().repeat(64))
}

/// What a run leaves in the ledger that made a release of one step.
fn release(ledger: &mut Ledger, run: u64, commit: char) {
    let (run, step) = (RunId(run), "image".parse::<tollgate_model::StepId>().unwrap());
    let sha = commit.to_string().repeat(40);
    let (project, key) = ("demo".to_owned(), Some(Digest::of(&[run.0 as u8])));
    let at = Commit { sha: sha.clone(), branch: Some("main".into()), dirty: false };
    let started = RunStarted {
        run,
        project: project.clone(),
        pipeline: None,
        steps: vec![step.clone()],
        commit: Some(at),
        plan: Digest::of(b"plan"),
        trigger: "person".into(),
    };
    let result = StepResult {
        verdict: Verdict::Pass,
        end: StepEnd::Exited(0),
        attempts: 1,
        outputs: BTreeMap::new(),
        log: None,
        report: None,
        sketch: None,
        tests: None,
        judged: None,
        image: None,
        summary: String::new(),
        millis: 1,
    };
    let recorded = ReleaseRecorded {
        run,
        step: step.clone(),
        release: ReleaseId::of(&project, &sha, &step, &image(commit)),
        commit: sha,
        branch: Some("main".into()),
        image: image(commit),
        key: "k".into(),
        evidence: Vec::new(),
    };
    let facts = [
        Fact::RunStarted(started),
        Fact::StepFinished(StepFinished { run, step, key, result }),
        Fact::ReleaseRecorded(recorded),
        Fact::RunFinished(RunFinished {
            run,
            verdict: Verdict::Pass,
            end: RunEnd::Completed,
            millis: 1,
        }),
    ];
    let seq = ledger.head().unwrap().seq;
    let at = Timestamp::from_millis(1_690_000_000_000);
    // A step that never started may finish: it was broken before its key was known, or is a test's.
    ledger.append(seq, at, &facts).unwrap();
}

#[test]
fn a_death_anywhere_is_recovered_from() {
    let all = CrashPoints::harmless();
    World::new().story(&all).unwrap();
    assert!(all.passed() >= 18, "{} points", all.passed());
    for point in 1..=all.passed() {
        let mut world = World::new();
        let points = CrashPoints::deadly_at(point);
        assert!(until_crash(|| world.story(&points)).is_err(), "it dies at {point}");
        // Whoever comes right after finds what may still be on its way; later, what is not.
        world.follow().unwrap();
        world.clock.advance(i64::try_from(Duration::from_secs(180).as_millis()).unwrap());
        world.follow().unwrap();
        world.agrees();
        // And the story can be told to its end.
        let harmless = CrashPoints::harmless();
        if world.serves() != Some(image('a')) || world.branch.messages().len() < 4 {
            for commit in ['a', 'b'] {
                let recorded = world.recorded(commit);
                let _ = world.act(&harmless, |deliverer| deliverer.promote(&recorded));
            }
            let asked = Asked { to: None, cause: Cause::Person, reason: "slow".into() };
            let _ = world.act(&harmless, |deliverer| deliverer.roll_back(&asked));
        }
        world.agrees();
        assert_eq!(world.serves(), Some(image('a')), "after a death at {point}");
    }
}

/// Git is away: a promotion does not begin, and a rollback does not wait.
#[test]
fn a_rollback_does_not_wait_for_git_and_nothing_comes_in_before_git_knows() {
    let harmless = CrashPoints::harmless();
    let mut world = World::new();
    for commit in ['a', 'b'] {
        let recorded = world.recorded(commit);
        world.act(&harmless, |deliverer| deliverer.promote(&recorded)).unwrap();
    }
    world.branch.set_away(true);
    let asked = Asked { to: None, cause: Cause::Person, reason: "slow".into() };
    let went = world.act(&harmless, |deliverer| deliverer.roll_back(&asked)).unwrap();
    assert!(went.commit.is_none() && went.unwritten.is_some());
    assert_eq!(world.serves(), Some(image('a')));
    let recorded = world.recorded('b');
    let again = world.act(&harmless, |deliverer| deliverer.promote(&recorded));
    assert!(again.is_err());
    assert!(world.follow().is_err());
    world.branch.set_away(false);
    assert_eq!(world.follow().unwrap(), Followed::Same);
    world.agrees();
    // What went out is held, whoever asks.
    let held = world.act(&harmless, |deliverer| deliverer.promote(&recorded));
    assert!(matches!(held, Err(DeliverError::Refused(_))), "{held:?}");
}
