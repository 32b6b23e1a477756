//! Why a registry does not do what was asked of it.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use tollgate_image::oci::Sha256;
use tollgate_image::oci::layout::LayoutError;

/// Why a registry does not do what was asked of it. No message holds a credential.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// There is no answer, or it breaks off.
    #[error("{url}: {why}")]
    Unreachable {
        /// What was asked for, without its query.
        url: String,
        /// What happened.
        why: String,
        /// Whether it might work later.
        transient: bool,
    },
    /// It answers, and does not do it.
    #[error("{url}: the registry answers {status}{told}")]
    Refused {
        /// What was asked for, without its query.
        url: String,
        /// The answer's status.
        status: u16,
        /// What it says of it: nothing, or a colon and a line.
        told: String,
        /// How long it asks to wait before another attempt.
        after: Option<Duration>,
    },
    /// It wants to know who asks, or knows and does not allow it.
    #[error("{registry} does not let {who} {doing}{told}; {looked}")]
    Denied {
        /// Which.
        registry: String,
        /// As whom it was asked.
        who: String,
        /// What was to be done.
        doing: String,
        /// What it says of it: nothing, or a colon and a line.
        told: String,
        /// Where credentials were looked for.
        looked: String,
    },
    /// It does not have it.
    #[error("{what} is not in the registry")]
    NotFound {
        /// What.
        what: String,
    },
    /// What came is not what was asked for. Nothing of it was kept.
    #[error("{what} should be {digest}, and the registry sends something else: {why}")]
    Content {
        /// What was asked for.
        what: String,
        /// Its digest.
        digest: Sha256,
        /// How it shows.
        why: String,
    },
    /// An answer can't be understood.
    #[error("{what}: {why}")]
    Malformed {
        /// What was asked for.
        what: String,
        /// A sentence without a full stop.
        why: String,
    },
    /// An index has nothing for this kind of machine.
    #[error("{what} has nothing for {platform}; it has {}", has.join(", "))]
    NoPlatform {
        /// The image.
        what: String,
        /// What was wanted.
        platform: String,
        /// What there is.
        has: Vec<String>,
    },
    /// Credentials can't be had or may not be sent.
    #[error("{0}")]
    Credentials(String),
    /// The way to the registry is not set up.
    #[error("{0}")]
    Setup(String),
    /// What is to be sent, or was received, can't be read or kept.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// A file of the state directory can't be used.
    #[error("{}: {source}", path.display())]
    State {
        /// Which.
        path: PathBuf,
        /// What lies beneath.
        source: io::Error,
    },
    /// It was told to stop.
    #[error("stopped")]
    Stopped,
}

impl RegistryError {
    /// Whether it might work later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { transient, .. } => *transient,
            Self::Refused { status, .. } => may_pass(*status),
            _ => false,
        }
    }

    /// How long the registry asks to wait.
    pub(super) fn after(&self) -> Option<Duration> {
        match self {
            Self::Refused { after, .. } => *after,
            _ => None,
        }
    }

    /// Whether it is in what the user asked for or set up, rather than in the machine.
    #[must_use]
    pub fn is_asked_wrong(&self) -> bool {
        matches!(
            self,
            Self::Denied { .. }
                | Self::NotFound { .. }
                | Self::NoPlatform { .. }
                | Self::Credentials(_)
                | Self::Setup(_)
        )
    }
}

/// Statuses that say "not now".
pub(super) fn may_pass(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    errors: Vec<One>,
    /// What servers of tokens write.
    #[serde(default, alias = "error_description")]
    details: Option<String>,
}

#[derive(Deserialize)]
struct One {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

/// No more of what a registry says is repeated.
const LONGEST: usize = 300;

/// What a registry says of an error, in one line behind a colon; nothing where it says nothing.
/// Source: OCI Distribution Specification 1.1, "Error Codes".
pub(super) fn told(body: &[u8]) -> String {
    let parsed = serde_json::from_slice::<Told>(body).ok();
    let said = parsed.map(|told| {
        let one = |error: One| match (error.code.as_str(), error.message.as_str()) {
            (code, "") => code.to_owned(),
            ("", message) => message.to_owned(),
            (code, message) => format!("{message} ({code})"),
        };
        let all: Vec<String> = told.errors.into_iter().map(one).chain(told.details).collect();
        all.join("; ")
    });
    // Some answer with a line of text, and proxies with a page.
    let plain = || {
        let text = std::str::from_utf8(body).ok().map(str::trim).unwrap_or_default();
        if text.starts_with(['<', '{', '[']) { String::new() } else { text.to_owned() }
    };
    let said = said.unwrap_or_else(plain);
    let words: Vec<&str> = said.split(|c: char| c.is_whitespace() || c.is_control()).collect();
    let line: String = words.join(" ").trim().chars().take(LONGEST).collect();
    if line.is_empty() { line } else { format!(": {line}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_registry_says_is_one_line() {
        for (body, line) in [
            (
                r#"{"errors":[{"code":"DENIED","message":"no\u001b[2J\nway"}]}"#,
                ": no [2J way (DENIED)",
            ),
            (r#"{"errors":[{"code":"A"},{"message":"b"}]}"#, ": A; b"),
            (r#"{"details":"incorrect username or password"}"#, ": incorrect username or password"),
            ("404 page not found\n", ": 404 page not found"),
            ("<html>…", ""),
            ("{\"errors\": 7", ""),
            ("", ""),
        ] {
            assert_eq!(told(body.as_bytes()), line);
        }
        assert!(told("x".repeat(5000).as_bytes()).len() < 310);
    }
}
