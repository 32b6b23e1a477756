use super::super::deb::tests::{Tar, deb, open};
use super::*;
use crate::{EntryKind, Limits};

fn unpacked(control: &str, data: Tar) -> UnpackedDeb {
    let into = tempfile::tempdir().unwrap();
    let control = format!("{control}\nArchitecture: amd64\n");
    let deb = open(&deb(&control, data.end()), Limits::default()).unwrap();
    let (control, contents) = (deb.control().unwrap(), deb.unpack(into.path()).unwrap());
    UnpackedDeb { control, contents, sha256: Sha256::of(b"") }
}

fn together(packages: &[UnpackedDeb]) -> Result<Rootfs, String> {
    let options = RootfsOptions { release: "12".to_owned(), leave_out: LeaveOut::default() };
    rootfs(packages, &options).map_err(|error| error.to_string())
}

fn tar() -> Tar {
    Tar::default().directory("./")
}

fn text(rootfs: &Rootfs, path: &str) -> String {
    let entry = rootfs.entries.iter().find(|entry| entry.path.as_str() == path);
    match entry.map(|entry| &entry.kind) {
        Some(EntryKind::File(Content::Bytes(bytes))) => String::from_utf8(bytes.clone()).unwrap(),
        Some(EntryKind::Symlink(target)) => format!("-> {target}"),
        Some(EntryKind::Hardlink(target)) => format!("= {target}"),
        Some(EntryKind::Directory) => "directory".to_owned(),
        other => panic!("{path}: {other:?}"),
    }
}

fn base() -> Vec<UnpackedDeb> {
    let libc = tar()
        .directory("./lib64/")
        .symlink("./lib64/ld.so", "/lib/ld.so")
        .directory("./lib/")
        .file("./lib/ld.so", b"elf")
        .raw(b'1', "./lib/ld-2.so", "./lib/ld.so", 0, b"")
        .file("./usr/share/doc/libc6/changelog.gz", b"long")
        .file("./usr/share/doc/libc6/copyright", b"/usr/share/common-licenses/LGPL-2.1")
        .file("./usr/share/man/man1/ld.1", b"manual")
        .file("./usr/share/locale/de/a.mo", b"Nein");
    let certificates = tar()
        .file("./usr/share/ca-certificates/mozilla/B.crt", b"BBB")
        .file("./usr/share/ca-certificates/mozilla/A.crt", b"AAA\n");
    let python = tar()
        .directory("./var/run/")
        .file("./usr/bin/python3.9", b"old")
        .file("./usr/bin/python3.11", b"elf");
    vec![
        unpacked("Package: libc6\nVersion: 2.36\nSource: glibc", libc),
        unpacked("Package: ca-certificates\nVersion: 2025", certificates),
        unpacked("Package: python3.11\nVersion: 3.11\nDepends: libc6", python),
    ]
}

#[test]
fn packages_become_one_tree() {
    let found = together(&base()).unwrap();
    let paths: Vec<_> = found.entries.iter().map(|entry| entry.path.as_str()).collect();
    assert!(paths.is_sorted());
    for (path, expected) in [
        ("lib", "-> usr/lib"),
        ("bin", "-> usr/bin"),
        ("lib64", "-> usr/lib64"),
        ("usr/lib/ld.so", "elf"),
        ("usr/lib/ld-2.so", "= usr/lib/ld.so"),
        ("usr/lib64/ld.so", "-> /lib/ld.so"),
        ("var/run", "-> /run"),
        ("usr/bin/python3", "-> python3.11"),
        ("usr/bin/python", "-> python3"),
        ("etc/ssl/certs/ca-certificates.crt", "AAA\nBBB\n"),
        ("usr/share/doc/libc6/copyright", "/usr/share/common-licenses/LGPL-2.1"),
        (
            "var/lib/dpkg/status.d/libc6",
            "Package: libc6\nVersion: 2.36\nSource: glibc\nArchitecture: amd64\n",
        ),
        ("etc/os-release", "-> ../usr/lib/os-release"),
    ] {
        assert_eq!(text(&found, path), expected, "{path}");
    }
    for path in ["usr/share/doc/libc6/changelog.gz", "usr/share/man", "usr/share/locale", "lib32"] {
        assert!(!paths.contains(&path), "{path}");
    }
    assert!(text(&found, "etc/passwd").contains("nonroot:x:65532:65532:"));
    assert!(text(&found, "usr/lib/os-release").contains("VERSION_ID=\"12\""));
    assert!(found.made.iter().any(|made| made.contains("2 certificates")));
    let owner = found.owners.get(&"usr/lib/ld.so".parse::<ImagePath>().unwrap());
    assert_eq!(owner.map(String::as_str), Some("libc6"));
    let python = &found.inventory.packages[2];
    assert_eq!((python.name.as_str(), python.size), ("python3.11", 6));
    assert_eq!(python.requires, ["libc6"]);
    assert_eq!(found.inventory.packages[1].licence.as_deref(), Some("LGPL-2.1"));
}

