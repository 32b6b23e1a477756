//! Paths inside an image.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A normalised path below an image's root: `/` between parts, no leading `/`, no `.`, no `..`, no
/// control characters, never empty. It cannot leave the directory that an image is unpacked to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImagePath(String);

/// Why a text is not a path inside an image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImagePathError {
    /// Nothing, or only dots: the root itself.
    #[error("it names no file below the root")]
    Empty,
    /// Starts at the root of the machine where that has no place.
    #[error("it is absolute")]
    Absolute,
    /// Has a `..` part.
    #[error("`..` leads out of where it belongs")]
    Escapes,
    /// Holds a NUL or another control character.
    #[error("it holds a control character")]
    Control,
    /// Is longer than Linux takes, or has a part that is.
    #[error("it is longer than a file system takes")]
    TooLong,
}

/// Linux's `PATH_MAX` and `NAME_MAX`, in bytes.
const LONGEST_PATH: usize = 4095;
const LONGEST_NAME: usize = 255;

impl ImagePath {
    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the file itself.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The directory that it is in; none where that is the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once('/').map(|(parent, _)| Self(parent.to_owned()))
    }

    /// All directories above it, from the root downwards, without the root itself.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> + '_ {
        self.0.match_indices('/').map(|(at, _)| Self(self.0[..at].to_owned()))
    }

    /// The path of `below` in this directory.
    ///
    /// # Errors
    /// `below` is no path inside a directory, or the whole is too long.
    pub fn join(&self, below: &str) -> Result<Self, ImagePathError> {
        let below: Self = below.parse()?;
        format!("{}/{}", self.0, below.0).parse()
    }

    /// Whether this is `other`, or lies below it.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        let rest = self.0.strip_prefix(&other.0);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// A path as it is written from an image's root, where a leading `/` or `./` is that root.
    ///
    /// # Errors
    /// As for parsing.
    pub fn from_root(text: &str) -> Result<Self, ImagePathError> {
        text.trim_start_matches('/').parse()
    }
}

impl FromStr for ImagePath {
    type Err = ImagePathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with('/') {
            return Err(ImagePathError::Absolute);
        }
        if text.chars().any(char::is_control) {
            return Err(ImagePathError::Control);
        }
        let parts: Vec<&str> = text.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
        if parts.contains(&"..") {
            return Err(ImagePathError::Escapes);
        }
        if parts.is_empty() {
            return Err(ImagePathError::Empty);
        }
        let path = parts.join("/");
        if path.len() > LONGEST_PATH || parts.iter().any(|part| part.len() > LONGEST_NAME) {
            return Err(ImagePathError::TooLong);
        }
        Ok(Self(path))
    }
}

impl TryFrom<String> for ImagePath {
    type Error = ImagePathError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ImagePath> for String {
    fn from(path: ImagePath) -> Self {
        path.0
    }
}

// It is ordered and compared as its text is.
impl Borrow<str> for ImagePath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ImagePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn path(text: &str) -> ImagePath {
        text.parse().unwrap()
    }

    #[test]
    fn paths_are_normalised_and_never_leave() {
        assert_eq!(path("./usr//lib/").as_str(), "usr/lib");
        assert_eq!(ImagePath::from_root("/etc/passwd").unwrap(), path("etc/passwd"));
        assert_eq!("/etc".parse::<ImagePath>(), Err(ImagePathError::Absolute));
        assert_eq!("a/../../b".parse::<ImagePath>(), Err(ImagePathError::Escapes));
        assert_eq!("./".parse::<ImagePath>(), Err(ImagePathError::Empty));
        assert_eq!("a\0b".parse::<ImagePath>(), Err(ImagePathError::Control));
        assert_eq!("a".repeat(256).parse::<ImagePath>(), Err(ImagePathError::TooLong));
    }

    #[test]
    fn a_path_knows_what_it_lies_in() {
        let ancestors: Vec<_> = path("usr/lib/a.so").ancestors().collect();
        assert_eq!(ancestors, [path("usr"), path("usr/lib")]);
        assert_eq!(path("usr/lib").parent(), Some(path("usr")));
        assert_eq!(path("usr").parent(), None);
        assert!(path("usr/lib").is_within(&path("usr")) && !path("usr2").is_within(&path("usr")));
        assert_eq!(path("usr").join("lib/x").unwrap(), path("usr/lib/x"));
        assert_eq!(path("usr").join("../x"), Err(ImagePathError::Escapes));
    }

    proptest! {
        #[test]
        fn no_accepted_path_escapes(text in "[a./ \u{0}]{0,12}") {
            if let Ok(path) = ImagePath::from_root(&text) {
                prop_assert!(path.as_str().split('/').all(|p| !matches!(p, "" | "." | "..")));
                prop_assert_eq!(path.as_str().parse::<ImagePath>(), Ok(path.clone()));
            }
        }
    }
}
