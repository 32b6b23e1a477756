//! Every state that an environment can come to, in a small world: three releases, all commands at any
//! time, crashes anywhere, Git that is away. What must always hold (a rollback always wins; nothing that
//! is held or was found worse goes on; abort reaches the stable) is asked in each of them.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::time::Duration;

use tollgate_engine::deliver::{Judgement, Life, Next, Seen, next};
use tollgate_model::{
    Canary, Cause, DeliveryEvent, Digest, Environment, EnvironmentRecord, Judge, LocalTarget,
    Manifests, Policy, PromotionStarted, ReleaseId, RolledBack, Rollout, Smoke, Strategy, Target,
    Timestamp, Verdict,
};

const RELEASES: [&str; 3] = ["a", "b", "c"];

fn release(name: &str) -> ReleaseId {
    ReleaseId::of("demo", name, &"image".parse().unwrap(), "sha256:1")
}

fn environment(strategy: Strategy) -> Environment {
    let smoke = Smoke {
        method: "GET".into(),
        path: "/health".into(),
        body: None,
        status: 200,
        json: None,
        within: Duration::from_secs(1),
    };
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
        target: Target::Local(LocalTarget {
            listen: "127.0.0.1:0".parse().unwrap(),
            instances: 1,
            warm: Duration::from_secs(60),
        }),
        after: Vec::new(),
        policy: Policy::default(),
        smoke: vec![smoke],
        rollout: Rollout { strategy, judge: Judge::default(), bake: None },
        freeze: Vec::new(),
        line: 1,
    }
}

fn canary() -> Canary {
    Canary {
        steps: vec![5, 50],
        requests: 10,
        time: Duration::from_secs(10),
        deadline: Duration::from_secs(600),
        sticky: None,
    }
}

fn strategies() -> [Strategy; 4] {
    [
        Strategy::AllAtOnce,
        Strategy::Canary(canary()),
        Strategy::Shadow { requests: 10, then: None },
        Strategy::Shadow { requests: 10, then: Some(canary()) },
    ]
}

/// All that the server could see: each life, each verdict, early and late, by a clock that also jumps.
fn sights(now: i64) -> Vec<Seen> {
    let mut all = Vec::new();
    for candidate in [Life::Absent, Life::Starting, Life::Ready, Life::Failed("it died".into())] {
        for verdict in [Verdict::Pass, Verdict::Fail, Verdict::Undecided] {
            for smoked in [None, Some(Verdict::Pass), Some(Verdict::Fail)] {
                for (at, seen) in
                    [(now, 0), (now + 60_000, 100), (now + 9_000_000, 0), (now - 9_000_000, 100)]
                {
                    all.push(Seen {
                        now: Timestamp::from_millis(at),
                        candidate: candidate.clone(),
                        smoked: smoked.map(|verdict| (verdict, "tried".to_owned())),
                        judgement: Judgement {
                            verdict,
                            summary: "as seen".into(),
                            needs: None,
                            candidates: seen,
                        },
                        in_step: seen,
                    });
                }
            }
        }
    }
    all
}

/// What people, pipelines and Git could do in any state; most of it is refused.
fn commands(own: &EnvironmentRecord) -> Vec<DeliveryEvent> {
    let mut all = vec![
        DeliveryEvent::PromotionCommitted { commit: "c".into() },
        DeliveryEvent::PromotionAbandoned { why: "Git is away".into() },
        DeliveryEvent::RollbackCommitted { commit: "c".into() },
        DeliveryEvent::DrillStarted,
        DeliveryEvent::Drilled { verdict: Verdict::Pass, millis: 1.0, requests: 1, failed: 0 },
        DeliveryEvent::RolloutCompleted,
        DeliveryEvent::WeightSet { percent: 50 },
        DeliveryEvent::WeightSet { percent: 0 },
    ];
    for name in RELEASES {
        let id = release(name);
        for overridden_by in [None, Some("ann".to_owned())] {
            all.push(DeliveryEvent::PromotionStarted(PromotionStarted {
                release: id,
                image: "sha256:1".into(),
                policy: Digest::of(b""),
                assessment: Digest::of(b""),
                overridden_by,
            }));
        }
        all.push(DeliveryEvent::CommitAdopted { commit: "c".into(), release: id });
        all.push(DeliveryEvent::RolloutStarted { release: id });
        all.push(DeliveryEvent::HoldLifted { release: id, reason: "why".into() });
    }
    all.extend(rollbacks(own).into_iter().map(DeliveryEvent::RolledBack));
    all
}

