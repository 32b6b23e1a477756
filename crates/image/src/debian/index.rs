//! The packages that sources offer.

use std::collections::BTreeMap;
use std::io::BufRead;

use super::relation::{is_architecture, is_name};
use super::{Paragraph, Paragraphs, Relations, TextError};
use crate::oci::Sha256;
use crate::path::ImagePath;
use crate::version::DebianVersion;

/// A package as an index has it.
#[derive(Clone, Debug)]
pub struct Available {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: DebianVersion,
    /// `amd64`, or `all`.
    pub architecture: String,
    /// Where its archive is, below the root of its source.
    pub path: ImagePath,
    /// Bytes of the archive.
    pub size: u64,
    /// The archive's digest.
    pub sha256: Sha256,
    /// Which source it is from: a word of the caller's.
    pub source: String,
    // What it says of others, as written: few of sixty thousand are ever looked at.
    pub(super) depends: String,
    pub(super) provides: String,
    pub(super) conflicts: String,
    // How likely it is to be meant where several would do; 0 is `required`.
    pub(super) rank: u8,
    automatic: bool,
}

const FIELDS: &[&str] = &[
    "Package",
    "Version",
    "Architecture",
    "Filename",
    "Size",
    "SHA256",
    "Depends",
    "Pre-Depends",
    "Provides",
    "Conflicts",
    "Breaks",
    "Priority",
];

/// The best version of every package that can be had for one architecture.
#[derive(Clone, Debug)]
pub struct Archive {
    architecture: String,
    packages: BTreeMap<String, Available>,
}

impl Archive {
    /// Nothing yet, for `architecture` (Debian's word: `amd64`, `arm64`).
    #[must_use]
    pub fn new(architecture: &str) -> Self {
        Self { architecture: architecture.to_owned(), packages: BTreeMap::new() }
    }

    /// The architecture that it is for.
    #[must_use]
    pub fn architecture(&self) -> &str {
        &self.architecture
    }

    /// How many packages there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.packages.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.packages.is_empty()
    }

    /// Adds the packages of an index (unpacked; `file` in errors) that comes from `source`. Of the
    /// same package the highest version stays, and of equal ones the first. A version of a suite
    /// that is `not_automatic` gives way to one of any that isn't.
    ///
    /// # Errors
    /// The index is not one.
    pub fn add(
        &mut self,
        index: impl BufRead,
        file: &str,
        source: &str,
        not_automatic: bool,
    ) -> Result<(), TextError> {
        for paragraph in Paragraphs::new(index, file).only(FIELDS) {
            let mut found = available(paragraph?, file, source)?;
            found.automatic = !not_automatic;
            if found.architecture == "all" || found.architecture == self.architecture {
                self.offer(found);
            }
        }
        Ok(())
    }

    fn offer(&mut self, offered: Available) {
        match self.packages.get_mut(&offered.name) {
            Some(known) if known.standing() >= offered.standing() => {}
            Some(known) => *known = offered,
            None => {
                self.packages.insert(offered.name.clone(), offered);
            }
        }
    }

    /// The best version of a package.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Available> {
        self.packages.get(name)
    }

    /// All packages, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Available> {
        self.packages.values()
    }
}

impl Available {
    fn standing(&self) -> (bool, &DebianVersion) {
        (self.automatic, &self.version)
    }

    /// What it needs, for being set up and for running.
    ///
    /// # Errors
    /// It can't be understood; the reason names the package.
    pub fn depends(&self) -> Result<Relations, String> {
        self.relations(&self.depends)
    }

    /// What it can't be together with.
    ///
    /// # Errors
    /// It can't be understood; the reason names the package.
    pub fn conflicts(&self) -> Result<Relations, String> {
        self.relations(&self.conflicts)
    }

    /// What else it is as good as. What can't be understood provides nothing.
    #[must_use]
    pub fn provides(&self) -> Relations {
        Relations::parse(&self.provides).unwrap_or_default()
    }

    fn relations(&self, text: &str) -> Result<Relations, String> {
        Relations::parse(text).map_err(|why| format!("`{}` {}: {why}", self.name, self.version))
    }
}

