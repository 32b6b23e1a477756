//! From what was written of environments to what the model calls them.

use std::time::Duration;

use tollgate_model::{
    Approvals, Canary, Digest, Environment, Judge, LocalTarget, Manifests, Policy, Rollout, Smoke,
    StepId, Strategy, Target,
};

use super::{value, values};
use crate::check::Signers;
use crate::shape::At;
use crate::syntax::{
    ApprovalsFile, CanaryFile, EnvironmentFile, JudgeFile, ManifestsWord, PolicyFile, RolloutFile,
    SmokeFile, TargetWord,
};

const WARM: Duration = Duration::from_secs(600);
const REQUESTS: u64 = 100;
const SHADOWED: u64 = 500;
const STEP_TIME: Duration = Duration::from_secs(10);
const DEADLINE: Duration = Duration::from_secs(3600);
const SMOKE_TIME: Duration = Duration::from_secs(5);

pub(super) fn environment(
    name: &At<StepId>,
    file: EnvironmentFile,
    signers: &Signers,
) -> Option<(String, Environment)> {
    let line = name.span.line;
    let name = name.value.as_str().to_owned();
    let environment = Environment {
        name: name.clone(),
        image: value(file.image),
        manifests: manifests(value(file.manifests)?)?,
        target: file.target.map_or(Some(Target::Gitops), |target| self::target(target.value))?,
        after: file
            .after
            .map(|after| after.value.0)
            .into_iter()
            .flatten()
            .map(|at| at.value)
            .collect(),
        policy: match file.policy {
            Some(policy) => self::policy(policy.value, signers)?,
            None => Policy::default(),
        },
        smoke: values(file.smoke).into_iter().map(smoke).collect::<Option<_>>()?,
        rollout: file.rollout.map(|rollout| self::rollout(rollout.value)).unwrap_or_default(),
        freeze: values(file.freeze),
        line,
    };
    Some((name, environment))
}

fn manifests(word: ManifestsWord) -> Option<Manifests> {
    let main = || "main".to_owned();
    Some(match word {
        ManifestsWord::Path(path) => {
            Manifests { path, repository: None, branch: main(), image: None, values: Vec::new() }
        }
        ManifestsWord::Map(map) => Manifests {
            path: value(map.path)?,
            repository: value(map.repository),
            branch: value(map.branch).unwrap_or_else(main),
            image: value(map.image),
            values: values(map.values),
        },
    })
}

fn target(word: TargetWord) -> Option<Target> {
    Some(match word {
        TargetWord::Gitops => Target::Gitops,
        TargetWord::Local(local) => Target::Local(LocalTarget {
            listen: value(local.listen)?.0,
            instances: value(local.instances).map_or(1, |count| count.0),
            warm: value(local.warm).map_or(WARM, |span| span.0),
        }),
    })
}

fn policy(file: PolicyFile, signers: &Signers) -> Option<Policy> {
    Some(Policy {
        evidence: values(file.evidence).into_iter().map(|name| name.0).collect(),
        max_age: value(file.max_age).map(|span| span.0),
        approvals: match file.approvals {
            Some(approvals) => Some(self::approvals(approvals.value, signers)?),
            None => None,
        },
        soak: value(file.soak).map(|span| span.0),
        drill: value(file.drill).and_then(|drill| value(drill.max_age)).map(|span| span.0),
    })
}

fn approvals(file: ApprovalsFile, signers: &Signers) -> Option<Approvals> {
    let by = value(file.by)?;
    let groups = file.groups.into_iter().flat_map(|groups| groups.value.entries);
    let people = |people: Vec<At<crate::syntax::Signer>>| {
        people.into_iter().map(|person| person.value.0).collect()
    };
    Some(Approvals {
        count: value(file.count).map_or(1, |count| count.0),
        keys: Digest::of(signers.get(&by)?.as_bytes()),
        by,
        separate_author: value(file.separate_author).unwrap_or(false),
        groups: groups
            .map(|(name, all)| (name.value.as_str().to_owned(), people(all.value)))
            .collect(),
        expire: value(file.expire).map(|span| span.0),
    })
}

fn smoke(file: SmokeFile) -> Option<Smoke> {
    let (method, path) = match (file.get, file.post) {
        (Some(path), None) => ("GET", path.value.0),
        (None, Some(path)) => ("POST", path.value.0),
        _ => return None,
    };
    Some(Smoke {
        method: method.to_owned(),
        path,
        body: value(file.body),
        status: value(file.status).and_then(|status| u16::try_from(status.0).ok()).unwrap_or(200),
        json: value(file.json),
        within: value(file.within).map_or(SMOKE_TIME, |span| span.0),
    })
}

fn rollout(file: RolloutFile) -> Rollout {
    let canary = file.canary.map(|canary| self::canary(canary.value));
    let strategy = match (file.shadow, canary) {
        (Some(shadow), then) => Strategy::Shadow {
            requests: value(shadow.value.requests).map_or(SHADOWED, |count| u64::from(count.0)),
            then,
        },
        (None, Some(canary)) => Strategy::Canary(canary),
        (None, None) => Strategy::AllAtOnce,
    };
    let judge = file.judge.map(|judge| self::judge(judge.value)).unwrap_or_default();
    Rollout { strategy, judge, bake: value(file.bake).map(|span| span.0) }
}

fn canary(file: CanaryFile) -> Canary {
    Canary {
        steps: values(file.steps).into_iter().map(|percent| percent.0).collect(),
        requests: value(file.requests).map_or(REQUESTS, |count| u64::from(count.0)),
        time: value(file.time).map_or(STEP_TIME, |span| span.0),
        deadline: value(file.deadline).map_or(DEADLINE, |span| span.0),
        sticky: value(file.sticky),
    }
}

fn judge(file: JudgeFile) -> Judge {
    Judge {
        p95: value(file.p95).map(|times| times.0),
        errors: value(file.errors).map(|share| share.0),
        prediction: value(file.prediction),
        shift: value(file.shift).map(|limit| limit.0),
        disagreement: value(file.disagreement).map(|limit| limit.0),
        confidence: value(file.confidence).map_or_else(|| Judge::default().confidence, |c| c.0),
    }
}
