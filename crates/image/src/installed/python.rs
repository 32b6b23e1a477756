//! Python packages, by the metadata that installers leave.

use std::collections::BTreeSet;

use super::Records;
use super::wanted::Record;
use crate::python::wheel::Metadata;
use crate::python::{PackageName, Requirement, licence};
use crate::{Ecosystem, Package};

pub(super) fn packages(records: &Records, packages: &mut Vec<Package>, gaps: &mut Vec<String>) {
    let mut all: Vec<Metadata> = Vec::new();
    for (path, (record, bytes)) in records {
        if *record != Record::Metadata {
            continue;
        }
        match Metadata::read(&String::from_utf8_lossy(bytes)) {
            Ok(metadata) => all.push(metadata),
            Err(why) => gaps.push(format!("a Python package can't be told: /{path} {why}")),
        }
    }
    let names: BTreeSet<PackageName> = all.iter().map(|metadata| metadata.name.clone()).collect();
    packages.extend(all.iter().map(|metadata| Package {
        ecosystem: Ecosystem::PyPi,
        name: metadata.name.to_string(),
        version: metadata.version.to_string(),
        architecture: None,
        source: None,
        licence: licence(metadata),
        hashes: Vec::new(),
        requires: requires(metadata, &names),
        size: 0,
    }));
}

/// Whatever its markers say: what is there and named is most likely there for it.
fn requires(metadata: &Metadata, names: &BTreeSet<PackageName>) -> Vec<String> {
    let wanted = metadata.requires.iter().filter_map(|text| text.parse::<Requirement>().ok());
    let wanted: BTreeSet<PackageName> = wanted.map(|requirement| requirement.name).collect();
    let others = wanted.into_iter().filter(|name| *name != metadata.name && names.contains(name));
    others.map(|name| name.to_string()).collect()
}
