//! What scripts of packages would have done and a service needs, each with a sentence that says so.
//!
//! Not made: `ld.so.cache`, as Debian's loader knows the directories of its libraries without it
//! (`/usr/local/lib` alone would need it); hashed links in `/etc/ssl/certs`, as OpenSSL finds all
//! certificates in one file; bytecode of Python, which is a layer's matter.

use super::layout::{MERGED, MOVED};
use super::merge::Tree;
use super::{RootfsError, UnpackedDeb};
use crate::debian::{Licences, licences};
use crate::path::ImagePath;
use crate::{Content, Entry, EntryKind};

/// The user that services run as; the number that other images without a shell have, too.
const NONROOT: u32 = 65532;
const PASSWD: &str = concat!(
    "root:x:0:0:root:/root:/sbin/nologin\n",
    "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n",
    "nonroot:x:65532:65532:nonroot:/home",
    "/nonroot:/sbin/nologin\n",
);
const GROUP: &str = "root:x:0:\nnogroup:x:65534:\ntty:x:5:\nstaff:x:50:\nnonroot:x:65532:\n";
const NSSWITCH: &str = "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n\
    services: files\nprotocols: files\n";

const CERTIFICATES: &str = "etc/ssl/certs/ca-certificates.crt";

pub(super) fn make<'p>(
    tree: &mut Tree<'p>,
    packages: &[&'p UnpackedDeb],
    release: &str,
) -> Result<Vec<String>, RootfsError> {
    let mut made = Vec::new();
    directories(tree, &mut made);
    accounts(tree, &mut made);
    certificates(tree, &mut made)?;
    python(tree, &mut made);
    os_release(tree, release, &mut made);
    records(tree, packages, &mut made)?;
    Ok(made)
}

/// The licences that a package's copyright file tells. Packages of one source may share it: their
/// directory of documentation is then a link to another's.
pub(super) fn licences_of(
    package: &UnpackedDeb,
    packages: &[&UnpackedDeb],
) -> Result<Licences, RootfsError> {
    let named = |at: &str| package.contents.entries.iter().find(|e| e.path.as_str() == at);
    let directory = format!("usr/share/doc/{}", package.name());
    let shared = match named(&directory).map(|entry| &entry.kind) {
        Some(EntryKind::Symlink(other)) => packages.iter().find(|p| p.name() == other),
        _ => None,
    };
    let owner = shared.copied().unwrap_or(package);
    let path = format!("usr/share/doc/{}/copyright", owner.name());
    let file = owner.contents.entries.iter().find(|entry| entry.path.as_str() == path);
    let Some(EntryKind::File(content)) = file.map(|entry| &entry.kind) else {
        return Ok(Licences::default());
    };
    Ok(licences(&String::from_utf8_lossy(&owner.bytes(content)?)))
}

#[expect(clippy::expect_used, reason = "constants of this file, and names that were judged before")]
fn path(text: &str) -> ImagePath {
    text.parse().expect("a path within an image")
}

fn directories(tree: &mut Tree, made: &mut Vec<String>) {
    for name in MERGED {
        let merged = format!("usr/{name}");
        let used = tree.below(&format!("{merged}/")).next().is_some();
        if used || ["bin", "sbin", "lib"].contains(&name) {
            tree.make(Entry::directory(path(&merged)));
            tree.make(Entry::symlink(path(name), &merged));
            made.push(format!("/{name} is a link to /{merged}"));
        }
    }
    for (old, new) in MOVED {
        tree.make(Entry::directory(path(new)));
        tree.make(Entry::symlink(path(old), &format!("/{new}")));
        made.push(format!("/{old} is a link to /{new}"));
    }
    for name in ["dev", "proc", "sys", "etc", "home", "var/lib"] {
        tree.make(Entry::directory(path(name)));
    }
    for (name, mode, owner) in [
        ("tmp", 0o1777, 0),
        ("var/tmp", 0o1777, 0),
        ("root", 0o700, 0),
        ("home/nonroot", 0o700, NONROOT),
    ] {
        let entry = Entry { mode, uid: owner, gid: owner, ..Entry::directory(path(name)) };
        tree.make(entry);
    }
}

fn file(tree: &mut Tree, name: &str, bytes: Vec<u8>, why: &str, made: &mut Vec<String>) {
    if tree.make(Entry::file(path(name), Content::Bytes(bytes), false)) {
        made.push(format!("/{name} {why}"));
    }
}

