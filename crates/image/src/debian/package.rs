//! A Debian package as scans, licences and SBOMs see it.

use super::{Control, Licences, Paragraph, Relation, Relations};
use crate::oci::Sha256;
use crate::version::DebianVersion;
use crate::{Ecosystem, Package, PackageHash};

/// The release whose advisories hold: of `12.15` it is `12`.
#[must_use]
pub fn release_number(version: &str) -> &str {
    version.split('.').next().unwrap_or(version)
}

/// A package of `release` (`12`) that is in an image together with `others`, and takes `size` bytes
/// there.
#[must_use]
pub fn package(
    control: &Control,
    release: &str,
    licences: &Licences,
    sha256: Sha256,
    size: u64,
    others: &[&Control],
) -> Package {
    let field = |name: &str| control.fields.get(name).unwrap_or_default().to_owned();
    let hash = PackageHash { algorithm: "sha256".to_owned(), value: sha256.hex() };
    Package {
        ecosystem: Ecosystem::Debian(release.to_owned()),
        name: field("Package"),
        version: field("Version"),
        architecture: Some(field("Architecture")),
        source: Some(source(control)),
        licence: licences.told(),
        hashes: vec![hash],
        requires: requires(control, others),
        size,
    }
}

// `Source: glibc (2.36-9)`; without a version it is the package's, without the field its name too.
fn source(control: &Control) -> (String, String) {
    source_of(&control.fields)
}

pub(crate) fn source_of(fields: &Paragraph) -> (String, String) {
    let field = |name: &str| fields.get(name).unwrap_or_default();
    let written = Some(field("Source")).filter(|text| !text.is_empty());
    let written = written.unwrap_or(field("Package"));
    let (name, version) = written.split_once('(').unwrap_or((written, field("Version")));
    (name.trim().to_owned(), version.trim_end_matches(')').trim().to_owned())
}

// Who of the others fulfils what it depends on.
fn requires(control: &Control, others: &[&Control]) -> Vec<String> {
    let fields = ["Pre-Depends", "Depends"].map(|name| relations(control, name));
    let named = |other: &Control| other.fields.get("Package").unwrap_or_default().to_owned();
    let own = named(control);
    let wanted = || fields.iter().flat_map(Relations::iter);
    let needed = others.iter().filter(|other| wanted().any(|wanted| fulfils(other, wanted)));
    let mut names: Vec<_> = needed.map(|other| named(other)).filter(|name| *name != own).collect();
    names.sort();
    names.dedup();
    names
}

fn relations(control: &Control, name: &str) -> Relations {
    Relations::parse(control.fields.get(name).unwrap_or_default()).unwrap_or_default()
}

fn fulfils(other: &Control, wanted: &Relation) -> bool {
    let version = other.fields.get("Version").and_then(|text| text.parse::<DebianVersion>().ok());
    let named = other.fields.get("Package") == Some(&wanted.name);
    let provided = || {
        let provides = relations(other, "Provides");
        provides.iter().any(|p| p.name == wanted.name && wanted.accepts_provided(p))
    };
    named && version.is_some_and(|version| wanted.accepts(&version)) || provided()
}

#[cfg(test)]
mod tests {
    use super::super::Paragraphs;
    use super::*;

    fn control(text: &str) -> Control {
        let fields = Paragraphs::new(text.as_bytes(), "control").next().unwrap().unwrap();
        Control { fields, ..Control::default() }
    }

    #[test]
    fn a_package_is_told_with_its_source_and_what_it_requires() {
        let libc = control(
            "Package: libc6\nVersion: 2.36-9+b1\nArchitecture: amd64\nSource: glibc (2.36-9)\n",
        );
        let mta = control("Package: exim\nVersion: 1\nArchitecture: all\nProvides: mta\n");
        let app = control(
            "Package: app\nVersion: 1\nArchitecture: all\n\
             Depends: libc6 (>= 2.34), mta | postfix, gone, app\n",
        );
        let all = [&app, &mta, &libc];
        let licences = Licences { expression: Some("MIT".to_owned()), names: Vec::new() };
        let told = package(&app, release_number("12.15"), &licences, Sha256::of(b""), 7, &all);
        assert_eq!(told.requires, ["exim", "libc6"]);
        assert_eq!(told.source, Some(("app".to_owned(), "1".to_owned())));
        assert_eq!(told.purl(), "pkg:deb/debian/app@1?arch=all&distro=debian-12");
        assert_eq!((told.licence.as_deref(), told.size), (Some("MIT"), 7));
        assert_eq!(source(&libc), ("glibc".to_owned(), "2.36-9".to_owned()));
    }
}
