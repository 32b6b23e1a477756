//! Packages made by hand, good ones and all kinds of bad ones.

use std::io::Write;

use super::*;
use crate::{Content, EntryKind};

/// A tar archive in the making.
#[derive(Default)]
pub(crate) struct Tar(Vec<u8>);

impl Tar {
    /// One entry, whatever it is called: the library's writer would refuse bad names.
    pub(crate) fn raw(mut self, kind: u8, name: &str, link: &str, size: u64, bytes: &[u8]) -> Self {
        let mut header = tar::Header::new_gnu();
        let fields = header.as_gnu_mut().unwrap();
        fields.name[..name.len()].copy_from_slice(name.as_bytes());
        fields.linkname[..link.len()].copy_from_slice(link.as_bytes());
        fields.typeflag = [kind];
        header.set_size(size);
        header.set_mode(if kind == b'5' { 0o755 } else { 0o644 });
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_cksum();
        self.0.extend_from_slice(header.as_bytes());
        self.0.extend_from_slice(bytes);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    pub(crate) fn file(self, name: &str, bytes: &[u8]) -> Self {
        self.raw(b'0', name, "", bytes.len() as u64, bytes)
    }

    pub(crate) fn directory(self, name: &str) -> Self {
        self.raw(b'5', name, "", 0, b"")
    }

    pub(crate) fn symlink(self, name: &str, target: &str) -> Self {
        self.raw(b'2', name, target, 0, b"")
    }

    pub(crate) fn end(mut self) -> Vec<u8> {
        self.0.resize(self.0.len() + 1024, 0);
        self.0
    }
}

pub(crate) fn ar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = b"!<arch>\n".to_vec();
    for (name, bytes) in members {
        writeln!(out, "{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`", 0, 0, 0, 100_644, bytes.len())
            .unwrap();
        out.extend_from_slice(bytes);
        out.resize(out.len().next_multiple_of(2), b'\n');
    }
    out
}

fn control_tar(control: &str) -> Vec<u8> {
    Tar::default().directory("./").file("./control", control.as_bytes()).end()
}

const CONTROL: &str = "Package: a\nVersion: 1\nArchitecture: all\n";

pub(crate) fn deb(control: &str, data: Vec<u8>) -> Vec<u8> {
    let control = control_tar(control);
    ar(&[("debian-binary", b"2.0\n"), ("control.tar", &control), ("data.tar", &data)])
}

pub(crate) fn open(bytes: &[u8], limits: Limits) -> Result<Deb, ArchiveError> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    Deb::read(file, "a.deb", limits)
}

fn unpack(data: Tar, limits: Limits) -> Result<Vec<Entry>, String> {
    let into = tempfile::tempdir().unwrap();
    let deb = open(&deb(CONTROL, data.end()), limits).unwrap();
    let contents = deb.unpack(into.path()).map_err(|error| error.to_string())?;
    Ok(contents.entries)
}

fn tar() -> Tar {
    Tar::default()
}

