//! What is carried over into an inventory, whoever told it.

use std::collections::{BTreeMap, BTreeSet};

use super::{LeftOut, Received};
use crate::python::PackageName;
use crate::sbom::packages::LENGTHS;
use crate::sbom::purl::Purl;
use crate::version::{DebianVersion, PythonVersion};
use crate::{Ecosystem, Inventory, Package, PackageHash};

/// Names stand once for each package that needs theirs, so they can't be of any length.
const LONGEST: usize = 512;

/// A component as either form tells it.
pub(super) struct Told {
    pub(super) reference: String,
    pub(super) name: String,
    pub(super) purl: Option<String>,
    pub(super) licence: Option<String>,
    pub(super) hashes: Vec<(String, String)>,
    pub(super) source: Option<(String, String)>,
    pub(super) size: u64,
}

/// All components, and who needs whom by their references. A reference may be long and stand for
/// many, so it is not repeated.
pub(super) struct All {
    pub(super) components: Vec<Told>,
    pub(super) needs: Vec<(String, Vec<String>)>,
}

pub(super) fn carry(all: All) -> Received {
    let (mut packages, mut left_out): (Vec<(String, Package)>, BTreeSet<LeftOut>) =
        Default::default();
    for told in all.components {
        let name = short(told.purl.as_deref().unwrap_or(&told.name));
        match package(&told) {
            Ok(package) => packages.push((told.reference, package)),
            Err(why) => {
                left_out.insert(LeftOut { name, why });
            }
        }
    }
    connect(&mut packages, &all.needs);
    let inventory = Inventory::of(packages.into_iter().map(|(_, package)| package).collect());
    Received { inventory, left_out: left_out.into_iter().collect() }
}

fn package(told: &Told) -> Result<Package, String> {
    let written = told.purl.as_deref().ok_or("it has no package URL")?;
    if written.len() > LONGEST {
        return Err("its package URL is far too long".to_owned());
    }
    let purl = Purl::of(written).ok_or("its package URL can't be read")?;
    let version = purl.version.clone().ok_or("its package URL has no version")?;
    let (ecosystem, name) = whose(&purl)?;
    let readable = match ecosystem {
        Ecosystem::PyPi => version.parse::<PythonVersion>().is_ok(),
        Ecosystem::Debian(_) => version.parse::<DebianVersion>().is_ok(),
    };
    if !readable {
        return Err("its version is none of its ecosystem".to_owned());
    }
    let debian = matches!(ecosystem, Ecosystem::Debian(_));
    let architecture = debian.then(|| purl.qualifier("arch").unwrap_or("all").to_owned());
    let upstream = || upstream(&purl, &version);
    Ok(Package {
        architecture,
        source: debian.then(|| told.source.clone().or_else(upstream)).flatten(),
        licence: told.licence.clone(),
        hashes: told.hashes.iter().filter_map(hash).collect(),
        requires: Vec::new(),
        size: told.size,
        ecosystem,
        name,
        version,
    })
}

fn whose(purl: &Purl) -> Result<(Ecosystem, String), String> {
    match (purl.kind.as_str(), purl.namespace.as_deref()) {
        ("pypi", None) => {
            let name: PackageName =
                purl.name.parse().map_err(|_| "its name is none of Python's")?;
            Ok((Ecosystem::PyPi, name.to_string()))
        }
        ("deb", Some("debian")) => {
            let release = purl.qualifier("distro").and_then(release);
            let release = release.ok_or("which release of Debian it is of is not told")?;
            Ok((Ecosystem::Debian(release), purl.name.to_ascii_lowercase()))
        }
        ("deb", _) => Err("it is of a distribution that is not Debian".to_owned()),
        (kind, _) => Err(format!("packages of the type `{}` are not known here", short(kind))),
    }
}

// `debian-12`, `debian-12.5` and `bookworm` are all written.
fn release(distro: &str) -> Option<String> {
    const NAMES: [(&str, &str); 5] = [
        ("buster", "10"),
        ("bullseye", "11"),
        ("bookworm", "12"),
        ("trixie", "13"),
        ("forky", "14"),
    ];
    let name = distro.strip_prefix("debian-").unwrap_or(distro);
    let number = name.split('.').next().filter(|it| it.len() < 4 && it.parse::<u16>().is_ok());
    let named = || NAMES.iter().find(|(known, _)| *known == name).map(|(_, number)| *number);
    number.or_else(named).map(str::to_owned)
}

// Others write `upstream=glibc@2.36-9`, and leave the version away where it is the same.
fn upstream(purl: &Purl, version: &str) -> Option<(String, String)> {
    let written = purl.qualifier("upstream")?;
    let (name, own) = written.split_once('@').unwrap_or((written, version));
    Some((name.to_owned(), own.to_owned()))
}

// `SHA-256` and `SHA256` are `sha256`.
fn hash((algorithm, value): &(String, String)) -> Option<PackageHash> {
    let algorithm = algorithm.to_ascii_lowercase().replacen('-', "", 1);
    let length = LENGTHS.iter().find(|(known, _)| *known == algorithm)?.1;
    let value = value.to_ascii_lowercase();
    let hex = value.len() == length && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex.then_some(PackageHash { algorithm, value })
}

fn connect(packages: &mut [(String, Package)], needs: &[(String, Vec<String>)]) {
    let known: BTreeMap<String, (Ecosystem, String)> = packages
        .iter()
        .map(|(reference, package)| {
            (reference.clone(), (package.ecosystem.clone(), package.name.clone()))
        })
        .collect();
    let mut wanted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let pairs = needs.iter().flat_map(|(from, all)| all.iter().map(move |to| (from, to)));
    for (from, to) in pairs {
        if let (Some((ours, name)), Some((theirs, needed))) = (known.get(from), known.get(to))
            && ours == theirs
            && name != needed
        {
            wanted.entry(from).or_default().insert(needed);
        }
    }
    for (reference, package) in packages {
        let names = wanted.get(reference.as_str()).into_iter().flatten();
        package.requires = names.map(|name| (*name).to_owned()).collect();
    }
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
