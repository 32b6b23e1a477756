//! Which files are records of packages.

use crate::path::ImagePath;
use crate::tree::Tree;

/// What a file tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// Which distribution it is.
    Release,
    /// All packages of dpkg.
    Dpkg,
    /// One of them, as images without dpkg have it.
    DpkgPart,
    /// The licences of one of them.
    Copyright,
    /// A Python package.
    Metadata,
}

pub(super) fn wanted(path: &ImagePath) -> Option<Record> {
    let path = path.as_str();
    let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
    Some(match (above, name) {
        ("etc" | "usr/lib", "os-release") => Record::Release,
        ("var/lib/dpkg", "status") => Record::Dpkg,
        ("var/lib/dpkg/status.d", name) if !name.ends_with(".md5sums") => Record::DpkgPart,
        (above, "copyright") if above.starts_with("usr/share/doc/") => Record::Copyright,
        (above, "METADATA") if above.ends_with(".dist-info") => Record::Metadata,
        (above, "PKG-INFO") if above.ends_with(".egg-info") => Record::Metadata,
        (_, name) if name.ends_with(".egg-info") => Record::Metadata,
        _ => return None,
    })
}

/// Records that are not read here.
pub(super) fn foreign(tree: &Tree) -> Vec<String> {
    let there = |path: &str| path.parse().is_ok_and(|path: ImagePath| tree.get(&path).is_some());
    let known = [
        ("lib/apk/db/installed", "Alpine's packages"),
        ("usr/lib/apk/db/installed", "Alpine's packages"),
        ("var/lib/rpm", "packages of RPM"),
        ("usr/lib/sysimage/rpm", "packages of RPM"),
        ("var/lib/pacman/local", "Arch's packages"),
    ];
    let mut found: Vec<String> = known
        .iter()
        .filter(|(path, _)| there(path))
        .map(|(path, what)| format!("{what} are not read (/{path})"))
        .collect();
    found.dedup();
    found
}
