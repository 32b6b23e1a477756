//! What `tollgate.yaml` looks like, before its names are resolved.

mod dockerfile;
mod environment;
mod gate;
mod image;
mod step;
mod trigger;
mod words;

pub(crate) use dockerfile::{Dockerfile, DockerfileFile};
pub(crate) use environment::{
    ApprovalsFile, CanaryFile, EnvironmentFile, JudgeFile, ManifestsWord, PolicyFile, RolloutFile,
    Signer, SmokeFile, TargetWord,
};
pub(crate) use gate::{CompareFile, GateFile, Metric, PredictionsFile, SlicesFile};
pub(crate) use image::{AllowedSecretFile, ImageFile, ScanFile, WaiverFile};
pub(crate) use step::{DriftFile, KINDS, Kind, PipelineFile, ProjectFile, StepFile};
pub(crate) use words::{Input, Limit, Timespan};