/// Every rollback that somebody could ask for.
fn rollbacks(own: &EnvironmentRecord) -> Vec<RolledBack> {
    let mut all = Vec::new();
    let known =
        own.rollout.iter().map(|it| it.release).chain(own.stable.iter().map(|it| it.release));
    for from in known {
        for to in RELEASES.map(release).map(Some).into_iter().chain([None]) {
            let (cause, reason) = (Cause::Person, "why".to_owned());
            all.push(RolledBack { from, to, cause, reason });
        }
    }
    all
}

/// What tells two states apart: everything but times, and how long the past is.
fn essence(own: &EnvironmentRecord) -> String {
    let mut own = own.clone();
    let zero = Timestamp::from_millis(0);
    own.before.sort_by_key(|served| served.release);
    own.before.dedup_by_key(|served| served.release);
    own.before.iter_mut().chain(&mut own.stable).for_each(|served| {
        served.since = zero;
        served.commit = None;
    });
    own.promoting.iter_mut().for_each(|promoting| promoting.0 = zero);
    own.smoked.clear();
    own.drilled = None;
    own.drilling = own.drilling.map(|_| zero);
    own.rollout.iter_mut().for_each(|rollout| {
        rollout.began = zero;
        rollout.since = zero;
        rollout.paused = rollout.paused.as_ref().map(|_| String::new());
    });
    own.unwritten.iter_mut().for_each(|back| back.reason.clear());
    serde_json::to_string(&own).unwrap()
}

/// All events of one decision, or none: as the ledger appends them.
fn apply(own: &EnvironmentRecord, events: &[DeliveryEvent], at: i64) -> Option<EnvironmentRecord> {
    let mut own = own.clone();
    for event in events {
        own.apply(event, Timestamp::from_millis(at)).ok()?;
    }
    Some(own)
}

/// What must hold wherever one can come to.
fn holds(own: &EnvironmentRecord, environment: &Environment, sights: &[Seen]) {
    // A held release neither serves, nor comes, nor is on its way; who lifts a hold says so first.
    for held in own.holds.keys() {
        assert_ne!(own.stable.as_ref().map(|it| it.release), Some(*held), "{own:?}");
        assert_ne!(own.rollout.as_ref().map(|it| it.release), Some(*held), "{own:?}");
        assert_ne!(own.wanted.as_ref().map(|it| it.release), Some(*held), "{own:?}");
        assert_ne!(own.promoting.as_ref().map(|it| it.1.release), Some(*held), "{own:?}");
    }
    // There is one way in at a time.
    let ways = [own.promoting.is_some(), own.wanted.is_some(), own.rollout.is_some()];
    assert!(ways.iter().filter(|way| **way).count() <= 1, "{own:?}");
    // A rollback always wins: to the stable where a candidate is under way, else to the last good.
    let stable = own.stable.as_ref().map(|it| it.release);
    if let Some(rollout) = &own.rollout {
        let after = back(own, rollout.release, stable);
        assert!(after.rollout.is_none() && after.stable == own.stable, "abort reaches the stable");
        assert!(after.holds.contains_key(&rollout.release));
    } else if let (Some(from), Some(good)) = (stable, own.last_good()) {
        let after = back(own, from, Some(good.release));
        assert_eq!(after.stable.as_ref().map(|it| it.release), Some(good.release));
        assert!(after.promoting.is_none() && after.wanted.is_none() && after.drilling.is_none());
        // Git has yet to be told, and nothing comes in before it was.
        assert!(after.unwritten.is_some());
        for event in commands(&after) {
            if matches!(
                event,
                DeliveryEvent::PromotionStarted(_) | DeliveryEvent::CommitAdopted { .. }
            ) {
                assert!(apply(&after, &[event], 0).is_none());
            }
        }
    }
    // Whatever is seen, what comes next is legal, and nothing that failed goes on.
    let mut legal: Vec<Vec<DeliveryEvent>> = Vec::new();
    for seen in sights {
        let Next::Append(events) = next(environment, own, seen) else { continue };
        if !legal.contains(&events) {
            assert!(apply(own, &events, 0).is_some(), "{events:?} in {own:?}");
            legal.push(events.clone());
        }
        let forward = events.iter().any(|event| {
            matches!(event, DeliveryEvent::RolloutCompleted)
                || matches!(event, DeliveryEvent::WeightSet { percent } if *percent > 0)
        });
        let dead = matches!(seen.candidate, Life::Failed(_) | Life::Absent | Life::Starting);
        let worse = seen.judgement.verdict == Verdict::Fail && own.stable.is_some();
        assert!(!(forward && (dead || worse)), "{events:?} though {seen:?}");
        let completes = events.iter().any(|event| matches!(event, DeliveryEvent::RolloutCompleted));
        let canary =
            matches!(environment.rollout.strategy, Strategy::Canary(_)) && own.stable.is_some();
        let undecided = seen.judgement.verdict == Verdict::Undecided;
        assert!(!(completes && canary && undecided), "undecided never lets a release in");
        // And by itself takes none out.
        let out = events.iter().any(|event| matches!(event, DeliveryEvent::RolledBack(_)));
        let fine =
            seen.candidate == Life::Ready && seen.smoked.as_ref().is_none_or(|it| it.0.passed());
        let known_bad = own
            .rollout
            .as_ref()
            .is_some_and(|rollout| [rollout.smoke, rollout.judged].contains(&Some(Verdict::Fail)));
        assert!(!(out && fine && undecided && !known_bad), "{events:?} though {seen:?}");
    }
}

