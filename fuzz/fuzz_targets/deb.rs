//! Any bytes as a Debian package; as the two archives in one; and any text as what a Debian archive
//! says of its packages.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use tollgate_image::Limits;
use tollgate_image::debian::{
    Archive, Deb, DebianLock, LeaveOut, Paragraphs, Relations, Release, RootfsOptions, SourceStyle,
    UnpackedDeb, licences, resolve, rootfs, sources,
};
use tollgate_image::oci::Sha256;
use tollgate_image::version::DebianVersion;

const LIMITS: Limits = Limits { entries: 64, bytes: 1 << 20, metadata: 1 << 14 };

fuzz_target!(|bytes: &[u8]| {
    let dir = tempfile::tempdir().expect("a directory");
    package(bytes, dir.path());
    let half = bytes.len() / 2 / 512 * 512;
    package(&ar(&bytes[..half], &bytes[half..]), dir.path());
    if let Ok(text) = std::str::from_utf8(bytes) {
        index(text);
        lists(text);
    }
});

fn package(bytes: &[u8], dir: &Path) {
    let (file, into) = (dir.join("a.deb"), dir.join("into"));
    std::fs::write(&file, bytes).expect("a file");
    std::fs::create_dir_all(&into).expect("a directory");
    let Ok(deb) = Deb::open(&file, "a.deb", LIMITS) else { return };
    let (control, contents) = (deb.control(), deb.unpack(&into));
    assert_eq!(std::fs::read_dir(dir).expect("a directory").count(), 2, "it stays within");
    let (Ok(control), Ok(contents)) = (control, contents) else { return };
    let unpacked = UnpackedDeb { control, contents, sha256: Sha256::of(bytes) };
    let leave_out = LeaveOut { documentation: false, locales: true };
    let options = RootfsOptions { release: "12".to_owned(), leave_out };
    if let Ok(root) = rootfs(&[unpacked], &options) {
        let paths: Vec<_> = root.entries.iter().map(|entry| entry.path.clone()).collect();
        assert!(paths.is_sorted_by(|one, next| one < next), "each once: {paths:?}");
    }
}

/// A package of these two archives. Source: `ar(5)`, `deb(5)`.
fn ar(control: &[u8], data: &[u8]) -> Vec<u8> {
    let mut bytes = b"!<arch>\n".to_vec();
    for (name, content) in
        [("debian-binary", &b"2.0\n"[..]), ("control.tar", control), ("data.tar", data)]
    {
        let size = content.len();
        bytes.extend(
            format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n", 0, 0, 0, 100_644).bytes(),
        );
        bytes.extend(content);
        bytes.extend(&b"\n"[..size % 2]);
    }
    bytes
}

fn index(text: &str) {
    let mut archive = Archive::new("amd64");
    if archive.add(text.as_bytes(), "Packages", "http://archive", false).is_err() {
        return;
    }
    let names: Vec<String> = archive.iter().map(|package| package.name.clone()).collect();
    for package in archive.iter() {
        let _ = (package.depends(), package.conflicts(), package.provides());
    }
    let Ok(resolved) = resolve(&archive, &names) else { return };
    let lock = DebianLock::of("12", "amd64", &names, &resolved);
    let shown = DebianLock::written(std::slice::from_ref(&lock));
    assert_eq!(DebianLock::parse(&shown, "tollgate.lock").ok(), Some(vec![lock]), "{shown}");
}

fn lists(text: &str) {
    if let Ok(release) = Release::parse(text, "Release") {
        let _ = (release.is_valid_at(0), release.index("main", "amd64"));
    }
    for style in [SourceStyle::OneLine, SourceStyle::Paragraphs] {
        for source in sources(text, style, "sources").unwrap_or_default() {
            let _ = (source.dists(), source.is_for("amd64"));
        }
    }
    let _ = DebianLock::parse(text, "tollgate.lock");
    let _ = licences(text).told();
    let _ = Paragraphs::new(text.as_bytes(), "text").count();
    for line in text.lines() {
        let _ = Relations::parse(line);
        if let Ok(version) = line.parse::<DebianVersion>() {
            let shown = version.to_string();
            assert_eq!(shown.parse::<DebianVersion>().ok(), Some(version), "{shown}");
        }
    }
}