fn accounts(tree: &mut Tree, made: &mut Vec<String>) {
    file(tree, "etc/passwd", PASSWD.into(), "knows root, nobody and nonroot (65532)", made);
    file(tree, "etc/group", GROUP.into(), "knows their groups", made);
    file(tree, "etc/nsswitch.conf", NSSWITCH.into(), "asks files, and the DNS for hosts", made);
}

// What `update-ca-certificates` does, which the package's script calls.
fn certificates(tree: &mut Tree, made: &mut Vec<String>) -> Result<(), RootfsError> {
    let mut bundle = Vec::new();
    let mut count = 0;
    for (entry, owner) in tree.below("usr/share/ca-certificates/") {
        let (EntryKind::File(content), Some(owner)) = (&entry.kind, owner) else { continue };
        if entry.path.as_str().ends_with(".crt") {
            bundle.extend(owner.bytes(content)?);
            if bundle.last() != Some(&b'\n') {
                bundle.push(b'\n');
            }
            count += 1;
        }
    }
    if count > 0 {
        file(tree, CERTIFICATES, bundle, &format!("holds {count} certificates"), made);
        let link = Entry::symlink(path("usr/lib/ssl/cert.pem"), &format!("/{CERTIFICATES}"));
        if tree.make(link) {
            made.push("/usr/lib/ssl/cert.pem, where OpenSSL looks, leads to them".to_owned());
        }
    }
    Ok(())
}

// `python3` of the highest version that is there, where no package brings the link.
fn python(tree: &mut Tree, made: &mut Vec<String>) {
    let minor = |entry: &Entry| {
        let name = entry.path.as_str().strip_prefix("usr/bin/python3.")?;
        name.parse::<u32>().ok()
    };
    let highest = tree.below("usr/bin/").filter_map(|(entry, _)| minor(entry)).max();
    let Some(highest) = highest else { return };
    let links =
        [("usr/bin/python3", format!("python3.{highest}")), ("usr/bin/python", "python3".into())];
    for (name, target) in links {
        if tree.make(Entry::symlink(path(name), &target)) {
            made.push(format!("/{name} is a link to {target}"));
        }
    }
}

// Without it no scanner knows whose packages these are.
fn os_release(tree: &mut Tree, release: &str, made: &mut Vec<String>) {
    if tree.get("etc/os-release").is_none() && tree.get("usr/lib/os-release").is_none() {
        let text = format!(
            "ID=debian\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"{release}\"\n\
             PRETTY_NAME=\"Debian GNU/Linux {release}\"\n"
        );
        file(tree, "usr/lib/os-release", text.into(), "names the release", made);
    }
    if tree.make(Entry::symlink(path("etc/os-release"), "../usr/lib/os-release")) {
        made.push("/etc/os-release is a link to ../usr/lib/os-release".to_owned());
    }
}

// One record for each package, where scanners look in images without `dpkg`.
fn records(
    tree: &mut Tree,
    packages: &[&UnpackedDeb],
    made: &mut Vec<String>,
) -> Result<(), RootfsError> {
    for package in packages {
        let name = format!("var/lib/dpkg/status.d/{}", package.name());
        let moved = |why: String| RootfsError::Moved { path: path("var/lib/dpkg/status.d"), why };
        let at: ImagePath = name.parse().map_err(|error| moved(format!("{name}: {error}")))?;
        let record = package.control.fields.to_string().into_bytes();
        tree.make(Entry::file(at.clone(), Content::Bytes(record), false));
        let sums = sums(tree, package);
        if let (false, Ok(at)) = (sums.is_empty(), format!("{at}.md5sums").parse()) {
            tree.make(Entry::file(at, Content::Bytes(sums.into_bytes()), false));
        }
    }
    made.push("/var/lib/dpkg/status.d has a record of each package".to_owned());
    Ok(())
}

// Of the files that are here: what was left out would look as if it had been deleted.
fn sums(tree: &Tree, package: &UnpackedDeb) -> String {
    let here = |line: &&str| {
        let path = line.split_once("  ").and_then(|(_, path)| path.parse().ok());
        let path = path.and_then(|path| super::layout::place(&path).ok());
        path.is_some_and(|path| tree.get(path.as_str()).is_some())
    };
    let kept = package.control.md5sums.lines().filter(here);
    kept.map(|line| format!("{line}\n")).collect()
}
