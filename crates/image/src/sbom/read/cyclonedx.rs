//! The components of a CycloneDX document.

use serde::Deserialize;

use super::carried::{All, Told};
use super::{ReadError, few};
use crate::sbom::cyclonedx::{SIZE, SOURCE, SOURCE_VERSION};

#[derive(Deserialize)]
struct Bill {
    #[serde(default)]
    components: Vec<Component>,
    #[serde(default)]
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Component {
    #[serde(rename = "bom-ref")]
    reference: Option<String>,
    name: String,
    purl: Option<String>,
    #[serde(default)]
    hashes: Vec<Hash>,
    #[serde(default)]
    licenses: Vec<Choice>,
    #[serde(default)]
    properties: Vec<Property>,
    #[serde(default)]
    components: Vec<Component>,
}

#[derive(Deserialize)]
struct Hash {
    alg: String,
    content: String,
}

#[derive(Deserialize)]
struct Choice {
    license: Option<Box<Licence>>,
    expression: Option<String>,
}

#[derive(Deserialize)]
struct Licence {
    id: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Property {
    name: String,
    #[serde(default)]
    value: String,
}

#[derive(Deserialize)]
struct Dependency {
    #[serde(rename = "ref")]
    reference: String,
    #[serde(rename = "dependsOn", default)]
    depends_on: Vec<String>,
}

pub(super) fn read(bytes: &[u8]) -> Result<All, ReadError> {
    let bill: Bill = serde_json::from_slice(bytes)?;
    let mut components = Vec::new();
    // Components may stand within components.
    let mut open = bill.components;
    while let Some(mut one) = open.pop() {
        open.append(&mut one.components);
        components.push(told(one));
        few(components.len())?;
    }
    few(bill.dependencies.iter().map(|one| one.depends_on.len()).sum())?;
    let needs = bill.dependencies.into_iter().map(|one| (one.reference, one.depends_on));
    let needs = needs.collect();
    Ok(All { components, needs })
}

fn told(one: Component) -> Told {
    let property = |name: &str| {
        let found = one.properties.iter().find(|property| property.name == name);
        found.map(|property| property.value.clone())
    };
    Told {
        source: property(SOURCE).zip(property(SOURCE_VERSION)),
        size: property(SIZE).and_then(|size| size.parse().ok()).unwrap_or(0),
        licence: licence(one.licenses),
        hashes: one.hashes.into_iter().map(|hash| (hash.alg, hash.content)).collect(),
        // What nothing can refer to needs nothing, and is needed by nothing.
        reference: one.reference.unwrap_or_default(),
        name: one.name,
        purl: one.purl,
    }
}

// Whether several hold all at once is not told; who keeps all of them is right either way.
fn licence(choices: Vec<Choice>) -> Option<String> {
    let one = |choice: Choice| {
        let named = choice.license.and_then(|it| it.id.or(it.name));
        choice.expression.or(named).filter(|text| !text.trim().is_empty())
    };
    let all: Vec<String> = choices.into_iter().filter_map(one).collect();
    match all.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        several => {
            let within = several.iter().map(|it| match it.contains(' ') {
                true => format!("({it})"),
                false => it.clone(),
            });
            Some(within.collect::<Vec<_>>().join(" AND "))
        }
    }
}
