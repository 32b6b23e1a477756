//! Exit codes: a public promise to scripts.

use crate::{RunEnd, RunRecord, StepEnd, Verdict};

/// What a `tollgate` process tells its caller. The numbers are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Exit {
    /// What was asked was done, and every verdict is `pass`.
    Passed = 0,
    /// A step, check, gate or verification failed.
    Failed = 1,
    /// The command line or a file that the user wrote is wrong. What it is about was not done.
    Misconfigured = 2,
    /// Nothing failed, but a verdict is `undecided`.
    Undecided = 3,
    /// Policy, permission, a freeze or another engine's lease forbids it.
    Refused = 4,
    /// Tollgate's own fault, or the system's (disk, database, network).
    Broken = 5,
    /// Stopped by the user (Ctrl-C, SIGTERM). The run can be taken up again.
    Interrupted = 130,
}

impl Exit {
    /// Every code, in the order of the reference.
    pub const ALL: [Self; 7] = [
        Self::Passed,
        Self::Failed,
        Self::Misconfigured,
        Self::Undecided,
        Self::Refused,
        Self::Broken,
        Self::Interrupted,
    ];

    /// The number that the process exits with.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// What the code means, in one line.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed: a step, check, gate or verification did",
            Self::Misconfigured => "misconfigured: the command line or a file is wrong",
            Self::Undecided => "undecided: not enough data, or not assessed",
            Self::Refused => "refused: by policy, permission, freeze or lease",
            Self::Broken => "broken: Tollgate's fault, or the system's",
            Self::Interrupted => "interrupted: run it again to go on",
        }
    }
}

impl From<&RunRecord> for Exit {
    /// What a run tells its caller. A failure is certain whatever else happened; a fault of the
    /// machine comes before a wrong declaration, for that may only look wrong on such a machine.
    fn from(run: &RunRecord) -> Self {
        let ended = |how: StepEnd| {
            let mut results = run.steps.values().filter_map(|step| step.state.result());
            results.any(|result| result.end == how && result.verdict == Verdict::Undecided)
        };
        match run.finished.as_ref().map(|end| (end.end, end.verdict)) {
            Some((RunEnd::Cancelled, _)) => Self::Interrupted,
            Some((_, Verdict::Undecided)) if ended(StepEnd::Broken) => Self::Broken,
            Some((_, Verdict::Undecided)) if ended(StepEnd::Misconfigured) => Self::Misconfigured,
            Some((_, verdict)) => verdict.into(),
            None => Self::Undecided,
        }
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::Passed,
            Verdict::Fail => Self::Failed,
            Verdict::Undecided => Self::Undecided,
        }
    }
}