fn available(mut found: Paragraph, file: &str, source: &str) -> Result<Available, TextError> {
    let line = found.line;
    let mut joined = |first: &str, second: &str| {
        let parts = [found.take(first), found.take(second)];
        parts.into_iter().flatten().reduce(|first, second| format!("{first}, {second}"))
    };
    let depends = joined("Pre-Depends", "Depends").unwrap_or_default();
    let conflicts = joined("Conflicts", "Breaks").unwrap_or_default();
    let provides = found.take("Provides").unwrap_or_default();
    let wrong =
        |name: &str| TextError::new(file, line, format!("`{name}:` is not what it should be"));
    let (name, architecture) =
        (found.require("Package", file)?, found.require("Architecture", file)?);
    if !is_name(name) {
        return Err(wrong("Package"));
    }
    if !is_architecture(architecture) {
        return Err(wrong("Architecture"));
    }
    let version = found.require("Version", file)?.parse().map_err(|_| wrong("Version"))?;
    let path = found.require("Filename", file)?.parse().map_err(|_| wrong("Filename"))?;
    let size = found.require("Size", file)?.parse().map_err(|_| wrong("Size"))?;
    let sha256 = Sha256::from_hex(found.require("SHA256", file)?).map_err(|_| wrong("SHA256"))?;
    let ranks = ["required", "important", "standard", "optional"];
    let rank = ranks.iter().position(|rank| found.get("Priority") == Some(rank));
    Ok(Available {
        name: name.to_owned(),
        architecture: architecture.to_owned(),
        version,
        path,
        size,
        sha256,
        source: source.to_owned(),
        depends,
        provides,
        conflicts,
        rank: rank.map_or(u8::MAX, |rank| rank as u8),
        automatic: true,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An index of packages, each `name version` and further fields.
    pub(crate) fn index(packages: &[(&str, &str)]) -> String {
        let paragraphs = packages.iter().map(|(named, fields)| {
            let (name, version) = named.split_once(' ').unwrap();
            format!(
                "Package: {name}\nVersion: {version}\nArchitecture: amd64\n\
                 Filename: pool/{name}.deb\nSize: 7\nSHA256: {}\n{fields}\n\n",
                "0".repeat(64)
            )
        });
        paragraphs.collect()
    }

    type Packages<'t> = &'t [(&'t str, &'t str)];

    fn archive(indexes: &[(&str, bool, Packages)]) -> Archive {
        let mut archive = Archive::new("amd64");
        for (source, not_automatic, packages) in indexes {
            let text = index(packages);
            archive.add(text.as_bytes(), "Packages", source, *not_automatic).unwrap();
        }
        archive
    }

    #[test]
    fn the_highest_version_wins_whatever_it_comes_from() {
        let archive = archive(&[
            ("main", false, &[("a 1.9", ""), ("b 2", ""), ("c 1", "")]),
            ("security", false, &[("a 1.10", ""), ("b 1", ""), ("c 1", "")]),
            ("backports", true, &[("a 3", ""), ("d 1", "")]),
        ]);
        let from = |name| {
            let found = archive.get(name).unwrap();
            (found.version.to_string(), found.source.as_str())
        };
        assert_eq!(from("a"), ("1.10".to_owned(), "security"));
        assert_eq!(from("b"), ("2".to_owned(), "main"));
        assert_eq!(from("c"), ("1".to_owned(), "main"));
        assert_eq!(from("d"), ("1".to_owned(), "backports"));
        assert_eq!(archive.len(), 4);
    }

    #[test]
    fn packages_of_other_architectures_are_passed_over() {
        let text = index(&[("a 1", "")]);
        let text =
            format!("{text}{}", text.replace("amd64", "all").replace("Package: a", "Package: b"));
        let mut archive = Archive::new("arm64");
        archive.add(text.as_bytes(), "Packages", "main", false).unwrap();
        assert_eq!(archive.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn an_index_that_lies_is_refused_with_its_line() {
        let good = index(&[("a 1", "")]);
        let wrong = [
            (
                ("Filename: pool/a.deb", "Filename: ../a.deb"),
                "`Filename:` is not what it should be",
            ),
            (("Size: 7", "Size: -7"), "`Size:` is not what it should be"),
            (("SHA256: 00", "SHA256: 0"), "`SHA256:` is not what it should be"),
            (("Version: 1", "Version:"), "there is no `Version:`"),
            (("Package: a", "Package: ../a"), "`Package:` is not what it should be"),
        ];
        for ((from, to), why) in wrong {
            let text = format!("\n{}", good.replace(from, to));
            let error = Archive::new("amd64").add(text.as_bytes(), "Packages", "main", false);
            assert_eq!(error.unwrap_err().to_string(), format!("Packages:2: {why}"));
        }
    }
}