#[test]
fn a_package_says_what_it_is_and_brings() {
    let control = Tar::default()
        .file("./control", CONTROL.as_bytes())
        .file("./conffiles", b"/etc/a\n/etc/b\n")
        .file("./md5sums", b"0  usr/a\n")
        .file("./postinst", b"#!/bin/sh\nrm -rf /\n")
        .file("./triggers", b"activate-noawait ldconfig\n")
        .end();
    let long = format!("./{}", "x/".repeat(80) + "y");
    let data = Tar::default()
        .directory("./")
        .directory("./usr/")
        .file("./usr/a", b"hello")
        .file("./usr/large", &[7; 40_000])
        .raw(b'1', "./usr/b", "./usr/a", 0, b"")
        .symlink("./usr/c", "../etc/alternatives/c")
        .symlink("./usr/d", "/etc/d")
        .raw(b'L', "././@LongLink", "", long.len() as u64 + 1, format!("{long}\0").as_bytes())
        .file("./x", b"deep")
        .end();
    let members =
        [("debian-binary", &b"2.0\n"[..]), ("control.tar", &control), ("data.tar", &data)];
    let deb = open(&ar(&members), Limits::default()).unwrap();
    let control = deb.control().unwrap();
    assert_eq!(control.fields.get("Package"), Some("a"));
    assert_eq!(control.conffiles, ["/etc/a", "/etc/b"]);
    assert_eq!(
        (control.md5sums.as_str(), control.scripts),
        ("0  usr/a\n", vec!["postinst".to_owned()])
    );
    let into = tempfile::tempdir().unwrap();
    let entries = deb.unpack(into.path()).unwrap().entries;
    let paths: Vec<_> = entries.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(paths, ["usr", "usr/a", "usr/large", "usr/b", "usr/c", "usr/d", &long[2..]]);
    assert_eq!(entries[1].kind, EntryKind::File(Content::Bytes(b"hello".to_vec())));
    assert_eq!(entries[3].kind, EntryKind::Hardlink("usr/a".parse().unwrap()));
    let EntryKind::File(content @ Content::Disk { size: 40_000, .. }) = &entries[2].kind else {
        panic!("{:?} is small", entries[2])
    };
    let mut bytes = Vec::new();
    content.open().unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, [7; 40_000]);
    assert_eq!(entries, deb.unpack(into.path()).unwrap().entries, "again the same");
}

#[test]
fn members_are_unpacked_in_all_ways() {
    let data = tar().file("./a", b"hello").end();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&data).unwrap();
    let options = lzma_rust2::XzOptions::with_preset(0);
    let mut xz = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    xz.write_all(&data).unwrap();
    let packed = [
        ("data.tar.gz", gzip.finish().unwrap()),
        ("data.tar.xz", xz.finish().unwrap()),
        ("data.tar.zst", zstd::encode_all(data.as_slice(), 1).unwrap()),
    ];
    let control = control_tar(CONTROL);
    for (name, data) in packed {
        let whole = ar(&[
            ("debian-binary", b"2.0\n"),
            ("control.tar", &control),
            ("_x", b"1"),
            (name, &data),
        ]);
        let into = tempfile::tempdir().unwrap();
        let deb = open(&whole, Limits::default()).unwrap();
        assert_eq!(deb.unpack(into.path()).unwrap().entries.len(), 1, "{name}");
        let cut = ar(&[
            ("debian-binary", b"2.0\n"),
            ("control.tar", &control),
            (name, &data[..data.len() / 2]),
        ]);
        let deb = open(&cut, Limits::default()).unwrap();
        assert!(deb.unpack(into.path()).is_err(), "{name} is cut off");
    }
}

#[test]
fn what_must_not_be_there_is_refused() {
    let long = "x".repeat(5000);
    let bad = [
        (tar().file("../a", b""), "`../a` must not be there: `..` leads out of where it belongs"),
        (tar().file("/etc/a", b""), "`/etc/a` must not be there: it is absolute"),
        (tar().file("./a\x07", b""), "it holds a control character"),
        (tar().file("./a", b"").file("a", b""), "`a` is there twice"),
        (tar().symlink("./a", "/etc").file("./a/b", b""), "is below `a`, which is no directory"),
        (tar().symlink("./a/b", "../../c"), "`a/b` links to what is outside of the image"),
        (tar().symlink("./a", "/../c"), "`a` links to what is outside of the image"),
        (tar().symlink("./a", ""), "links to what can't be a path"),
        (tar().raw(b'1', "./a", "/etc/passwd", 0, b""), "which is no file before it"),
        (tar().raw(b'1', "./a", "./a", 0, b""), "which is no file before it"),
        (tar().symlink("./l", "/x").raw(b'1', "./a", "./l", 0, b""), "which is no file before it"),
        (tar().raw(b'3', "./null", "", 0, b""), "is neither a file, a directory nor a link"),
        (tar().raw(b'6', "./pipe", "", 0, b""), "is neither a file, a directory nor a link"),
        (tar().raw(b'x', "./pax", "", 8, b"7 a=b\n  "), "has bytes, but is no file"),
        (tar().raw(b'5', "./d", "", 9, b"123456789"), "has bytes, but is no file"),
        (tar().raw(b'L', "./@", "", 5000, long.as_bytes()), "longer than a path can be"),
        (tar().raw(b'0', "./a", "", 1 << 20, b"short"), "it can't be unpacked"),
        (tar().file("./", b""), "it names no file below the root"),
    ];
    for (data, why) in bad {
        let error = unpack(data, Limits::default()).unwrap_err();
        assert!(error.contains(why), "{error}: not {why}");
    }
}

