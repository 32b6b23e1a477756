//! Components of a CycloneDX document.

use serde::Serialize;

use super::card::Card;
use crate::Package;
use crate::licence::{Expression, understood};
use crate::oci::Sha256;
use crate::sbom::packages::{Named, hashes};
use crate::sbom::{Model, Subject};

const ALGORITHMS: [(&str, &str); 5] = [
    ("md5", "MD5"),
    ("sha1", "SHA-1"),
    ("sha256", "SHA-256"),
    ("sha384", "SHA-384"),
    ("sha512", "SHA-512"),
];

#[derive(Default, Serialize)]
pub(super) struct Component {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "bom-ref", skip_serializing_if = "Option::is_none")]
    pub(super) reference: Option<String>,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<Hash>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    licenses: Vec<Choice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    properties: Vec<Property>,
    #[serde(rename = "modelCard", skip_serializing_if = "Option::is_none")]
    card: Option<Card>,
}

#[derive(Serialize)]
struct Hash {
    alg: &'static str,
    content: String,
}

#[derive(Serialize)]
pub(super) struct Property {
    name: &'static str,
    value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Choice {
    License(Told),
    Expression(String),
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Told {
    Id(String),
    Name(String),
}

impl Component {
    pub(super) fn tool((name, version): (&str, &str)) -> Self {
        let (name, version) = (name.to_owned(), Some(version.to_owned()));
        Self { kind: "application", name, version, ..Self::default() }
    }

    pub(super) fn image(subject: &Subject) -> Self {
        Self {
            kind: "container",
            reference: Some("image".to_owned()),
            name: subject.name.clone(),
            version: subject.version.clone(),
            hashes: subject.digest.iter().map(Hash::sha256).collect(),
            ..Self::default()
        }
    }

    pub(super) fn model(model: &Model) -> Self {
        Self {
            kind: "machine-learning-model",
            reference: Some("model".to_owned()),
            name: model.name.clone(),
            version: model.version.clone(),
            hashes: vec![Hash::sha256(&model.digest)],
            card: Some(Card::of(model)),
            ..Self::default()
        }
    }

    pub(super) fn package(named: &Named<'_>) -> Self {
        let package = named.package;
        Self {
            kind: "library",
            reference: Some(named.reference.clone()),
            name: package.name.clone(),
            version: Some(package.version.clone()),
            hashes: hashes(package, &ALGORITHMS)
                .map(|(alg, content)| Hash { alg, content: content.to_owned() })
                .collect(),
            licenses: package.licence.as_deref().map(Choice::of).into_iter().collect(),
            purl: Some(named.purl.clone()),
            properties: properties(package),
            card: None,
        }
    }
}

impl Hash {
    fn sha256(digest: &Sha256) -> Self {
        Self { alg: "SHA-256", content: digest.hex() }
    }
}

impl Choice {
    // What SPDX doesn't list may be no expression to a strict reader, and is a name.
    fn of(said: &str) -> Self {
        match understood(said) {
            Some(Expression::One(one))
                if one.is_listed() && !one.or_later && one.exception.is_none() =>
            {
                Self::License(Told::Id(one.id))
            }
            Some(expression) => Self::Expression(expression.to_string()),
            None => Self::License(Told::Name(said.to_owned())),
        }
    }
}

/// Of what a package is told beside what every document tells.
pub(in crate::sbom) const SIZE: &str = "tollgate:size";
pub(in crate::sbom) const SOURCE: &str = "tollgate:source:name";
pub(in crate::sbom) const SOURCE_VERSION: &str = "tollgate:source:version";

fn properties(package: &Package) -> Vec<Property> {
    let mut all = vec![Property { name: SIZE, value: package.size.to_string() }];
    if let Some((name, version)) = &package.source {
        all.push(Property { name: SOURCE, value: name.clone() });
        all.push(Property { name: SOURCE_VERSION, value: version.clone() });
    }
    all
}
