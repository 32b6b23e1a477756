//! SPDX. Source: the SPDX specification 2.3 and its JSON schema.

mod package;

use serde::Serialize;

use self::package::Entry;
pub(super) use self::package::{BUILT, SAID};
use super::about::{TOOL, uuid};
use super::packages::{Named, named, needs};
use super::{Model, Subject};
use crate::Inventory;

/// The packages of an image, and the model that it serves, as an SPDX 2.3 document. SPDX asks for a
/// time: where none is handed in it is the beginning of 1970.
#[must_use]
pub fn spdx(inventory: &Inventory, subject: &Subject, model: Option<&Model>) -> String {
    let packages = named(inventory);
    let image = std::iter::once(Entry::image(subject));
    let entries = packages.iter().enumerate().map(|(at, one)| Entry::package(id(at), one));
    let mut document = Document {
        version: "SPDX-2.3",
        data_license: "CC0-1.0",
        id: DOCUMENT,
        name: subject.name.clone(),
        namespace: String::new(),
        creation: Creation {
            created: subject.time().unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned()),
            creators: [format!("Tool: {}-{}", TOOL.0, TOOL.1)],
        },
        packages: image.chain(entries).chain(model.map(Entry::model)).collect(),
        relationships: relationships(&packages, model.is_some()),
    };
    let content = uuid(json(&document).as_bytes());
    document.namespace = format!("https://spdx.org/spdxdocs/tollgate-{content}");
    json(&document)
}

const DOCUMENT: &str = "SPDXRef-DOCUMENT";
const IMAGE: &str = "SPDXRef-Image";
const MODEL: &str = "SPDXRef-Model";

fn id(at: usize) -> String {
    format!("SPDXRef-Package-{}", at + 1)
}

fn relationships(packages: &[Named<'_>], model: bool) -> Vec<Relationship> {
    let mut all = vec![Relationship::of(DOCUMENT, "DESCRIBES", IMAGE)];
    let within = (0..packages.len()).map(id).chain(model.then(|| MODEL.to_owned()));
    all.extend(within.map(|part| Relationship::of(IMAGE, "CONTAINS", &part)));
    for (at, needed) in needs(packages).into_iter().enumerate() {
        all.extend(needed.into_iter().map(|to| Relationship::of(&id(at), "DEPENDS_ON", &id(to))));
    }
    all
}

// A document is made of texts, numbers and lists, none of which JSON refuses.
fn json(document: &Document) -> String {
    serde_json::to_string_pretty(document).map(|text| text + "\n").unwrap_or_default()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(rename = "spdxVersion")]
    version: &'static str,
    data_license: &'static str,
    #[serde(rename = "SPDXID")]
    id: &'static str,
    name: String,
    #[serde(rename = "documentNamespace")]
    namespace: String,
    #[serde(rename = "creationInfo")]
    creation: Creation,
    packages: Vec<Entry>,
    relationships: Vec<Relationship>,
}

#[derive(Serialize)]
struct Creation {
    created: String,
    creators: [String; 1],
}

#[derive(Serialize)]
struct Relationship {
    #[serde(rename = "spdxElementId")]
    from: String,
    #[serde(rename = "relationshipType")]
    kind: &'static str,
    #[serde(rename = "relatedSpdxElement")]
    to: String,
}

impl Relationship {
    fn of(from: &str, kind: &'static str, to: &str) -> Self {
        Self { from: from.to_owned(), kind, to: to.to_owned() }
    }
}
