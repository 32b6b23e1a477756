//! What is known against packages: advisories in the OSV schema, and a database of them that is one
//! file with a date. Source: Open Source Vulnerability schema 1.7, ossf.github.io/osv-schema.

mod affected;
mod cvss;
mod database;
mod import;
mod schema;
mod write;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use tollgate_model::{Rating, Timestamp};

pub use affected::{Affected, Unreadable};
pub use cvss::{BaseScore, CvssError};
pub use database::{Database, DatabaseError};
pub use import::{ImportError, Imported, import};

/// What one advisory says of one package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Advisory {
    /// Its own name first, then the others that it has: `PYSEC-…`, `CVE-…`, `GHSA-…`.
    pub ids: Vec<String>,
    /// In a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// How bad it is, where that is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
    /// CVSS base score, 0 to 10, where there is a vector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// Versions that have it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<Range>,
    /// Versions that have it, one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<String>,
}

/// From where to where versions have a vulnerability.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// What happened at which version.
    pub events: Vec<Event>,
}

/// What happened at a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// This one and later ones have it; `0` means all.
    Introduced(String),
    /// This one and later ones don't.
    Fixed(String),
    /// Later ones don't.
    LastAffected(String),
    /// Nothing is said of this one and later ones.
    Limit(String),
}

/// What a database covers of one ecosystem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// `PyPI`, `Debian:12`.
    pub ecosystem: String,
    /// How many advisories.
    pub advisories: u64,
    /// When the newest of them was changed: so old is what is known.
    pub newest: Timestamp,
    /// When it was imported.
    pub imported: Timestamp,
    /// What it was imported from, by SHA-256: of the archive, or of all files of the directory.
    pub source: String,
}
