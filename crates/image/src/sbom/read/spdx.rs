//! The packages of an SPDX document.

use serde::Deserialize;

use super::carried::{All, Told};
use super::{ReadError, few};
use crate::sbom::spdx::{BUILT, SAID};

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    packages: Vec<Entry>,
    #[serde(default)]
    relationships: Vec<Relationship>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(rename = "SPDXID")]
    id: String,
    #[serde(default)]
    name: String,
    license_concluded: Option<String>,
    license_declared: Option<String>,
    license_comments: Option<String>,
    source_info: Option<String>,
    #[serde(default)]
    checksums: Vec<Checksum>,
    #[serde(default)]
    external_refs: Vec<Reference>,
    primary_package_purpose: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Checksum {
    algorithm: String,
    checksum_value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    reference_type: String,
    reference_locator: String,
}

#[derive(Deserialize)]
struct Relationship {
    #[serde(rename = "spdxElementId")]
    from: String,
    #[serde(rename = "relationshipType")]
    kind: String,
    #[serde(rename = "relatedSpdxElement")]
    to: String,
}

pub(super) fn read(bytes: &[u8]) -> Result<All, ReadError> {
    let document: Document = serde_json::from_slice(bytes)?;
    few(document.packages.len())?;
    few(document.relationships.len())?;
    let needs = document.relationships.into_iter().filter_map(|one| match one.kind.as_str() {
        "DEPENDS_ON" => Some((one.from, vec![one.to])),
        "DEPENDENCY_OF" => Some((one.to, vec![one.from])),
        _ => None,
    });
    // The image itself is a package too, and none that could be looked up.
    let whole = |one: &Entry| one.primary_package_purpose.as_deref() == Some("CONTAINER");
    let components = document.packages.into_iter().filter(|one| !whole(one)).map(told);
    Ok(All { components: components.collect(), needs: needs.collect() })
}

fn told(one: Entry) -> Told {
    let purl = one.external_refs.into_iter().find(|it| it.reference_type == "purl");
    let known = |said: &String| !["NOASSERTION", "NONE", ""].contains(&said.trim());
    let licence = one.license_concluded.filter(known).or(one.license_declared.filter(known));
    // A policy may name a licence in the package's own words.
    let said = one.license_comments.and_then(|it| it.strip_prefix(SAID).map(str::to_owned));
    let source = one.source_info.and_then(|info| {
        let (name, version) = info.strip_prefix(BUILT)?.split_once(' ')?;
        Some((name.to_owned(), version.to_owned()))
    });
    Told {
        reference: one.id,
        name: one.name,
        purl: purl.map(|it| it.reference_locator),
        licence: licence.or(said),
        hashes: one.checksums.into_iter().map(|it| (it.algorithm, it.checksum_value)).collect(),
        source,
        size: 0,
    }
}
