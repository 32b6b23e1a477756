//! What a wheel says of itself. Source: the specifications "Core metadata" and "Binary distribution
//! format", section "File contents".

use super::headers::Headers;
use crate::python::{PackageName, Tag};
use crate::version::PythonVersion;

/// The parts of `METADATA` that images, SBOMs and scans ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The package.
    pub name: PackageName,
    /// Its version.
    pub version: PythonVersion,
    /// `License-Expression`: an SPDX expression.
    pub licence_expression: Option<String>,
    /// `License`: a name or a whole text.
    pub licence: Option<String>,
    /// `Classifier`, each.
    pub classifiers: Vec<String>,
    /// `License-File`, each.
    pub licence_files: Vec<String>,
    /// `Requires-Dist`, each, as written.
    pub requires: Vec<String>,
    /// `Requires-Python`, as written.
    pub requires_python: Option<String>,
}

/// What `WHEEL` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct About {
    /// Its tags, compressed sets spread out.
    pub(super) tags: Vec<Tag>,
}

impl Metadata {
    /// Reads it; the error says what is wrong, as a predicate.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let headers = Headers::read(text).ok_or("has no headers")?;
        let name = headers.first("name").ok_or("has no Name")?;
        let version = headers.first("version").ok_or("has no Version")?;
        let all = |name: &str| headers.all(name).map(str::to_owned).collect();
        Ok(Self {
            name: name.parse().map_err(|error| format!("has a Name that is none: {error}"))?,
            version: version
                .parse()
                .map_err(|error| format!("has a Version that is none: {error}"))?,
            licence_expression: headers.first("license-expression"),
            licence: headers.first("license"),
            classifiers: all("classifier"),
            licence_files: all("license-file"),
            requires: all("requires-dist"),
            requires_python: headers.first("requires-python"),
        })
    }
}

impl About {
    /// Reads it; the error says what is wrong, as a predicate.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let headers = Headers::read(text).ok_or("has no headers")?;
        let version = headers.first("wheel-version").ok_or("has no Wheel-Version")?;
        if version.split('.').next() != Some("1") {
            return Err(format!("has Wheel-Version {version}, and only 1.x is known"));
        }
        let purelib = headers.first("root-is-purelib").map(|value| value.to_ascii_lowercase());
        if !matches!(purelib.as_deref(), Some("true" | "false")) {
            return Err("has no Root-Is-Purelib of `true` or `false`".to_owned());
        }
        let mut tags = Vec::new();
        for tag in headers.all("tag") {
            let parts: Vec<&str> = tag.split('-').collect();
            let spread = match parts.as_slice() {
                [python, abi, platform] => Tag::spread(python, abi, platform),
                _ => None,
            };
            let tag: String = tag.chars().take(100).collect();
            tags.extend(spread.ok_or_else(|| format!("has a Tag that is none: `{tag}`"))?);
            if tags.len() > 10_000 {
                return Err("has more than 10000 tags".to_owned());
            }
        }
        Ok(Self { tags })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wheel_says_what_it_is() {
        let metadata = Metadata::read(
            "Metadata-Version: 2.4\nName: A_b\nVersion: 1.0\nLicense: UNKNOWN\nLicense-Expression: MIT\n\
             Requires-Dist: c>=1\nRequires-Dist: d; extra == 'x'\nRequires-Python: >=3.9\n\nName: z\n",
        );
        let metadata = metadata.unwrap();
        assert_eq!((metadata.name.as_str(), metadata.requires.len()), ("a-b", 2));
        assert_eq!((metadata.licence_expression.as_deref(), metadata.licence), (Some("MIT"), None));
        let about =
            About::read("Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py2.py3-none-any\n");
        assert_eq!(about.unwrap().tags.len(), 2);
    }

    #[test]
    fn what_says_nothing_is_refused() {
        for text in
            ["", "Name: a\n", "Version: 1\n", "Name: ..\nVersion: 1\n", "Name: a\nVersion: x\n"]
        {
            assert!(Metadata::read(text).is_err(), "{text}");
        }
        let about = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n";
        assert!(About::read(about).is_ok());
        for (from, to) in [("1.0", "2.0"), ("true", "maybe"), ("Wheel-Version: 1.0\n", "")] {
            assert!(About::read(&about.replace(from, to)).is_err(), "{to}");
        }
        assert!(About::read(&format!("{about}Tag: py3-none\n")).is_err());
    }
}
