//! Packages of dpkg.

use std::collections::{BTreeMap, BTreeSet};

use super::Records;
use super::wanted::Record;
use crate::debian::{Paragraph, Paragraphs, Relations, licences, release_number, source_of};
use crate::{Ecosystem, Package};

pub(super) fn packages(records: &Records, packages: &mut Vec<Package>, gaps: &mut Vec<String>) {
    let mut all: Vec<Paragraph> = Vec::new();
    for (path, (record, bytes)) in records {
        if !matches!(record, Record::Dpkg | Record::DpkgPart) {
            continue;
        }
        for paragraph in Paragraphs::new(bytes.as_slice(), path.as_str()) {
            match paragraph {
                Ok(paragraph) if is_installed(&paragraph) => all.push(paragraph),
                Ok(_) => {}
                Err(error) => gaps.push(format!("a record of dpkg can't be read: {error}")),
            }
        }
    }
    if all.is_empty() {
        return;
    }
    let Some(release) = release(records) else {
        let count = all.len();
        return gaps
            .push(format!("{count} packages of dpkg are of no release of Debian that is told"));
    };
    let names: BTreeSet<&str> = all.iter().filter_map(|one| one.get("Package")).collect();
    let providers = providers(&all);
    for paragraph in &all {
        let field = |name: &str| paragraph.get(name).unwrap_or_default();
        let copyright = format!("usr/share/doc/{}/copyright", field("Package"));
        let licence = records.get(copyright.as_str());
        let licence =
            licence.and_then(|(_, bytes)| licences(&String::from_utf8_lossy(bytes)).told());
        packages.push(Package {
            ecosystem: Ecosystem::Debian(release.clone()),
            name: field("Package").to_owned(),
            version: field("Version").to_owned(),
            architecture: paragraph.get("Architecture").map(str::to_owned),
            source: Some(source_of(paragraph)),
            licence,
            hashes: Vec::new(),
            requires: requires(paragraph, &names, &providers),
            // In KiB.
            size: field("Installed-Size").parse::<u64>().unwrap_or(0).saturating_mul(1024),
        });
    }
}

/// Records of single packages have no status: they are there because the package is.
fn is_installed(paragraph: &Paragraph) -> bool {
    let named = paragraph.get("Package").is_some() && paragraph.get("Version").is_some();
    named && paragraph.get("Status").is_none_or(|status| status.ends_with(" installed"))
}

/// `12`, where it is Debian.
fn release(records: &Records) -> Option<String> {
    let told = records.values().filter(|(record, _)| *record == Record::Release);
    told.filter_map(|(_, bytes)| {
        let text = String::from_utf8_lossy(bytes);
        let of = |key: &str| {
            let found = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            found.map(|value| value.trim().trim_matches(['"', '\'']).to_owned())
        };
        let version = of("VERSION_ID").filter(|version| !version.is_empty());
        version.filter(|_| of("ID").as_deref() == Some("debian"))
    })
    .map(|version| release_number(&version).to_owned())
    .next()
}

/// Who provides what is no package.
fn providers(all: &[Paragraph]) -> BTreeMap<String, &str> {
    let mut providers = BTreeMap::new();
    for paragraph in all {
        let provided = relations(paragraph, "Provides");
        for relation in provided.iter() {
            providers
                .entry(relation.name.clone())
                .or_insert(paragraph.get("Package").unwrap_or_default());
        }
    }
    providers
}

/// The packages of the image that it depends on. That their versions do was dpkg's matter.
fn requires(
    paragraph: &Paragraph,
    names: &BTreeSet<&str>,
    providers: &BTreeMap<String, &str>,
) -> Vec<String> {
    let mut wanted = BTreeSet::new();
    for field in ["Pre-Depends", "Depends"] {
        for relation in relations(paragraph, field).iter() {
            match names.get(relation.name.as_str()) {
                Some(name) => wanted.insert((*name).to_owned()),
                None => providers
                    .get(&relation.name)
                    .is_some_and(|name| wanted.insert((*name).to_owned())),
            };
        }
    }
    wanted.remove(paragraph.get("Package").unwrap_or_default());
    wanted.into_iter().collect()
}

fn relations(paragraph: &Paragraph, field: &str) -> Relations {
    Relations::parse(paragraph.get(field).unwrap_or_default()).unwrap_or_default()
}
