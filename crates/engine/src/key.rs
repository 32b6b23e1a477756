//! A step's key: everything that can matter to its result, and nothing else.
//!
//! Not in it: the step's name, its resources, timeout and retries (they can't change the result
//! of a pass), the checkout's path, modification times, and all that the sandbox hides.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tollgate_model::{
    Digest, Hasher, OutputKind, OutputPath, OutputRef, RelPath, Step, StepId, StepKind,
};

use crate::ScanEntry;

/// Grows whenever the meaning of a key changes, so that old results are not taken for new ones.
const FORMAT: u32 = 2;

const RUN: &str = "run";

/// Grows whenever the same data can get another verdict.
const DATA: &str = "data 6";

/// Grows whenever the same metrics can get another verdict.
const GATE: &str = "gate 2";

/// Grows whenever the same files can become another image, or get another verdict.
const IMAGE: &str = "image 1";

/// What a key is made of. Kept in the store when a step runs, so that the next run can say what
/// changed. Values of variables are kept as digests only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ingredients {
    format: u32,
    platform: String,
    kind: String,
    work: String,
    // What the step is given of the network's settings, where it has the network.
    network: Option<String>,
    outputs: Vec<OutputPath>,
    junit: Option<RelPath>,
    inputs: BTreeMap<RelPath, (char, Digest)>,
    needs: BTreeMap<RelPath, (OutputKind, Digest)>,
    env: BTreeMap<String, Option<Digest>>,
    tools: BTreeMap<String, String>,
    /// What a gate compares with, where that is none of its inputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    baseline: Option<Digest>,
}

/// One difference between two lists of ingredients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// The command is another.
    Work {
        /// As it was.
        was: String,
        /// As it is.
        is: String,
    },
    /// The step is of another kind, or such steps are carried out in another way by now.
    Kind {
        /// As it was.
        was: String,
        /// As it is.
        is: String,
    },
    /// A setting of the step is another.
    Setting {
        /// Which.
        name: &'static str,
    },
    /// The machine is of another kind, or Tollgate's keys are.
    Platform {
        /// As it was.
        was: String,
        /// As it is.
        is: String,
    },
    /// A tool says another thing of itself.
    Tool {
        /// The command.
        command: String,
        /// As it was.
        was: Option<String>,
        /// As it is.
        is: Option<String>,
    },
    /// A declared variable has another value.
    Variable {
        /// Its name.
        name: String,
    },
    /// An input is new, gone, or has other bytes or another mode.
    Input {
        /// Where.
        path: RelPath,
        /// `added`, `removed`, `changed` or `mode changed`.
        how: &'static str,
    },
    /// The output of a need is another.
    Need {
        /// Where.
        path: RelPath,
        /// `added`, `removed` or `changed`.
        how: &'static str,
    },
}

impl Ingredients {
    /// What the key of `step` is made of.
    pub(crate) fn gather(
        step: &Step,
        platform: &str,
        network: Option<String>,
        inputs: &[&ScanEntry],
        needs: &BTreeMap<StepId, BTreeMap<RelPath, OutputRef>>,
        variable: &dyn Fn(&str) -> Option<String>,
        tool: &dyn Fn(&str) -> String,
    ) -> Self {
        let value = |name: &str, fixed: &Option<String>| {
            fixed.clone().or_else(|| variable(name)).map(|value| Digest::of(value.as_bytes()))
        };
        let outputs_of_needs = needs.values().flatten();
        Self {
            format: FORMAT,
            platform: platform.to_owned(),
            kind: kind(&step.kind).to_owned(),
            work: work(&step.kind),
            network,
            outputs: step.outputs.clone(),
            junit: step.junit.clone(),
            inputs: inputs
                .iter()
                .map(|entry| (entry.path.clone(), (entry.kind.letter(), entry.digest)))
                .collect(),
            needs: outputs_of_needs
                .map(|(path, output)| (path.clone(), (output.kind, output.digest)))
                .collect(),
            env: step.env.iter().map(|v| (v.name.clone(), value(&v.name, &v.value))).collect(),
            tools: step.tools.iter().map(|command| (command.clone(), tool(command))).collect(),
            baseline: None,
        }
    }

    /// The same with what a gate compares with.
    pub(crate) fn with_baseline(self, baseline: Option<Digest>) -> Self {
        Self { baseline, ..self }
    }

    /// As they are kept in the store. Everything that is in here is in the key, and nothing else.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Sorted maps with text for keys, and plain values: writing them as JSON can't fail.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The key of a step with these ingredients, from [`Self::to_bytes`].
    #[must_use]
    pub fn key_of(bytes: &[u8]) -> Digest {
        Hasher::new("tollgate step key").part(bytes).finish()
    }

