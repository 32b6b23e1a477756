//! What an environment says to a release: each condition by itself, and all of them together.

use std::collections::BTreeMap;
use std::time::Duration;

use tollgate_delivery::policy::{Assessment, Case, Shown, Voice, assess};
use tollgate_model::{
    Approvals, Cause, Decision, Delivery, DeliveryEvent, Digest, Environment, EnvironmentRecord,
    Manifests, Opinion, Policy, PromotionStarted, ReleaseId, RolledBack, Rollout, Target,
    Timestamp, Verdict,
};

const MINUTE: u64 = 60_000;

fn release(name: &str) -> ReleaseId {
    ReleaseId::of("demo", name, &"image".parse().unwrap(), "sha256:1")
}

fn at(minute: u64) -> Timestamp {
    Timestamp::from_millis(i64::try_from(1_700_000_000_000 + minute * MINUTE).unwrap())
}

fn environment(policy: Policy) -> Environment {
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
        policy,
        smoke: Vec::new(),
        rollout: Rollout::default(),
        freeze: Vec::new(),
        line: 1,
    }
}

/// All that a case is made of.
struct World {
    environment: Environment,
    evidence: Vec<Shown>,
    records: BTreeMap<String, EnvironmentRecord>,
    opinions: Vec<Voice>,
    authors: Vec<String>,
    now: Timestamp,
}

impl World {
    fn new(policy: Policy) -> Self {
        let shown = |name: &str| Shown {
            name: name.into(),
            verdict: Verdict::Pass,
            at: at(0),
            found: None,
        };
        Self {
            environment: environment(policy),
            evidence: vec![shown("test"), shown("scan")],
            records: BTreeMap::new(),
            opinions: Vec::new(),
            authors: vec!["ann@example.org".into()],
            now: at(60),
        }
    }

    fn asks(&self) -> Assessment {
        assess(&Case {
            environment: &self.environment,
            release: release("new"),
            evidence: &self.evidence,
            records: &self.records,
            opinions: &self.opinions,
            authors: &self.authors,
            now: self.now,
        })
    }

    fn verdict(&self) -> Verdict {
        self.asks().verdict
    }

    /// What the first condition that is not met says.
    fn why(&self) -> String {
        let assessment = self.asks();
        let found = assessment.unmet().next();
        found.map_or_else(String::new, |it| format!("{}: {}", it.name, it.found))
    }

    fn happens(&mut self, environment: &str, minute: u64, event: DeliveryEvent) {
        self.records.entry(environment.into()).or_default().apply(&event, at(minute)).unwrap();
    }

    fn serves(&mut self, environment: &str, minute: u64, name: &str) {
        let release = release(name);
        let image = "sha256:1".to_owned();
        let digest = Digest::of(b"");
        let started = PromotionStarted {
            release,
            image,
            policy: digest,
            assessment: digest,
            overridden_by: None,
        };
        self.happens(environment, minute, DeliveryEvent::PromotionStarted(started));
        let commit = "c".to_owned();
        self.happens(environment, minute, DeliveryEvent::PromotionCommitted { commit });
        self.happens(environment, minute, DeliveryEvent::RolloutStarted { release });
        self.happens(environment, minute, DeliveryEvent::RolloutCompleted);
    }

    fn says(&mut self, signer: &str, decision: Decision) -> &mut Voice {
        let opinion = Opinion {
            release: release("new"),
            policy: self.environment.policy_digest(),
            decision,
            reason: None,
            signer: signer.into(),
            signature: Digest::of(b"signature"),
        };
        self.opinions.push(Voice { at: at(30), opinion, void: None });
        self.opinions.last_mut().unwrap()
    }
}

fn evidence(names: &[&str]) -> Policy {
    Policy { evidence: names.iter().map(|&name| name.into()).collect(), ..Policy::default() }
}

fn two_people() -> Policy {
    let groups = BTreeMap::from([
        ("ml".to_owned(), vec!["ann@example.org".to_owned(), "max@example.org".to_owned()]),
        ("sre".to_owned(), vec!["sue@example.org".to_owned()]),
    ]);
    let approvals = Approvals {
        count: 2,
        by: "approvers.keys".parse().unwrap(),
        keys: Digest::of(b"keys"),
        separate_author: true,
        groups,
        expire: Some(Duration::from_secs(3600)),
    };
    Policy { approvals: Some(approvals), ..Policy::default() }
}

