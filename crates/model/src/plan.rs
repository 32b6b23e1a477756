//! What a project declares: `tollgate.yaml`, read and validated.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Contract, Counterpart, Digest, Environment, Gate, ImageBuild, RelPath, StepId};

/// A validated project: every name in it resolves, and its steps have no cycle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The project's name.
    pub project: String,
    /// The steps by name.
    pub steps: BTreeMap<StepId, Step>,
    /// The pipelines by name.
    pub pipelines: BTreeMap<String, Pipeline>,
    /// The environments by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environments: BTreeMap<String, Environment>,
}

/// A unit of work with declared inputs and outputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its name.
    pub id: StepId,
    /// What it does.
    pub kind: StepKind,
    /// Steps that must pass before it; their outputs are visible to it.
    pub needs: Vec<StepId>,
    /// Files of the project that it may read.
    pub inputs: Vec<InputPattern>,
    /// What it leaves behind.
    pub outputs: Vec<OutputPath>,
    /// Variables of its environment beyond the fixed base.
    pub env: Vec<EnvVar>,
    /// Commands whose output (a version, mostly) is part of the key.
    pub tools: Vec<String>,
    /// Whether it may reach the network.
    pub network: bool,
    /// What it takes of the machine while it runs.
    pub resources: Resources,
    /// When it is ended; none means never.
    pub timeout: Option<Duration>,
    /// How often it is tried again after a failure.
    pub retries: u32,
    /// A JUnit XML file that it writes, read into the record.
    pub junit: Option<RelPath>,
    /// Its line in `tollgate.yaml`, counted from 1.
    pub line: u32,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// Runs a shell command in a sandbox.
    Run {
        /// Given to `/bin/sh -e -c`.
        command: String,
    },
    /// Checks data against a contract.
    Data(Box<DataCheck>),
    /// Decides about metrics.
    Gate(Box<Gate>),
    /// Builds an image.
    Image(Box<ImageBuild>),
}

/// A check of data against a contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataCheck {
    /// The data: files of the project, or in the outputs of needs. A directory and a glob are one
    /// data set of several files.
    pub source: InputPattern,
    /// Which table of the contract; none where it has only one.
    pub table: Option<String>,
    /// What the data must be.
    pub contract: Contract,
    /// From what it must not have drifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<DriftCheck>,
    /// With what else it must agree on features: how they are served, how they are registered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consistent_with: Vec<Counterpart>,
}

/// A comparison of data with a profile of what it was like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DriftCheck {
    /// A profile, or data that one is taken of: of the project, or an output of a need.
    pub reference: RelPath,
    /// The columns that are compared; none means all.
    pub columns: Option<Vec<String>>,
    /// Limit of the population stability index; as with all limits, none means the usual one.
    pub psi: Option<f64>,
    /// Limit of the Jensen-Shannon distance, 0 to 1.
    pub js: Option<f64>,
    /// Limit of the Kolmogorov-Smirnov distance, 0 to 1.
    pub ks: Option<f64>,
    /// Limit of the Wasserstein distance, in standard deviations of the reference.
    pub wasserstein: Option<f64>,
    /// Limit of Cramér's V, 0 to 1.
    pub cramers_v: Option<f64>,
    /// By how much the share of nulls may grow, as a share of the rows.
    pub nulls: Option<f64>,
    /// By which share the number of rows may differ; none means any.
    pub rows: Option<f64>,
}

impl DataCheck {
    fn checked(&self) -> Option<&crate::Table> {
        self.contract.table(self.table.as_deref())
    }

    /// Whether the same data can be right today and wrong tomorrow, so that a known result says
    /// nothing about now.
    #[must_use]
    pub fn depends_on_time(&self) -> bool {
        self.checked().is_some_and(crate::Table::depends_on_time)
    }

    /// Other data that the contract refers to.
    #[must_use]
    pub fn references(&self) -> Vec<&RelPath> {
        self.checked().map(crate::Table::references).unwrap_or_default()
    }

    /// All that it reads: the data, other data that it refers to, and what it is compared with. A
    /// list of features is read before, as a contract is, and is none of them.
    #[must_use]
    pub fn reads(&self) -> Vec<InputPattern> {
        let drift = self.drift.as_ref().map(|drift| &drift.reference);
        let counterparts = self.consistent_with.iter().filter_map(|source| match source {
            Counterpart::File(path) => Some(path),
            Counterpart::Registry(_) => None,
        });
        let others = self.references().into_iter().chain(drift).chain(counterparts);
        let mut all = vec![self.source.clone()];
        for other in others.cloned().map(InputPattern::Path) {
            if !all.contains(&other) {
                all.push(other);
            }
        }
        all
    }
}

/// Files of the project that a step reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputPattern {
    /// A file, or a directory with all that Git doesn't ignore in it.
    Path(RelPath),
    /// A glob such as `data/*.csv` or `src/**/*.py`; `*` doesn't cross a `/`.
    Glob(String),
}

