//! A wheel as a package of an inventory.

use std::collections::BTreeSet;

use super::wheel::Metadata;
use super::{PackageName, Requirement, TargetEnvironment};
use crate::oci::Sha256;
use crate::{Ecosystem, Package, PackageHash};

/// How much of a licence that nobody knows is shown.
const LONGEST_LICENCE: usize = 200;

/// The package that a wheel with this metadata and digest is. `size` is what its files take; `locked`
/// are the packages of the image, of which it names those that it needs in `environment`.
#[must_use]
pub fn package(
    metadata: &Metadata,
    sha256: &Sha256,
    size: u64,
    locked: &BTreeSet<PackageName>,
    environment: &TargetEnvironment,
) -> Package {
    let hash = PackageHash { algorithm: "sha256".to_owned(), value: sha256.hex() };
    Package {
        ecosystem: Ecosystem::PyPi,
        name: metadata.name.to_string(),
        version: metadata.version.to_string(),
        architecture: None,
        source: None,
        licence: licence(metadata),
        hashes: vec![hash],
        requires: requires(metadata, locked, environment),
        size,
    }
}

fn requires(
    metadata: &Metadata,
    locked: &BTreeSet<PackageName>,
    environment: &TargetEnvironment,
) -> Vec<String> {
    // A line that is no requirement (old tools wrote such) names nothing that could be in the lock.
    let read = metadata.requires.iter().filter_map(|text| text.parse::<Requirement>().ok());
    let holds =
        |one: &Requirement| one.marker.as_ref().is_none_or(|marker| marker.holds(environment));
    let names: BTreeSet<PackageName> = read.filter(holds).map(|one| one.name).collect();
    names.intersection(locked).map(ToString::to_string).collect()
}

// What is surest first: an expression, a licence's usual name, the one classifier, the words.
pub(crate) fn licence(metadata: &Metadata) -> Option<String> {
    if let Some(expression) = &metadata.licence_expression {
        return Some(expression.clone());
    }
    let said = metadata.licence.as_deref();
    let classified: BTreeSet<&str> = metadata
        .classifiers
        .iter()
        .filter_map(|classifier| classifier.strip_prefix("License :: "))
        .filter(|classifier| *classifier != "OSI Approved")
        .collect();
    if let Some(known) = said.and_then(by_text) {
        return Some(known.to_owned());
    }
    // Several may mean any of them or all of them, which nobody can tell.
    if let [one] = classified.iter().collect::<Vec<_>>().as_slice()
        && let Some(known) = by_classifier(one)
    {
        return Some(known.to_owned());
    }
    let first = said.and_then(|text| text.lines().map(str::trim).find(|line| !line.is_empty()));
    let words = first.map(|line| line.chars().take(LONGEST_LICENCE).collect());
    let last = |classifier: &&str| classifier.rsplit(" :: ").next().unwrap_or_default().to_owned();
    let names: Vec<String> = classified.iter().map(last).collect();
    words.or_else(|| (!names.is_empty()).then(|| names.join("; ")))
}

// Names that leave no doubt, in lower case. "BSD" alone does: of two or three clauses?
fn by_text(text: &str) -> Option<&'static str> {
    const KNOWN: [(&str, &str); 30] = [
        ("mit", "MIT"),
        ("mit license", "MIT"),
        ("the mit license", "MIT"),
        ("the mit license (mit)", "MIT"),
        ("mit license (mit)", "MIT"),
        ("expat", "MIT"),
        ("mit-cmu", "MIT-CMU"),
        ("hpnd", "HPND"),
        ("apache-2.0", "Apache-2.0"),
        ("apache 2.0", "Apache-2.0"),
        ("apache 2", "Apache-2.0"),
        ("apache license 2.0", "Apache-2.0"),
        ("apache license, version 2.0", "Apache-2.0"),
        ("apache license version 2.0", "Apache-2.0"),
        ("apache software license 2.0", "Apache-2.0"),
        ("bsd-2-clause", "BSD-2-Clause"),
        ("bsd 2-clause license", "BSD-2-Clause"),
        ("bsd-3-clause", "BSD-3-Clause"),
        ("bsd 3-clause", "BSD-3-Clause"),
        ("bsd 3-clause license", "BSD-3-Clause"),
        ("new bsd", "BSD-3-Clause"),
        ("new bsd license", "BSD-3-Clause"),
        ("3-clause bsd license", "BSD-3-Clause"),
        ("mpl-2.0", "MPL-2.0"),
        ("mpl 2.0", "MPL-2.0"),
        ("isc", "ISC"),
        ("isc license", "ISC"),
        ("psf-2.0", "PSF-2.0"),
        ("unlicense", "Unlicense"),
        ("zlib", "Zlib"),
    ];
    let text = text.trim().to_ascii_lowercase();
    let first = text.lines().next()?.trim();
    // A whole text starts with the licence's name, and says which it is by its title alone.
    let titled = matches!(
        first,
        "mit license" | "the mit license (mit)" | "bsd 3-clause license" | "bsd 2-clause license"
    );
    let asked = if titled { first } else { text.as_str() };
    KNOWN.iter().find(|(name, _)| *name == asked).map(|(_, spdx)| *spdx)
}

