//! Names of Python packages. Source: PEP 508 for what is one, PEP 503 for when two are the same.

use std::fmt;
use std::str::FromStr;

/// A name in its normal form: lower case, with one `-` for each run of `-`, `_` and `.`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PackageName(String);

/// A text that names no package.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no name of a Python package: letters, digits, `.`, `_` and `-` are expected, with a letter or digit at both ends"
)]
pub struct PackageNameError(String);

impl PackageName {
    /// The normal form as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PackageName {
    type Err = PackageNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let bytes = text.as_bytes();
        if ends(bytes.first()) && ends(bytes.last()) && bytes.iter().all(|b| inside(*b)) {
            return Ok(Self(normalised(text)));
        }
        Err(PackageNameError(text.to_owned()))
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The normal form of a text that may be no name at all, as extras and groups are compared.
pub(crate) fn normalised(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '-' | '_' | '.' if out.ends_with('-') => {}
            '-' | '_' | '.' => out.push('-'),
            _ => out.push(letter.to_ascii_lowercase()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_the_same() {
        for text in ["Scikit.Learn", "scikit_learn", "scikit-._learn", "SCIKIT-LEARN"] {
            assert_eq!(text.parse::<PackageName>().unwrap().as_str(), "scikit-learn");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in ["", "-a", "a-", "a b", "é", "a/b", "_"] {
            assert!(text.parse::<PackageName>().is_err(), "{text}");
        }
    }
}