#[test]
fn more_than_the_limits_is_refused_before_it_is_unpacked() {
    let limits = Limits { entries: 2, bytes: 100, metadata: 100 };
    let error = unpack(tar().raw(b'0', "./a", "", 101, b""), limits).unwrap_err();
    assert_eq!(error, "a.deb: it has more than 100 bytes, which is the limit");
    let three = tar().directory("./a").directory("./b").directory("./c");
    assert_eq!(
        unpack(three, limits).unwrap_err(),
        "a.deb: it has more than 2 entries, which is the limit"
    );
    let control = format!("{CONTROL}X: {}\n", "x".repeat(100));
    let deb = open(&deb(&control, tar().end()), limits).unwrap();
    assert!(matches!(deb.control(), Err(ArchiveError::TooMuch { .. })));
}

#[test]
fn what_is_no_package_is_refused() {
    let (control, data) = (control_tar(CONTROL), tar().end());
    let whole = deb(CONTROL, data.clone());
    let lying = String::from_utf8_lossy(&ar(&[("debian-binary", b"2.0\n")]))
        .replace("4         `", "4000      `");
    let bad = [
        (Vec::new(), "it is no Debian package"),
        (b"PK".to_vec(), "it is no Debian package"),
        (ar(&[]), "it is no Debian package"),
        (whole[..100].to_vec(), "it is cut off"),
        (whole[..whole.len() - 1].to_vec(), "`data.tar` goes beyond its end"),
        (lying.into_bytes(), "`debian-binary` goes beyond its end"),
        (ar(&[("debian-binary", b"3.0\n")]), "of another format than 2"),
        (ar(&[("debian-binary", b"2.0\n"), ("data.tar", &data)]), "it has no `control.tar`"),
        (
            ar(&[
                ("debian-binary", b"2.0\n"),
                ("control.tar", &control),
                ("x", b""),
                ("data.tar", &data),
            ]),
            "it has no `data.tar` where it belongs",
        ),
        (
            ar(&[
                ("debian-binary", b"2.0\n"),
                ("control.tar", &control),
                ("data.tar", &data),
                ("y", b""),
            ]),
            "something comes after its `data.tar`",
        ),
        (ar(&[("_", &b""[..]); 17]), "more members than a Debian package has"),
    ];
    for (bytes, why) in bad {
        let error = open(&bytes, Limits::default()).unwrap_err().to_string();
        assert!(error.contains(why), "{error}: not {why}");
    }
    let packed =
        ar(&[("debian-binary", b"2.0\n"), ("control.tar", &control), ("data.tar.bz2", &data)]);
    let into = tempfile::tempdir().unwrap();
    let error = open(&packed, Limits::default()).unwrap().unpack(into.path()).unwrap_err();
    assert!(error.to_string().contains("`data.tar.bz2` is packed in an unknown way"));
    let deb = open(&deb("Package: a\n", data), Limits::default()).unwrap();
    assert!(deb.control().unwrap_err().to_string().contains("control:1: there is no `Version:`"));
}