#[test]
fn evidence_is_there_and_passed_and_fresh() {
    let mut world = World::new(evidence(&["test", "scan"]));
    assert_eq!(world.verdict(), Verdict::Pass);
    world.environment.policy.max_age = Some(Duration::from_secs(30 * 60));
    assert_eq!(world.why(), "evidence test: it passed 1 h 00 m ago, 30 m 00 s is allowed");
    assert_eq!(world.verdict(), Verdict::Undecided);
    world.environment.policy.max_age = Some(Duration::from_secs(60 * 60));
    assert_eq!(world.verdict(), Verdict::Pass);
    world.evidence[1].verdict = Verdict::Undecided;
    assert_eq!(world.why(), "evidence scan: it did not pass");
    world.evidence.remove(1);
    assert_eq!(world.why(), "evidence scan: nothing tells of it");
    assert_eq!(world.verdict(), Verdict::Undecided);
    // What can't be believed fails, whether or not it was asked for.
    world.environment.policy.evidence.clear();
    assert_eq!(world.verdict(), Verdict::Pass);
    world.evidence[0].found = Some("no known key has signed it".into());
    assert_eq!(world.why(), "evidence test: no known key has signed it");
    assert_eq!(world.verdict(), Verdict::Fail);
    world.evidence.clear();
    assert_eq!(world.verdict(), Verdict::Undecided, "no evidence at all is no pass");
}

#[test]
fn it_has_served_before_and_long_enough() {
    let mut world = World::new(Policy::default());
    world.environment.after = vec!["staging".into()];
    assert_eq!(world.why(), "after staging: it has not served in staging");
    world.serves("staging", 55, "new");
    assert_eq!(world.verdict(), Verdict::Pass);
    world.environment.policy.soak = Some(Duration::from_secs(600));
    assert_eq!(world.why(), "after staging: it has served in staging for 5 m 00 s");
    world.now = at(65);
    assert_eq!(world.verdict(), Verdict::Pass);
    // That another serves there now does not undo it; that it was taken back does.
    world.serves("staging", 65, "newer");
    assert_eq!(world.verdict(), Verdict::Pass);
    let (release, reason) = (release("new"), "slow".to_owned());
    world.happens("staging", 66, DeliveryEvent::Held { release, reason });
    assert_eq!(world.why(), "after staging: held in staging: slow");
    assert_eq!(world.verdict(), Verdict::Fail);
}

#[test]
fn smoke_tests_of_an_environment_are_evidence() {
    let mut world = World::new(evidence(&["smoke.staging"]));
    assert_eq!(world.why(), "evidence smoke.staging: it was not tried");
    let mut record = EnvironmentRecord::default();
    record.smoked.insert(release("new"), (at(1), Verdict::Fail));
    world.records.insert("staging".into(), record.clone());
    assert_eq!(world.verdict(), Verdict::Fail);
    record.smoked.insert(release("new"), (at(1), Verdict::Pass));
    world.records.insert("staging".into(), record);
    assert_eq!(world.verdict(), Verdict::Pass);
}

#[test]
fn as_many_people_as_are_asked_and_one_of_each_group() {
    let mut world = World::new(two_people());
    assert_eq!(world.why(), "approvals: 0 of 2");
    world.says("max@example.org", Decision::Approve);
    world.says("max@example.org", Decision::Approve);
    assert_eq!(world.why(), "approvals: 1 of 2: max@example.org", "one person counts once");
    world.says("pat@example.org", Decision::Approve);
    assert_eq!(world.why(), "approvals: 2 of 2: max@example.org, pat@example.org; nobody of sre");
    world.says("sue@example.org", Decision::Approve);
    assert_eq!(world.verdict(), Verdict::Pass);
    world.says("sue@example.org", Decision::Reject);
    assert_eq!(world.verdict(), Verdict::Fail, "the last word counts");
    world.says("sue@example.org", Decision::Approve);
    assert_eq!(world.verdict(), Verdict::Pass);
    world.now = at(91);
    assert_eq!(world.verdict(), Verdict::Undecided, "after an hour they have expired");
}

