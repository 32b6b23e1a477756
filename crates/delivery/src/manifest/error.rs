//! Why manifests are not changed.

use std::fmt;

/// Why manifests are not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// A file is no YAML.
    #[error("{path}:{line}: {why}")]
    Unreadable {
        /// The file.
        path: String,
        /// Its line, counted from 1.
        line: usize,
        /// A sentence without a full stop.
        why: String,
    },
    /// Nothing in them is the image.
    #[error("{wanted} is in none of the manifests{}", listed(found))]
    Missing {
        /// What was looked for.
        wanted: String,
        /// What is there.
        found: Vec<Candidate>,
    },
    /// Several could be meant.
    #[error("it can't be told which image is {wanted}{}", listed(found))]
    Ambiguous {
        /// What was looked for.
        wanted: String,
        /// What could be meant.
        found: Vec<Candidate>,
    },
    /// It is written in a way that is not edited in place.
    #[error("{path}:{line}: {what} is {how}: write it on one line, plain or in quotes")]
    Unfit {
        /// The file.
        path: String,
        /// Its line, counted from 1.
        line: usize,
        /// What.
        what: String,
        /// In which way.
        how: String,
    },
    /// The edit would change something else. Nothing was changed.
    #[error("{path}: an edit of the image would change {what}; nothing was changed")]
    Spills {
        /// The file.
        path: String,
        /// What.
        what: String,
    },
}

/// An image that is named somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The file.
    pub path: String,
    /// Its line, counted from 1.
    pub line: usize,
    /// As it is written.
    pub image: String,
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} {}", self.path, self.line, self.image)
    }
}

fn listed(found: &[Candidate]) -> String {
    if found.is_empty() {
        return ": they name no image".to_owned();
    }
    let found: Vec<String> = found.iter().map(Candidate::to_string).collect();
    format!(": there are {}", found.join(", "))
}