    /// What has changed from `old` to this; empty exactly where the keys are equal.
    #[must_use]
    pub fn changes_since(&self, old: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        if (self.format, &self.platform) != (old.format, &old.platform) {
            let describe = |it: &Self| format!("{} (key format {})", it.platform, it.format);
            changes.push(Change::Platform { was: describe(old), is: describe(self) });
        }
        if self.kind != old.kind {
            changes.push(Change::Kind { was: old.kind.clone(), is: self.kind.clone() });
        }
        if self.work != old.work && self.kind == RUN {
            changes.push(Change::Work { was: old.work.clone(), is: self.work.clone() });
        }
        let judged = self.kind == old.kind && self.work != old.work;
        let settings = [
            ("data` or `contract", judged && self.kind == DATA),
            ("gate` or `require", judged && self.kind == GATE),
            ("image` or `scan", judged && self.kind == IMAGE),
            ("network", self.network.is_some() != old.network.is_some()),
            (
                "package index",
                self.network.as_ref().zip(old.network.as_ref()).is_some_and(|(a, b)| a != b),
            ),
            ("baseline", self.baseline != old.baseline),
            ("outputs", self.outputs != old.outputs),
            ("junit", self.junit != old.junit),
        ];
        changes.extend(
            settings
                .into_iter()
                .filter(|(_, differs)| *differs)
                .map(|(name, _)| Change::Setting { name }),
        );
        changes.extend(differing(&old.tools, &self.tools).map(|(command, was, is)| Change::Tool {
            command: command.clone(),
            was: was.cloned(),
            is: is.cloned(),
        }));
        changes.extend(
            differing(&old.env, &self.env)
                .map(|(name, _, _)| Change::Variable { name: name.clone() }),
        );
        changes.extend(differing(&old.needs, &self.needs).map(|(path, was, is)| Change::Need {
            path: path.clone(),
            how: how(was.is_some(), is.is_some()),
        }));
        changes.extend(differing(&old.inputs, &self.inputs).map(|(path, was, is)| {
            let only_mode = matches!((was, is), (Some(a), Some(b)) if a.1 == b.1);
            let how = if only_mode { "mode changed" } else { how(was.is_some(), is.is_some()) };
            Change::Input { path: path.clone(), how }
        }));
        changes
    }
}

// A command that reads like a gate's bars is no gate.
fn kind(kind: &StepKind) -> &'static str {
    match kind {
        StepKind::Run { .. } => RUN,
        StepKind::Data(_) => DATA,
        StepKind::Gate(_) => GATE,
        StepKind::Image(_) => IMAGE,
    }
}

// What the step does.
fn work(kind: &StepKind) -> String {
    match kind {
        StepKind::Run { command } => command.clone(),
        StepKind::Data(check) => without_lines(check),
        StepKind::Gate(gate) => without_lines(gate),
        StepKind::Image(image) => without_lines(image),
    }
}

// Without the lines in the files that say so: a comment more in a contract is no other contract.
fn without_lines(check: &impl Serialize) -> String {
    fn strip(value: &mut Json) {
        match value {
            Json::Object(fields) => {
                fields.remove("line");
                fields.values_mut().for_each(strip);
            }
            Json::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    // Maps in them have texts as keys, so writing them as JSON can't fail.
    let mut json = serde_json::to_value(check).unwrap_or_default();
    strip(&mut json);
    json.to_string()
}

// Some tools print a page; the line that is another one says enough.
fn first_difference<'a>(was: Option<&'a str>, is: Option<&'a str>) -> (&'a str, &'a str) {
    let mut was = was.unwrap_or("nothing").lines();
    let mut is = is.unwrap_or("nothing").lines();
    loop {
        match (was.next(), is.next()) {
            (Some(old), Some(new)) if old == new => {}
            (old, new) => return (old.unwrap_or(""), new.unwrap_or("")),
        }
    }
}

fn how(was: bool, is: bool) -> &'static str {
    match (was, is) {
        (false, _) => "added",
        (true, false) => "removed",
        (true, true) => "changed",
    }
}

fn differing<'a, K: Ord, V: PartialEq>(
    old: &'a BTreeMap<K, V>,
    new: &'a BTreeMap<K, V>,
) -> impl Iterator<Item = (&'a K, Option<&'a V>, Option<&'a V>)> {
    let gone =
        old.iter().filter(|(key, _)| !new.contains_key(*key)).map(|(k, v)| (k, Some(v), None));
    let other = new
        .iter()
        .filter(|(key, value)| old.get(*key) != Some(*value))
        .map(|(k, v)| (k, old.get(k), Some(v)));
    gone.chain(other)
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Of a long one it says enough that it changed.
            Self::Work { was, is } if was.len() + is.len() < 240 => {
                write!(f, "the command changed: `{was}` → `{is}`")
            }
            Self::Work { .. } => f.write_str("the command changed"),
            Self::Kind { was, is } => write!(f, "the kind of step changed: {was} → {is}"),
            Self::Setting { name } => write!(f, "`{name}` changed"),
            Self::Platform { was, is } => write!(f, "the platform changed: {was} → {is}"),
            Self::Tool { command, was, is } => {
                let (was, is) = first_difference(was.as_deref(), is.as_deref());
                write!(f, "`{command}` says `{is}`, it said `{was}`")
            }
            Self::Variable { name } => write!(f, "the variable {name} has another value"),
            Self::Input { path, how } => write!(f, "input {path}: {how}"),
            Self::Need { path, how } => write!(f, "{path} from an earlier step: {how}"),
        }
    }
}
