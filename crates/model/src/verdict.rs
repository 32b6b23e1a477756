//! The one verdict type.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is known about a claim. There are three values, everywhere: `Undecided` (too little data,
/// or not assessed) never lets a release in, and never by itself takes one out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The claim holds.
    Pass,
    /// Nobody can say yet.
    Undecided,
    /// The claim does not hold.
    Fail,
}

impl Verdict {
    /// The verdict on two claims that must both hold: one failure fails both, and what is
    /// undecided leaves the whole undecided.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }

    /// The verdict on claims that must all hold; on none it is `Pass`.
    pub fn all(verdicts: impl IntoIterator<Item = Self>) -> Self {
        verdicts.into_iter().fold(Self::Pass, Self::and)
    }

    /// Whether something that waits for this claim may go ahead.
    #[must_use]
    pub fn passed(self) -> bool {
        self == Self::Pass
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Undecided => "undecided",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::{self, Fail, Pass, Undecided};

    #[test]
    fn one_failure_fails_and_doubt_is_never_a_pass() {
        assert_eq!(Verdict::all([]), Pass);
        assert_eq!(Verdict::all([Pass, Undecided]), Undecided);
        assert_eq!(Verdict::all([Undecided, Fail, Pass]), Fail);
        assert!(!Undecided.passed());
    }
}
