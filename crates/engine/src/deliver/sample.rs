//! What is remembered of each request.

use serde::{Deserialize, Serialize};

/// One request, as the proxy saw it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// When it had ended, in microseconds since 1970-01-01 UTC.
    pub at: u64,
    /// Who answered.
    pub role: Role,
    /// The candidate's part of the traffic then, in percent.
    pub weight: u8,
    /// How long it took, in microseconds.
    pub micros: u32,
    /// The status of the answer; 599 where it broke off.
    pub status: u16,
    /// What was predicted, where it was asked for and found.
    pub prediction: Option<Value>,
    /// Whether the candidate's answer to a copy is another than the stable's.
    pub disagrees: Option<bool>,
}

/// Who answered a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The release that serves.
    Stable,
    /// The one that wants to.
    Candidate,
    /// The one that wants to, to a copy; nobody saw it.
    Shadow,
    /// One instead of the other, which could not: it says nothing of either.
    Instead,
    /// The candidate, with no stable beside it.
    Alone,
    /// The release that serves, before the rollout: it tells what is slow.
    Before,
    /// The candidate, after it has all of the traffic.
    After,
}

/// What a model predicted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A number.
    Score(f64),
    /// Anything else, as text.
    Label(String),
}

impl Role {
    /// Whether somebody saw the answer.
    #[must_use]
    pub fn is_seen(self) -> bool {
        self != Self::Shadow
    }
}

impl Value {
    /// Whether two predictions for the same request are other ones. Numbers that differ by no more
    /// than rounding are the same.
    #[must_use]
    pub fn differs(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Score(a), Self::Score(b)) => {
                (a - b).abs() > 1e-6 * a.abs().max(b.abs()).max(1.0)
            }
            (a, b) => a != b,
        }
    }
}

impl Sample {
    /// A request of which there is no more to say than how it ended.
    #[must_use]
    pub fn failed(at: u64, role: Role, weight: u8, micros: u32, status: u16) -> Self {
        Self { at, role, weight, micros, status, prediction: None, disagrees: None }
    }

    /// Whether it ended in an error of the server.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.status >= 500
    }
}
