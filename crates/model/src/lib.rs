//! The nouns of Tollgate: what a project declares, what happens to it, and which transitions are
//! legal. Pure: no clock, no file, no process, no randomness. Everything here can be written to
//! the ledger and read back years later.

mod condition;
mod contract;
mod delivery;
mod digest;
mod dockerfile;
mod environment;
mod environment_record;
mod exit;
mod fact;
mod finding;
mod freeze;
mod gate;
mod id;
mod image;
mod judgement;
mod path;
mod plan;
mod quantity;
mod record;
mod registry;
mod release;
mod result;
mod sketch;
mod table;
mod threshold;
mod time;
mod verdict;

pub use condition::{Arithmetic, Condition, Operand, Relation};
pub use contract::{
    Bounds, Check, Column, Contract, Limit, LogicalType, Operator, Reference, Rule, Scalar, Table,
    Unit,
};
pub use delivery::{
    Cause, Decision, Delivery, DeliveryEvent, Opinion, PromotionStarted, RolledBack, Served,
};
pub use digest::{Digest, DigestParseError, Hasher};
pub use dockerfile::{Builder, DockerfileBuild, DockerfileRule, SecretSource};
pub use environment::{
    Approvals, Canary, Environment, Judge, LocalTarget, Manifests, Policy, Rollout, Smoke,
    Strategy, Target,
};
pub use environment_record::{EnvironmentRecord, RolloutRecord, Wanted};
pub use exit::Exit;
pub use fact::{
    Commit, Fact, RunFinished, RunStarted, StepFinished, StepReused, StepSkipped, StepStarted,
};
pub use finding::{Extent, Finding, Passed, Place, Report, Sample, Severity, SourceLine};
pub use freeze::FreezeWindow;
pub use gate::{Baseline, Compare, Gate, Goal, Predictions, Requirement, Slices};
pub use id::{RunId, StepId};
pub use image::{
    AllowedSecret, Base, BuiltImage, Compression, Copied, ImageBuild, ImagePlatform, Rating,
    ScanPolicy, Waiver,
};
pub use judgement::{BarFigure, Compared, Judgement, SliceFigure};
pub use path::{PathError, RelPath};
pub use plan::{
    DataCheck, DriftCheck, EnvVar, InputPattern, OutputPath, Pipeline, Plan, Resources, Step,
    StepKind, Trigger,
};
pub use quantity::{format_bytes, format_duration, parse_bytes, parse_duration};
pub use record::{IllegalTransition, RunRecord, StepRecord, StepState};
pub use registry::{Counterpart, Feature, FeatureType, Registry};
pub use release::{EvidenceRef, ReleaseId, ReleaseRecorded};
pub use result::{Judged, OutputKind, OutputRef, RunEnd, StepEnd, StepResult, TestFailure, Tests};
pub use sketch::{Curve, CurveKind, Sketch};
pub use table::{Cells, Columns, Form};
pub use threshold::{Comparison, Threshold, ThresholdError};
pub use time::Timestamp;
pub use verdict::Verdict;
