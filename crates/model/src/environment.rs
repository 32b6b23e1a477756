//! Environments: places that serve one release each, and what they ask of it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Digest, FreezeWindow, RelPath, StepId};

/// A place that serves one release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// The step whose images it serves; none where the project has one image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<StepId>,
    /// Where its manifests are.
    pub manifests: Manifests,
    /// What it runs on.
    pub target: Target,
    /// Environments in which a release must have served before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// What a release must show.
    #[serde(default)]
    pub policy: Policy,
    /// Requests that a release must answer before it gets any traffic.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub smoke: Vec<Smoke>,
    /// How traffic moves to a release.
    #[serde(default)]
    pub rollout: Rollout,
    /// Times in which it takes no promotion.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub freeze: Vec<FreezeWindow>,
    /// Its line in `tollgate.yaml`, counted from 1.
    #[serde(skip)]
    pub line: u32,
}

/// Where manifests are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifests {
    /// A file, or a directory with files of YAML.
    pub path: RelPath,
    /// The repository, as Git names it; none for the project's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The branch that is followed.
    pub branch: String,
    /// What the image is called in them; none where they name one repository only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Keys of Helm's values that hold the image; empty for objects and kustomizations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// What an environment runs on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Something else applies what stands in Git.
    Gitops,
    /// This machine: `tollgate serve` runs the image and stands before it.
    Local(LocalTarget),
}

/// See [`Target::Local`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalTarget {
    /// Where it answers.
    pub listen: SocketAddr,
    /// How many instances of a release run.
    pub instances: u32,
    /// How long the instances of the release before stay up after a rollout.
    pub warm: Duration,
}

/// What a release must show before an environment takes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Steps that must have passed, by the signed evidence of the release.
    pub evidence: Vec<String>,
    /// How old that evidence may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<Duration>,
    /// Who must agree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approvals: Option<Approvals>,
    /// How long it must have served in each environment before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soak: Option<Duration>,
    /// How old the environment's last drill that went well may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<Duration>,
}

/// Who must agree to a promotion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approvals {
    /// How many people.
    pub count: u32,
    /// Their keys: a file of OpenSSH's form `allowed_signers`.
    pub by: RelPath,
    /// The digest of that file as it is.
    pub keys: Digest,
    /// Whether authors of what is promoted don't count.
    pub separate_author: bool,
    /// Groups by name, of each of which one must agree: people as the file names them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<String, Vec<String>>,
    /// For how long an approval holds; none means as long as the policy does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expire: Option<Duration>,
}

/// A request that a release must answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Smoke {
    /// `GET` or `POST`.
    pub method: String,
    /// The path, with a `/` before it.
    pub path: String,
    /// What is sent, from a file of the project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<RelPath>,
    /// The status of the answer.
    pub status: u16,
    /// A place in the answer's JSON that must be there, such as `$.probability`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<String>,
    /// How long it may take.
    pub within: Duration,
}

/// How traffic moves to a release.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rollout {
    /// In which way.
    pub strategy: Strategy,
    /// What it is judged by.
    #[serde(default)]
    pub judge: Judge,
    /// How long it is watched after all traffic has moved; none means not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bake: Option<Duration>,
}

/// A way to move traffic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// At once, when the new instances are ready.
    #[default]
    AllAtOnce,
    /// At once, with the old ones kept up until told otherwise by `warm`.
    BlueGreen,
    /// In steps.
    Canary(Canary),
    /// The candidate answers copies of requests, and nobody but the judge sees its answers; then as
    /// told, or not at all.
    Shadow {
        /// How many answers are compared before it ends.
        requests: u64,
        /// What follows where it went well; none ends it there.
        then: Option<Canary>,
    },
}

/// See [`Strategy::Canary`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canary {
    /// Parts of the traffic in percent, growing; all of it follows the last.
    pub steps: Vec<u8>,
    /// How many requests the candidate answers at least in each step.
    pub requests: u64,
    /// How long each step takes at least.
    pub time: Duration,
    /// After how long without an end it is held where it is, and a person asked.
    pub deadline: Duration,
    /// The header or cookie by which a client stays with one release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sticky: Option<String>,
}

/// What a rollout is judged by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judge {
    /// How many times the stable's p95 the candidate's may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95: Option<f64>,
    /// By how much its share of errors may be greater, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<f64>,
    /// Where in the answer the prediction is, such as `$.probability`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prediction: Option<String>,
    /// By how much the distribution of predictions may differ, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shift: Option<f64>,
    /// In a shadow: the share of requests for which the two may disagree, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disagreement: Option<f64>,
    /// With which confidence it is taken back, such as 0.99: the error rate over a whole rollout is
    /// what is missing to 1.
    pub confidence: f64,
}

impl Default for Judge {
    fn default() -> Self {
        Self {
            p95: None,
            errors: None,
            prediction: None,
            shift: None,
            disagreement: None,
            confidence: 0.99,
        }
    }
}

impl Environment {
    /// The digest of all that it asks: what an approval is given under.
    #[must_use]
    pub fn policy_digest(&self) -> Digest {
        // Maps are sorted and no map has a key that is not text: this cannot fail.
        Digest::of(&serde_json::to_vec(self).unwrap_or_default())
    }
}
