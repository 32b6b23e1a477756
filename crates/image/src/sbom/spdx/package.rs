//! Packages of an SPDX document.

use serde::Serialize;

use super::{IMAGE, MODEL};
use crate::licence::{Licence, understood};
use crate::oci::Sha256;
use crate::sbom::packages::{Named, hashes};
use crate::sbom::{Model, Subject};

const NONE: &str = "NOASSERTION";

const ALGORITHMS: [(&str, &str); 5] = [
    ("md5", "MD5"),
    ("sha1", "SHA1"),
    ("sha256", "SHA256"),
    ("sha384", "SHA384"),
    ("sha512", "SHA512"),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    name: String,
    #[serde(rename = "SPDXID")]
    id: String,
    #[serde(rename = "versionInfo", skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    download_location: &'static str,
    files_analyzed: bool,
    primary_package_purpose: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checksums: Vec<Checksum>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_info: Option<String>,
    license_concluded: &'static str,
    license_declared: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    license_comments: Option<String>,
    copyright_text: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    external_refs: Vec<Reference>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Checksum {
    algorithm: &'static str,
    checksum_value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    reference_category: &'static str,
    reference_type: &'static str,
    reference_locator: String,
}

impl Entry {
    fn of(id: &str, name: &str, purpose: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            id: id.to_owned(),
            version: None,
            download_location: NONE,
            files_analyzed: false,
            primary_package_purpose: purpose,
            checksums: Vec::new(),
            source_info: None,
            license_concluded: NONE,
            license_declared: NONE.to_owned(),
            license_comments: None,
            copyright_text: NONE,
            external_refs: Vec::new(),
        }
    }

    pub(super) fn image(subject: &Subject) -> Self {
        Self {
            version: subject.version.clone(),
            checksums: subject.digest.iter().map(Checksum::sha256).collect(),
            ..Self::of(IMAGE, &subject.name, "CONTAINER")
        }
    }

    pub(super) fn model(model: &Model) -> Self {
        Self {
            version: model.version.clone(),
            checksums: vec![Checksum::sha256(&model.digest)],
            ..Self::of(MODEL, &model.name, "FILE")
        }
    }

    pub(super) fn package(id: String, named: &Named<'_>) -> Self {
        let package = named.package;
        let said = package.licence.as_deref();
        // A reference would need its text, which isn't here, and SPDX' own tools refuse a `+`.
        let plain = |one: &Licence| one.is_listed() && !one.or_later;
        let declared = said.and_then(understood).filter(|it| it.licences().into_iter().all(plain));
        let comment = |said| format!("{SAID}{said}");
        let checksum = |(algorithm, value): (_, &str)| Checksum {
            algorithm,
            checksum_value: value.to_ascii_lowercase(),
        };
        Self {
            version: Some(package.version.clone()),
            checksums: hashes(package, &ALGORITHMS).map(checksum).collect(),
            source_info: package
                .source
                .as_ref()
                .map(|(name, version)| format!("{BUILT}{name} {version}")),
            license_comments: said.filter(|_| declared.is_none()).map(comment),
            license_declared: declared.map_or_else(|| NONE.to_owned(), |it| it.to_string()),
            external_refs: vec![Reference {
                reference_category: "PACKAGE-MANAGER",
                reference_type: "purl",
                reference_locator: named.purl.clone(),
            }],
            ..Self::of(&id, &package.name, "LIBRARY")
        }
    }
}

/// Before a package's own words on its licence, where they are no expression of SPDX.
pub(in crate::sbom) const SAID: &str = "The package says: ";

/// Before the name and the version of the package from whose source another was built.
pub(in crate::sbom) const BUILT: &str = "built from the source package ";

impl Checksum {
    fn sha256(digest: &Sha256) -> Self {
        Self { algorithm: "SHA256", checksum_value: digest.hex() }
    }
}
