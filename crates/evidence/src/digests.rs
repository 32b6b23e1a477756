//! Digests of one thing, by algorithm.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tollgate_model::Digest;

/// Digests of one thing, by algorithm: the `DigestSet` of in-toto. There is at least one, and each
/// is lower-case hexadecimal of its algorithm's length.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct Digests(BTreeMap<String, String>);

/// What is no set of digests.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigestsError {
    /// A set without any.
    #[error("there is no digest")]
    None,
    /// An algorithm that nothing here speaks of.
    #[error("`{0}` is not a digest's algorithm that is known here")]
    Algorithm(String),
    /// A value that the algorithm does not give.
    #[error("`{value}` is not a {algorithm} digest in lower-case hexadecimal")]
    Value {
        /// The algorithm.
        algorithm: String,
        /// The value, shortened.
        value: String,
    },
}

/// What SHA-256 is called in statements and in registries alike.
pub(crate) const SHA256: &str = "sha256";
const BLAKE3: &str = "blake3";
const COMMIT: &str = "gitCommit";

impl Digests {
    /// The SHA-256 of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::one(SHA256, hex(&Sha256::digest(bytes)))
    }

    /// A digest of the store.
    #[must_use]
    pub fn stored(digest: Digest) -> Self {
        Self::one(BLAKE3, digest.to_string())
    }

    /// A Git commit by its full name.
    ///
    /// # Errors
    /// What is not 40 or 64 characters of lower-case hexadecimal.
    pub fn commit(name: &str) -> Result<Self, DigestsError> {
        Self::try_from(BTreeMap::from([(COMMIT.to_owned(), name.to_owned())]))
    }

    /// A digest as registries write it: `sha256:…`.
    ///
    /// # Errors
    /// Another algorithm, or what is not a digest.
    pub fn registry(text: &str) -> Result<Self, DigestsError> {
        let (algorithm, value) = text.split_once(':').unwrap_or((text, ""));
        Self::try_from(BTreeMap::from([(algorithm.to_owned(), value.to_owned())]))
    }

    /// The digest by `algorithm`, in hexadecimal.
    #[must_use]
    pub fn by(&self, algorithm: &str) -> Option<&str> {
        self.0.get(algorithm).map(String::as_str)
    }

    /// Whether both are digests of the same thing: they have an algorithm in common, and say the
    /// same by each that they have in common.
    #[must_use]
    pub fn agrees(&self, other: &Self) -> bool {
        let mut common = self.0.iter().filter_map(|(name, it)| Some((it, other.by(name)?)));
        match common.next() {
            Some((mine, theirs)) => mine == theirs && common.all(|(mine, theirs)| mine == theirs),
            None => false,
        }
    }

    fn one(algorithm: &str, value: String) -> Self {
        Self(BTreeMap::from([(algorithm.to_owned(), value)]))
    }
}

impl std::fmt::Display for Digests {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, (algorithm, value)) in self.0.iter().enumerate() {
            let between = if at == 0 { "" } else { ", " };
            write!(f, "{between}{algorithm}:{value}")?;
        }
        Ok(())
    }
}

impl TryFrom<BTreeMap<String, String>> for Digests {
    type Error = DigestsError;

    fn try_from(set: BTreeMap<String, String>) -> Result<Self, DigestsError> {
        if set.is_empty() {
            return Err(DigestsError::None);
        }
        set.iter().try_for_each(|(algorithm, value)| check(algorithm, value))?;
        Ok(Self(set))
    }
}

impl From<Digests> for BTreeMap<String, String> {
    fn from(digests: Digests) -> Self {
        digests.0
    }
}

fn check(algorithm: &str, value: &str) -> Result<(), DigestsError> {
    let lengths: &[usize] = match algorithm {
        SHA256 | BLAKE3 => &[64],
        "sha512" => &[128],
        COMMIT => &[40, 64],
        _ => return Err(DigestsError::Algorithm(algorithm.chars().take(40).collect())),
    };
    let hexadecimal = value.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if hexadecimal && lengths.contains(&value.len()) {
        return Ok(());
    }
    let value = value.chars().take(80).collect();
    Err(DigestsError::Value { algorithm: algorithm.to_owned(), value })
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.map(|nibble| char::from(DIGITS[usize::from(nibble)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_digest_is_refused() {
        let read = |json: &str| serde_json::from_str::<Digests>(json);
        assert!(read("{}").is_err());
        assert!(read(r#"{"sha256": "abc"}"#).is_err());
        assert!(read(&format!(r#"{{"sha256": "{}"}}"#, "A".repeat(64))).is_err());
        assert!(read(r#"{"md5": "d41d8cd98f00b204e9800998ecf8427e"}"#).is_err());
        assert!(read(&format!(r#"{{"gitCommit": "{}"}}"#, "a".repeat(40))).is_ok());
        assert!(Digests::registry("sha256").is_err());
    }

    #[test]
    fn sets_agree_by_what_they_have_in_common_and_never_by_nothing() {
        let set = |pairs: &[(&str, char)]| {
            let named =
                |(name, digit): &(&str, char)| ((*name).to_owned(), digit.to_string().repeat(64));
            Digests::try_from(pairs.iter().map(named).collect::<BTreeMap<_, _>>()).unwrap()
        };
        assert!(set(&[("sha256", 'a')]).agrees(&set(&[("sha256", 'a'), ("blake3", 'b')])));
        assert!(!set(&[("sha256", 'a')]).agrees(&set(&[("blake3", 'a')])));
        let (one, other) =
            (set(&[("sha256", 'a'), ("blake3", 'b')]), set(&[("sha256", 'a'), ("blake3", 'c')]));
        assert!(!one.agrees(&other));
    }

    #[test]
    fn the_digest_of_nothing_is_the_known_one() {
        let known = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digests::of(b"").by("sha256"), Some(known));
    }
}
