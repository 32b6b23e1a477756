//! Exit codes: a public promise to scripts.

/// What a `tollgate` process tells its caller. The numbers are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Exit {
    /// What was asked was done, and every verdict is `pass`.
    Passed = 0,
    /// A step, check, gate or verification failed.
    Failed = 1,
    /// The command line or a file that the user wrote is wrong. Nothing was done.
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

impl From<crate::Verdict> for Exit {
    fn from(verdict: crate::Verdict) -> Self {
        match verdict {
            crate::Verdict::Pass => Self::Passed,
            crate::Verdict::Fail => Self::Failed,
            crate::Verdict::Undecided => Self::Undecided,
        }
    }
}
