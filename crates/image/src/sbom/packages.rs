//! The packages of an inventory with names of their own in a document, and who needs whom.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Ecosystem, Inventory, Package};

/// A package with its reference: its package URL, and a number where several have the same.
pub(super) struct Named<'a> {
    pub(super) package: &'a Package,
    pub(super) purl: String,
    pub(super) reference: String,
}

pub(super) fn named(inventory: &Inventory) -> Vec<Named<'_>> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let name = |package| {
        let purl = Package::purl(package);
        let times = seen.entry(purl.clone()).and_modify(|times| *times += 1).or_insert(1);
        let reference = if *times == 1 { purl.clone() } else { format!("{purl}#{times}") };
        Named { package, purl, reference }
    };
    inventory.packages.iter().map(name).collect()
}

/// For each package the places (in `packages`) of those that it needs.
pub(super) fn needs(packages: &[Named<'_>]) -> Vec<BTreeSet<usize>> {
    let mut places: BTreeMap<(&Ecosystem, &str), Vec<usize>> = BTreeMap::new();
    for (at, one) in packages.iter().enumerate() {
        places.entry((&one.package.ecosystem, &one.package.name)).or_default().push(at);
    }
    let of = |(at, one): (usize, &Named<'_>)| {
        let Package { ecosystem, requires, .. } = one.package;
        let all = requires.iter().flat_map(|name| places.get(&(ecosystem, name.as_str())));
        all.flatten().copied().filter(|other| *other != at).collect()
    };
    packages.iter().enumerate().map(of).collect()
}

/// The digests of a package that have the length which their algorithm gives, with `names` of both
/// forms' algorithms: ours, and the document's.
pub(super) fn hashes<'a>(
    package: &'a Package,
    names: &'a [(&str, &'static str)],
) -> impl Iterator<Item = (&'static str, &'a str)> {
    package.hashes.iter().filter_map(|hash| {
        let (_, name) = names.iter().find(|(ours, _)| *ours == hash.algorithm)?;
        let length = LENGTHS.iter().find(|(ours, _)| *ours == hash.algorithm)?.1;
        let hex = hash.value.len() == length && hash.value.bytes().all(|b| b.is_ascii_hexdigit());
        hex.then_some((*name, hash.value.as_str()))
    })
}

pub(super) const LENGTHS: [(&str, usize); 5] =
    [("md5", 32), ("sha1", 40), ("sha256", 64), ("sha384", 96), ("sha512", 128)];