#[test]
fn the_order_of_packages_does_not_matter() {
    let mut packages = base();
    let first = together(&packages).unwrap();
    packages.reverse();
    let second = together(&packages).unwrap();
    assert_eq!(first.entries, second.entries);
    assert_eq!(first.inventory, second.inventory);
}

#[test]
fn every_directory_is_there_once_and_before_what_is_in_it() {
    let found = together(&base()).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for entry in &found.entries {
        for above in entry.path.ancestors() {
            assert!(seen.contains(&above), "{above} before {}", entry.path);
        }
        assert!(seen.insert(entry.path.clone()), "{} once", entry.path);
    }
}

#[test]
fn two_owners_of_one_file_are_an_error_unless_they_agree() {
    let one = |bytes: &[u8], more: &str| {
        unpacked(&format!("Package: one\nVersion: 1{more}"), tar().file("./etc/x", bytes))
    };
    let other = |bytes: &[u8], more: &str| {
        unpacked(&format!("Package: other\nVersion: 1{more}"), tar().file("./etc/x", bytes))
    };
    let clash = together(&[one(b"1", ""), other(b"2", "")]).unwrap_err();
    assert_eq!(clash, "`/etc/x` is in `one` and, different, in `other`");
    assert_eq!(text(&together(&[one(b"1", ""), other(b"1", "")]).unwrap(), "etc/x"), "1");
    let replaced = together(&[one(b"1", ""), other(b"2", "\nReplaces: one (<< 2)")]).unwrap();
    assert_eq!(text(&replaced, "etc/x"), "2");
    let replaced = together(&[one(b"1", "\nReplaces: other"), other(b"2", "")]).unwrap();
    assert_eq!(text(&replaced, "etc/x"), "1");
    assert!(together(&[one(b"1", ""), other(b"2", "\nReplaces: one (>> 2)")]).is_err());
}

#[test]
fn a_link_of_one_package_leads_no_file_of_another_astray() {
    let link = unpacked("Package: a\nVersion: 1", tar().symlink("./opt", "/etc"));
    let file = unpacked("Package: b\nVersion: 1", tar().file("./opt/passwd", b"x"));
    let error = together(&[link, file]).unwrap_err();
    assert_eq!(error, "`/opt/passwd` is below `/opt`, which is no directory");
    // Links for merged directories are made here, and a package that brings its own agrees.
    let own = unpacked(
        "Package: a\nVersion: 1",
        tar().symlink("./etc/os-release", "../usr/lib/os-release"),
    );
    assert!(together(&[own]).is_ok());
}

#[test]
fn packages_of_one_source_may_share_their_copyright_file() {
    let mut packages = base();
    let linked = tar().symlink("./usr/share/doc/libc-l10n", "libc6");
    packages.push(unpacked("Package: libc-l10n\nVersion: 1", linked));
    let found = together(&packages).unwrap();
    assert_eq!(found.inventory.packages[1].name, "libc-l10n");
    assert_eq!(found.inventory.packages[1].licence.as_deref(), Some("LGPL-2.1"));
    assert_eq!(text(&found, "usr/share/doc/libc-l10n"), "-> libc6");
}
