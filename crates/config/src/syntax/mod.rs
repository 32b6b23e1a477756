//! What `tollgate.yaml` looks like, before its names are resolved.

mod step;
mod trigger;
mod words;

pub(crate) use step::{DriftFile, KINDS, Kind, PipelineFile, ProjectFile, StepFile};
pub(crate) use words::{Input, Limit, Timespan};
