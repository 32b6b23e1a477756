//! CycloneDX. Source: the CycloneDX 1.6 JSON schema.

mod card;
mod component;

use serde::Serialize;

use self::component::Component;
pub(super) use self::component::{SIZE, SOURCE, SOURCE_VERSION};
use super::about::{TOOL, uuid};
use super::packages::{Named, named, needs};
use super::{Model, Subject};
use crate::Inventory;

/// The packages of an image, and the model that it serves, as a CycloneDX 1.6 document.
#[must_use]
pub fn cyclonedx(inventory: &Inventory, subject: &Subject, model: Option<&Model>) -> String {
    let packages = named(inventory);
    let image = Component::image(subject);
    let model = model.map(Component::model);
    let dependencies = dependencies(&image, &packages, model.as_ref());
    let components = packages.iter().map(Component::package).chain(model).collect();
    let tool = Component::tool(TOOL);
    let mut bill = Bill {
        schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        form: "CycloneDX",
        spec_version: "1.6",
        serial_number: None,
        version: 1,
        metadata: Metadata {
            timestamp: subject.time(),
            tools: Tools { components: vec![tool] },
            component: image,
        },
        components,
        dependencies,
    };
    bill.serial_number = Some(format!("urn:uuid:{}", uuid(json(&bill).as_bytes())));
    json(&bill)
}

// An image holds each of its packages, whichever of them are there for another's sake.
fn dependencies(
    image: &Component,
    packages: &[Named<'_>],
    model: Option<&Component>,
) -> Vec<Dependency> {
    let model = model.and_then(|model| model.reference.clone());
    let references = packages.iter().map(|one| one.reference.clone());
    let root = Dependency {
        reference: image.reference.clone().unwrap_or_default(),
        depends_on: references.chain(model.clone()).collect(),
    };
    let of = |(one, needs): (&Named<'_>, std::collections::BTreeSet<usize>)| Dependency {
        reference: one.reference.clone(),
        depends_on: needs.iter().map(|at| packages[*at].reference.clone()).collect(),
    };
    let inner = packages.iter().zip(needs(packages)).map(of);
    let alone = model.map(|reference| Dependency { reference, depends_on: Vec::new() });
    std::iter::once(root).chain(inner).chain(alone).collect()
}

// A document is made of texts, numbers and lists, none of which JSON refuses.
fn json(bill: &Bill) -> String {
    serde_json::to_string_pretty(bill).map(|text| text + "\n").unwrap_or_default()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bill {
    #[serde(rename = "$schema")]
    schema: &'static str,
    #[serde(rename = "bomFormat")]
    form: &'static str,
    spec_version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial_number: Option<String>,
    version: u32,
    metadata: Metadata,
    components: Vec<Component>,
    dependencies: Vec<Dependency>,
}

#[derive(Serialize)]
struct Metadata {
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    tools: Tools,
    component: Component,
}

#[derive(Serialize)]
struct Tools {
    components: Vec<Component>,
}

#[derive(Serialize)]
struct Dependency {
    #[serde(rename = "ref")]
    reference: String,
    #[serde(rename = "dependsOn", skip_serializing_if = "Vec::is_empty")]
    depends_on: Vec<String>,
}
