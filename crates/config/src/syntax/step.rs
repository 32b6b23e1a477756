//! The keys of `tollgate.yaml`.

use tollgate_model::{RelPath, StepId, Threshold, Trigger};

use super::environment::EnvironmentFile;
use super::gate::{CompareFile, GateFile, Metric, SlicesFile};
use super::image::{ImageFile, ScanFile};
use super::words::{Count, Env, Input, Limit, Output, Size, Timespan};
use crate::record::record;
use crate::shape::{At, Named};

record! {
    /// A project's pipelines: what is run, checked and decided, and when.
    ProjectFile, "a project file" {
        /// The project's name.
        [needed] project: String,
        /// The steps by name: units of work with declared inputs and outputs.
        [needed] steps: Named<StepId, StepFile>,
        /// The pipelines by name: which steps run, and what triggers them.
        pipelines: Named<StepId, PipelineFile>,
        /// The environments by name: places that serve one release each, and what they ask of it.
        environments: Named<StepId, EnvironmentFile>,
    }
    later ["secrets"];
}

record! {
    /// A unit of work. Exactly one of `run`, `data`, `gate` and `image` says what it does.
    StepFile, "a step" {
        /// A shell command, given to `/bin/sh -e -c` in a sandbox that holds the inputs and the
        /// outputs of the needed steps.
        run: String,
        /// Data to check against a contract: a file of the project, or a directory or a glob such as
        /// `data/2024/*.parquet`, whose files are one data set. They may be outputs of a needed
        /// step.
        data: Input,
        /// Metrics to decide about.
        gate: GateFile,
        /// An image to build, without a daemon.
        image: ImageFile,
        /// Steps that must pass before it. Their outputs are visible to it.
        needs: Vec<At<StepId>>,
        /// Files that it may read: files, directories (with all that Git doesn't ignore in them) and
        /// globs such as `data/*.csv`. They are part of the cache key.
        inputs: Vec<At<Input>>,
        /// Files and directories (with a `/` at the end) that it leaves behind.
        outputs: Vec<At<Output>>,
        /// Variables of its environment: `NAME=value`, or `NAME` to pass the caller's value on.
        env: Vec<At<Env>>,
        /// Commands whose output, mostly a version, is part of the cache key.
        tools: Vec<At<String>>,
        /// Whether it may reach the network. Default: false.
        network: bool,
        /// Processors that it takes. Default: 1.
        cpus: Count<1, 4096>,
        /// Memory that it takes, such as `2GB`.
        memory: Size,
        /// When it is ended, such as `10m`. Default: never.
        timeout: Timespan,
        /// How often it is tried again after a failure. Default: 0.
        retries: Count<0, 10>,
        /// A JUnit XML report that it writes. It need not be an output.
        junit: RelPath,
        /// What the data must be: an Open Data Contract Standard document.
        contract: RelPath,
        /// Which table of the contract the data is. Needed where it has several.
        table: String,
        /// From what the data must not have drifted.
        drift: DriftFile,
        /// Further sources of the features in the data, with which it must agree before anything is
        /// trained on it: data (a sample of what is served), a profile, the output of
        /// `feast registry-dump` (both called `.json`), or a list of names and types (called
        /// `.yaml`). The limits are those of `drift`.
        consistent_with: Vec<At<RelPath>>,
        /// The bars that metrics must meet, such as `accuracy: ">= 0.85"`.
        require: Named<Metric, Threshold>,
        /// How the model must stand to a baseline on the same rows.
        compare: CompareFile,
        /// Parts of the data that are looked at one by one.
        slices: SlicesFile,
        /// What must not be known against the image.
        scan: ScanFile,
    }
    later ["smoke"];
}

record! {
    /// From what data must not have drifted. A distance counts where its whole interval of 95 %
    /// confidence lies above its limit.
    DriftFile, "a drift" {
        /// A profile of what the data was like, made by `tollgate data profile -o` and called
        /// `.json`; or data: a file or a directory.
        [needed] reference: RelPath,
        /// The columns that are compared. Default: all.
        columns: Vec<At<String>>,
        /// Limit of the population stability index. Default: 0.2.
        psi: Limit,
        /// Limit of the Jensen-Shannon distance, 0 to 1. Default: 0.1.
        js: Limit,
        /// Limit of the Kolmogorov-Smirnov distance of numbers, 0 to 1. Default: 0.1.
        ks: Limit,
        /// Limit of the Wasserstein distance of numbers, in standard deviations of the reference.
        /// Default: 0.25.
        wasserstein: Limit,
        /// Limit of Cramér's V of texts and truth values, 0 to 1. Default: 0.1.
        cramers_v: Limit,
        /// By how much the share of nulls and invalid values may grow. Default: 0.01.
        nulls: Limit,
        /// By which share the number of rows may differ, such as 0.5. Default: any.
        rows: Limit,
    }
}

record! {
    /// A named set of steps, and what triggers it.
    PipelineFile, "a pipeline" {
        /// What triggers it. Default: `manual`.
        on: Trigger,
        /// The steps that it is about. What they need runs too.
        [needed] steps: Vec<At<StepId>>,
        /// How long it should take, such as `5m`. Going over is reported.
        budget: Timespan,
        /// The environment that takes its release by itself, where policy admits it.
        deploy: StepId,
    }
    later ["promote"];
}

/// A kind of step: its key, the keys that belong to it alone, and those of them it must have.
pub(crate) struct Kind {
    pub(crate) key: &'static str,
    pub(crate) own: &'static [&'static str],
    pub(crate) needed: &'static [&'static str],
}

/// The kinds of steps. Keys that are in no list belong to all.
pub(crate) const KINDS: [Kind; 4] = [
    Kind {
        key: "run",
        own: &[
            "inputs", "outputs", "env", "tools", "network", "cpus", "memory", "timeout", "retries",
            "junit",
        ],
        needed: &[],
    },
    Kind {
        key: "data",
        own: &["contract", "table", "drift", "consistent_with"],
        needed: &["contract"],
    },
    Kind { key: "gate", own: &["require", "compare", "slices"], needed: &[] },
    Kind { key: "image", own: &["scan"], needed: &[] },
];