#[test]
fn what_is_not_of_this_release_environment_and_policy_is_void() {
    let mut world = World::new(two_people());
    world.environment.policy.approvals.as_mut().unwrap().groups.clear();
    world.environment.policy.approvals.as_mut().unwrap().count = 1;
    type Spoil = fn(&mut Voice);
    let spoils: [(Spoil, &str); 4] = [
        (|voice| voice.opinion.release = release("other"), "0 of 1"),
        (|voice| voice.opinion.policy = Digest::of(b"other"), "the policy has changed since"),
        (|voice| voice.void = Some("it is forged".into()), "it is forged"),
        (|voice| voice.opinion.signer = "Ann@Example.org".into(), "they wrote it"),
    ];
    for (spoil, why) in spoils {
        world.opinions.clear();
        world.says("sue@example.org", Decision::Approve);
        assert_eq!(world.verdict(), Verdict::Pass);
        spoil(&mut world.opinions[0]);
        assert_eq!(world.verdict(), Verdict::Undecided);
        assert!(world.why().contains(why), "{}", world.why());
    }
    // Each part of the environment is part of what was agreed to.
    world.opinions.clear();
    world.says("sue@example.org", Decision::Approve);
    world.environment.after = vec!["staging".into()];
    assert!(world.why().contains("it has not served"), "{}", world.why());
    world.serves("staging", 1, "new");
    assert!(world.why().contains("the policy has changed since"), "{}", world.why());
}

#[test]
fn an_override_goes_past_all_of_it_in_a_name_that_counts() {
    let mut world = World::new(two_people());
    let reason = "incident".to_owned();
    world.happens(Delivery::ALL, 1, DeliveryEvent::Frozen { reason });
    assert!(!world.asks().admits());
    world.says("ann@example.org", Decision::Override);
    assert!(!world.asks().admits(), "authors don't go past it themselves");
    world.says("sue@example.org", Decision::Override);
    let assessment = world.asks();
    assert!(assessment.admits() && !assessment.verdict.passed());
    assert_eq!(assessment.overridden_by.as_deref(), Some("sue@example.org"));
    world.says("sue@example.org", Decision::Reject);
    assert!(!world.asks().admits());
}

#[test]
fn a_freeze_a_hold_and_an_old_drill_bar_it() {
    let mut world = World::new(Policy::default());
    assert_eq!(world.verdict(), Verdict::Pass);
    for name in [Delivery::ALL, "prod"] {
        world.happens(name, 1, DeliveryEvent::Frozen { reason: "why".into() });
        assert_eq!(world.verdict(), Verdict::Fail);
        world.happens(name, 2, DeliveryEvent::Unfrozen { reason: "over".into() });
        assert_eq!(world.verdict(), Verdict::Pass);
    }
    // 2023-11-14 is a Tuesday; minute 60 is 23:13 UTC.
    world.environment.freeze = vec!["Tue 23:00 - Wed 01:00 UTC".parse().unwrap()];
    assert_eq!(world.why(), "freeze: Tue 23:00 - Wed 01:00 UTC");
    world.environment.freeze = vec!["Tue 23:30 - Wed 01:00 UTC".parse().unwrap()];
    assert_eq!(world.verdict(), Verdict::Pass);

    world.environment.policy.drill = Some(Duration::from_secs(3600));
    assert_eq!(world.verdict(), Verdict::Pass, "there is nothing to rehearse yet");
    world.serves("prod", 1, "first");
    world.serves("prod", 2, "second");
    assert_eq!(world.why(), "drill: there was none");
    let drilled = |verdict| DeliveryEvent::Drilled { verdict, millis: 3.0, requests: 9, failed: 0 };
    world.happens("prod", 3, DeliveryEvent::DrillStarted);
    world.happens("prod", 3, drilled(Verdict::Fail));
    assert_eq!(world.why(), "drill: there was none", "only one that went well counts");
    world.happens("prod", 3, DeliveryEvent::DrillStarted);
    world.happens("prod", 3, drilled(Verdict::Pass));
    assert_eq!(world.verdict(), Verdict::Pass);
    world.now = at(64);
    assert_eq!(world.verdict(), Verdict::Undecided);

    world.environment.policy.drill = None;
    let (from, to) = (release("second"), Some(release("first")));
    let back = RolledBack { from, to, cause: Cause::Person, reason: "slow".into() };
    world.happens("prod", 5, DeliveryEvent::RolledBack(back));
    assert_eq!(world.verdict(), Verdict::Pass, "another release is not held");
    world.happens("prod", 6, DeliveryEvent::Held { release: release("new"), reason: "x".into() });
    assert_eq!(world.verdict(), Verdict::Fail);
}