// Classifiers that name one licence. "BSD License" and "Apache Software License" name several.
fn by_classifier(classifier: &str) -> Option<&'static str> {
    Some(match classifier.rsplit(" :: ").next()? {
        "MIT License" => "MIT",
        "MIT No Attribution License (MIT-0)" => "MIT-0",
        "ISC License (ISCL)" => "ISC",
        "Mozilla Public License 2.0 (MPL 2.0)" => "MPL-2.0",
        "The Unlicense (Unlicense)" => "Unlicense",
        "Boost Software License 1.0 (BSL-1.0)" => "BSL-1.0",
        "Historical Permission Notice and Disclaimer (HPND)" => "HPND",
        "CMU License (MIT-CMU)" => "MIT-CMU",
        "GNU General Public License v2 (GPLv2)" => "GPL-2.0-only",
        "GNU General Public License v2 or later (GPLv2+)" => "GPL-2.0-or-later",
        "GNU General Public License v3 (GPLv3)" => "GPL-3.0-only",
        "GNU General Public License v3 or later (GPLv3+)" => "GPL-3.0-or-later",
        "GNU Lesser General Public License v2 (LGPLv2)" => "LGPL-2.0-only",
        "GNU Lesser General Public License v2 or later (LGPLv2+)" => "LGPL-2.0-or-later",
        "GNU Lesser General Public License v3 (LGPLv3)" => "LGPL-3.0-only",
        "GNU Lesser General Public License v3 or later (LGPLv3+)" => "LGPL-3.0-or-later",
        "GNU Affero General Public License v3" => "AGPL-3.0-only",
        "GNU Affero General Public License v3 or later (AGPLv3+)" => "AGPL-3.0-or-later",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::Machine;

    fn metadata() -> Metadata {
        Metadata {
            name: "a".parse().unwrap(),
            version: "1.0".parse().unwrap(),
            licence_expression: None,
            licence: None,
            classifiers: Vec::new(),
            licence_files: Vec::new(),
            requires: ["b>=1", "C_c; os_name == 'nt'", "d; extra == 'x'", "e", "!"]
                .map(str::to_owned)
                .to_vec(),
            requires_python: None,
        }
    }

    #[test]
    fn a_package_needs_what_is_in_the_lock() {
        let locked = ["b", "c-c", "d", "z"].map(|name| name.parse().unwrap()).into();
        let environment = TargetEnvironment::linux(&"3.11".parse().unwrap(), Machine::X86_64);
        let told = package(&metadata(), &Sha256::of(b""), 7, &locked, &environment);
        assert_eq!((told.requires, told.size), (vec!["b".to_owned()], 7));
        let told =
            package(&metadata(), &Sha256::of(b""), 7, &locked, &environment.with_extras(["x"]));
        assert_eq!(told.requires, ["b", "d"]);
        assert_eq!(told.hashes[0].value.len(), 64);
    }

    #[test]
    fn a_licence_is_an_expression_only_where_that_is_sure() {
        let licence_of = |expression: Option<&str>, said: Option<&str>, classifiers: &[&str]| {
            let own = |text: &str| text.to_owned();
            licence(&Metadata {
                licence_expression: expression.map(own),
                licence: said.map(own),
                classifiers: classifiers.iter().map(|c| format!("License :: {c}")).collect(),
                ..metadata()
            })
        };
        let mit = "OSI Approved :: MIT License";
        assert_eq!(licence_of(Some("MIT AND ISC"), Some("x"), &[]).unwrap(), "MIT AND ISC");
        assert_eq!(licence_of(None, Some("Apache 2.0"), &[mit]).unwrap(), "Apache-2.0");
        assert_eq!(licence_of(None, Some("MIT License\n\nCopyright"), &[]).unwrap(), "MIT");
        assert_eq!(licence_of(None, None, &["OSI Approved", mit]).unwrap(), "MIT");
        assert_eq!(licence_of(None, Some("Dual License"), &[]).unwrap(), "Dual License");
        let two = licence_of(None, None, &[mit, "OSI Approved :: BSD License"]);
        assert_eq!(two.unwrap(), "BSD License; MIT License");
        assert_eq!(licence_of(None, None, &[]), None);
    }
}
