//! Paths inside a project.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A normalised path relative to the project's root: `/` between parts, no `.`, no `..`, never
/// absolute, never empty. It cannot leave the project.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RelPath(String);

/// Why a text is not a path inside the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathError {
    /// Nothing, or only dots.
    Empty,
    /// Starts at the root of the machine.
    Absolute,
    /// Has a `..` part.
    Escapes,
    /// Holds a NUL or a line break.
    Control,
}

impl RelPath {
    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is left of it below `other`: empty where the two are the same, none where it lies
    /// elsewhere.
    #[must_use]
    pub fn below(&self, other: &Self) -> Option<&str> {
        other.rest_of(&self.0)
    }

    /// Whether this is `other`, or lies below it.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.below(other).is_some()
    }

    // As `below`, for a normal path or the empty one of the project itself.
    pub(crate) fn rest_of<'p>(&self, path: &'p str) -> Option<&'p str> {
        let rest = path.strip_prefix(&self.0)?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
    }

    /// Whether one of the two holds the other.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.is_within(other) || other.is_within(self)
    }
}

impl FromStr for RelPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with('/') {
            return Err(PathError::Absolute);
        }
        if text.contains(['\0', '\n', '\r']) {
            return Err(PathError::Control);
        }
        let parts: Vec<&str> = text.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
        if parts.contains(&"..") {
            return Err(PathError::Escapes);
        }
        if parts.is_empty() {
            return Err(PathError::Empty);
        }
        Ok(Self(parts.join("/")))
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "a path inside the project is expected, and this names none",
            Self::Absolute => "an absolute path; paths are relative to the project's root",
            Self::Escapes => "`..` would leave the project",
            Self::Control => "a NUL or a line break in a path",
        })
    }
}

impl std::error::Error for PathError {}

impl TryFrom<String> for RelPath {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        // Nearly all are normal already, and a scan makes one for each file of the project.
        if is_normal(&text) { Ok(Self(text)) } else { text.parse() }
    }
}

fn is_normal(text: &str) -> bool {
    !text.bytes().any(|byte| matches!(byte, b'\0' | b'\n' | b'\r'))
        && text.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

impl From<RelPath> for String {
    fn from(path: RelPath) -> Self {
        path.0
    }
}

impl AsRef<std::path::Path> for RelPath {
    fn as_ref(&self) -> &std::path::Path {
        self.0.as_ref()
    }
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_are_normalised() {
        assert_eq!("./src//a/".parse::<RelPath>().unwrap().as_str(), "src/a");
    }

    #[test]
    fn what_leaves_the_project_is_refused() {
        assert_eq!("/etc".parse::<RelPath>(), Err(PathError::Absolute));
        assert_eq!("a/../../b".parse::<RelPath>(), Err(PathError::Escapes));
        assert_eq!("./.".parse::<RelPath>(), Err(PathError::Empty));
    }

    #[test]
    fn a_sibling_with_the_same_start_is_not_within() {
        let path = |text: &str| text.parse::<RelPath>().unwrap();
        assert_eq!(path("src/a/b").below(&path("src")), Some("a/b"));
        assert_eq!(path("src").below(&path("src")), Some(""));
        assert_eq!(path("src2/a").below(&path("src")), None);
        assert!(path("src/a").is_within(&path("src")));
        assert!(!path("src2").is_within(&path("src")));
        assert!(path("src").overlaps(&path("src/a")));
    }

    proptest! {
        #[test]
        fn no_accepted_path_escapes(text in "[a./ ]{0,12}") {
            prop_assert_eq!(RelPath::try_from(text.clone()), text.parse());
            if let Ok(path) = text.parse::<RelPath>() {
                prop_assert!(!path.as_str().starts_with('/'));
                prop_assert!(path.as_str().split('/').all(|p| p != ".." && p != "." && !p.is_empty()));
                prop_assert_eq!(path.as_str().parse::<RelPath>(), Ok(path.clone()));
            }
        }
    }
}
