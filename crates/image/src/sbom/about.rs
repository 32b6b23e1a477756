//! What a bill of materials is about.

use tollgate_model::Timestamp;

use crate::oci::Sha256;

/// Who says that it wrote a document.
pub(super) const TOOL: (&str, &str) = ("tollgate", env!("CARGO_PKG_VERSION"));

/// The image that a bill of materials is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its name, as a registry would have it: `churn`, `registry.example/team/churn`.
    pub name: String,
    /// Its tag or release.
    pub version: Option<String>,
    /// The digest of its manifest.
    pub digest: Option<Sha256>,
    /// When the document is made, where that is to stand in it.
    pub created: Option<Timestamp>,
}

impl Subject {
    /// When the document is made, in whole seconds, as both forms have it.
    pub(super) fn time(&self) -> Option<String> {
        let written = self.created?.to_string();
        let (seconds, _) = written.split_once('.')?;
        Some(format!("{seconds}Z"))
    }
}

/// A UUID of version 8 (RFC 9562 §5.8) from the digest of `content`: the same content has the same.
pub(super) fn uuid(content: &[u8]) -> String {
    let hex = Sha256::of(content).hex();
    let digit = |at: usize| hex.as_bytes().get(at).map_or(0, |byte| byte & 3);
    // The variant is the bits `10` before two of the digest's.
    let variant = ["8", "9", "a", "b"][usize::from(digit(16))];
    format!(
        "{}-{}-8{}-{variant}{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..32]
    )
}
