//! What an image is made of: the packages, whoever packaged them. SBOMs, scans, licences and sizes
//! are told from this.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The packages in an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// Sorted by ecosystem, name and version.
    pub packages: Vec<Package>,
}

/// One package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Package {
    /// Whose names and versions they are.
    pub ecosystem: Ecosystem,
    /// Its name, normalised as its ecosystem does (PEP 503; Debian's names are so already).
    pub name: String,
    /// Its version as written.
    pub version: String,
    /// Debian: `amd64`, `all`. Python: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// Debian: the source package that it was built from, with that one's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<(String, String)>,
    /// SPDX expression where it is known to be one, else what the package says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// Of the archive that it came in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hashes: Vec<PackageHash>,
    /// The names of packages (of its own ecosystem) that it needs and that are in the image.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<String>,
    /// Bytes that its files take, unpacked.
    pub size: u64,
}

/// Whose names and versions a package has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ecosystem {
    /// The Python Package Index and what is named like it.
    PyPi,
    /// A release of Debian, by its number: `12`.
    Debian(String),
}

/// A digest of a package's archive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PackageHash {
    /// `sha256`, `sha512` …
    pub algorithm: String,
    /// Lower-case hexadecimal.
    pub value: String,
}

impl Inventory {
    /// An inventory of these packages, in order, each once.
    #[must_use]
    pub fn of(mut packages: Vec<Package>) -> Self {
        packages.sort();
        packages.dedup();
        Self { packages }
    }
}

impl Package {
    /// Its package URL. Source: the purl specification, types `pypi` and `deb`.
    #[must_use]
    pub fn purl(&self) -> String {
        let (name, version) = (encoded(&self.name), encoded(&self.version));
        match &self.ecosystem {
            Ecosystem::PyPi => format!("pkg:pypi/{name}@{version}"),
            Ecosystem::Debian(release) => {
                let architecture = self.architecture.as_deref().unwrap_or("all");
                format!(
                    "pkg:deb/debian/{name}@{version}?arch={architecture}&distro=debian-{}",
                    encoded(release)
                )
            }
        }
    }
}

// Percent-encoding as purl asks for it: all but letters, digits and `.-_~` (and `:`, which needs none).
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' | b':' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

impl fmt::Display for Ecosystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PyPi => f.write_str("PyPI"),
            Self::Debian(release) => write!(f, "Debian:{release}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_urls_name_a_package_everywhere() {
        let mut package = Package {
            ecosystem: Ecosystem::PyPi,
            name: "scikit-learn".to_owned(),
            version: "1.9.1+cpu".to_owned(),
            architecture: None,
            source: None,
            licence: None,
            hashes: Vec::new(),
            requires: Vec::new(),
            size: 0,
        };
        assert_eq!(package.purl(), "pkg:pypi/scikit-learn@1.9.1%2Bcpu");
        package.ecosystem = Ecosystem::Debian("12".to_owned());
        package.name = "libstdc++6".to_owned();
        package.version = "1:12.2.0-14".to_owned();
        package.architecture = Some("amd64".to_owned());
        assert_eq!(
            package.purl(),
            "pkg:deb/debian/libstdc%2B%2B6@1:12.2.0-14?arch=amd64&distro=debian-12"
        );
    }
}