/// What a step leaves behind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OutputPath {
    /// Where.
    pub path: RelPath,
    /// Whether a directory was declared (a trailing `/`).
    pub directory: bool,
}

/// A variable of a step's environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvVar {
    /// Its name.
    pub name: String,
    /// Its value; none takes the caller's at the time of the run. Either is part of the key.
    pub value: Option<String>,
}

/// What a step takes of the machine while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resources {
    /// Processors.
    pub cpus: u32,
    /// Bytes of memory; 0 takes none into account.
    pub memory: u64,
}

/// A named set of steps, and what triggers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pipeline {
    /// Its name.
    pub name: String,
    /// What triggers it.
    pub on: Trigger,
    /// The steps that it is about; what they need runs too.
    pub steps: Vec<StepId>,
    /// How long it should take; going over is reported.
    pub budget: Option<Duration>,
    /// The environment that takes what it makes, by itself, where policy admits it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deploy: Option<String>,
}

/// What starts a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// `manual`: only a person.
    Manual,
    /// `pull_request`.
    PullRequest,
    /// `push BRANCH`.
    Push(String),
    /// `cron M H D M W`.
    Cron(String),
}

/// Where the part of a glob ends that is a path as it stands.
const WILDCARDS: [char; 5] = ['*', '?', '[', '{', '\\'];

impl Default for Resources {
    fn default() -> Self {
        Self { cpus: 1, memory: 0 }
    }
}

impl InputPattern {
    /// The pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Path(path) => path.as_str(),
            Self::Glob(glob) => glob,
        }
    }

    /// The path at or below which all lies that it covers: the path itself, or the directory that
    /// a glob names before its first wildcard. Empty for the whole project.
    #[must_use]
    pub fn base(&self) -> &str {
        match self {
            Self::Path(path) => path.as_str(),
            Self::Glob(glob) => {
                let literal = &glob[..glob.find(WILDCARDS).unwrap_or(glob.len())];
                literal.rfind('/').map_or("", |slash| &literal[..slash])
            }
        }
    }

    /// Whether it names `path`, or something below it, rather than coming across it.
    #[must_use]
    pub fn names(&self, path: &RelPath) -> bool {
        path.rest_of(self.base()).is_some()
    }
}

impl OutputPath {
    /// Whether `path` is this output, or lies in it.
    #[must_use]
    pub fn holds(&self, path: &RelPath) -> bool {
        path.is_within(&self.path)
    }
}

impl Step {
    /// Everything that it reads beside the outputs of its needs: its inputs, its data, its metrics.
    /// Some of it may turn out to lie in the output of a need.
    #[must_use]
    pub fn reads(&self) -> Vec<InputPattern> {
        match &self.kind {
            StepKind::Run { .. } => self.inputs.clone(),
            StepKind::Data(check) => check.reads(),
            StepKind::Gate(gate) => gate.files().cloned().map(InputPattern::Path).collect(),
            StepKind::Image(image) => image.reads(),
        }
    }

    /// A step of that kind with nothing else declared.
    #[must_use]
    pub fn new(id: StepId, kind: StepKind) -> Self {
        Self {
            id,
            kind,
            needs: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            env: Vec::new(),
            tools: Vec::new(),
            network: false,
            resources: Resources::default(),
            timeout: None,
            retries: 0,
            junit: None,
            line: 0,
        }
    }
}

impl Plan {
    /// The steps that reaching `targets` takes, in an order in which needs come first.
    /// Unknown names are passed over.
    #[must_use]
    pub fn closure(&self, targets: &[StepId]) -> Vec<StepId> {
        let mut order = Vec::new();
        for target in targets {
            self.visit(target, &mut order);
        }
        order
    }

    // The plan is validated to be free of cycles, and a step already placed is not visited again.
    fn visit(&self, id: &StepId, order: &mut Vec<StepId>) {
        let Some(step) = self.steps.get(id).filter(|_| !order.contains(id)) else { return };
        for need in &step.needs {
            self.visit(need, order);
        }
        order.push(id.clone());
    }

    /// The digest of the whole plan.
    #[must_use]
    pub fn digest(&self) -> Digest {
        // Maps are sorted and no map has a key that is not text: this cannot fail.
        Digest::of(&serde_json::to_vec(self).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_what_stands_before_its_wildcards() {
        let names = |pattern: InputPattern, path: &str| pattern.names(&path.parse().unwrap());
        let glob = |text: &str| InputPattern::Glob(text.to_owned());
        assert_eq!(glob("a/b*/c").base(), "a");
        assert_eq!(glob("*.csv").base(), "");
        assert!(names(glob("a/b/*.csv"), "a/b") && names(glob("a/b/*.csv"), "a"));
        assert!(!names(glob("a/b*"), "a/b") && !names(glob("*"), "a"));
        assert!(names(InputPattern::Path("a/b".parse().unwrap()), "a"));
        assert!(!names(InputPattern::Path("a".parse().unwrap()), "a/b"));
    }
}