fn back(own: &EnvironmentRecord, from: ReleaseId, to: Option<ReleaseId>) -> EnvironmentRecord {
    let back = RolledBack { from, to, cause: Cause::Person, reason: "why".into() };
    apply(own, &[DeliveryEvent::RolledBack(back)], 0).expect("a rollback always wins")
}

#[test]
fn every_state_that_can_be_reached_is_sound() {
    for strategy in strategies() {
        let environment = environment(strategy);
        let sights = sights(0);
        let mut known = HashSet::new();
        let mut open = VecDeque::from([EnvironmentRecord::default()]);
        known.insert(essence(&EnvironmentRecord::default()));
        while let Some(own) = open.pop_front() {
            holds(&own, &environment, &sights);
            let asked = commands(&own).into_iter().map(|event| vec![event]);
            // Much that can be seen comes to the same.
            let mut due: Vec<Vec<DeliveryEvent>> = Vec::new();
            for seen in &sights {
                match next(&environment, &own, seen) {
                    Next::Append(events) if !due.contains(&events) => due.push(events),
                    _ => {}
                }
            }
            for events in asked.chain(due) {
                // A crash between any two facts of one decision can't be: they are appended as one.
                if let Some(after) = apply(&own, &events, 0)
                    && known.insert(essence(&after))
                {
                    open.push_back(after);
                }
            }
        }
        assert!(known.len() > 1_000, "{} states", known.len());
    }
}

/// From wherever one is, once nothing fails any more, what Git wants comes to serve.
#[test]
fn what_is_wanted_comes_to_serve_when_all_goes_well() {
    for strategy in strategies() {
        let environment = environment(strategy);
        let mut own = EnvironmentRecord::default();
        let mut at = 0;
        for name in ["a", "b", "c", "a"] {
            let adopted =
                DeliveryEvent::CommitAdopted { commit: "c".into(), release: release(name) };
            own.apply(&adopted, Timestamp::from_millis(at)).unwrap();
            for _ in 0..20 {
                at += 60_000;
                let seen = Seen {
                    now: Timestamp::from_millis(at),
                    candidate: Life::Ready,
                    smoked: Some((Verdict::Pass, "tried".into())),
                    judgement: Judgement {
                        verdict: Verdict::Pass,
                        summary: "fine".into(),
                        needs: None,
                        candidates: 100,
                    },
                    in_step: 100,
                };
                if let Next::Append(events) = next(&environment, &own, &seen) {
                    own = apply(&own, &events, at).unwrap();
                }
            }
            assert_eq!(own.stable.as_ref().map(|it| it.release), Some(release(name)));
        }
        let served: BTreeSet<ReleaseId> = own.before.iter().map(|it| it.release).collect();
        assert_eq!(served.len(), 3);
    }
}
