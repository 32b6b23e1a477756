//! Layers that others wrote, and meant no good with.

use std::io::Write as _;

use super::*;

const BLOCK: usize = 512;

/// One header with its content, as any writer could have it.
fn raw(kind: u8, name: &str, link: &str, content: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(content.len() as u64);
    header.set_entry_type(tar::EntryType::new(kind));
    let old = header.as_old_mut();
    old.name[..name.len()].copy_from_slice(name.as_bytes());
    old.linkname[..link.len()].copy_from_slice(link.as_bytes());
    header.set_cksum();
    let mut out = header.as_bytes().to_vec();
    out.extend_from_slice(content);
    out.resize(out.len().next_multiple_of(BLOCK), 0);
    out
}

fn archive(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = parts.concat();
    bytes.extend_from_slice(&[0; 2 * BLOCK]);
    bytes
}

fn told(parts: &[Vec<u8>]) -> String {
    match read(&archive(parts), Compression::Plain, &Limits::default()) {
        Ok(entries) => entries.iter().map(|(entry, _)| word(entry)).collect::<Vec<_>>().join(", "),
        Err(error) => error.to_string(),
    }
}

fn word(entry: &LayerEntry) -> String {
    match entry {
        LayerEntry::Has(header) => header.path.to_string(),
        LayerEntry::Whiteout(path) => format!("-{path}"),
        LayerEntry::Opaque(None) => "-*".to_owned(),
        LayerEntry::Opaque(Some(path)) => format!("-{path}/*"),
    }
}

#[test]
fn what_leads_out_or_has_no_place_is_refused() {
    let cases = [
        (raw(b'0', "../x", "", b""), "`../x` has a bad name: `..` leads out of where it belongs"),
        (raw(b'0', "a/../../x", "", b""), "leads out"),
        (raw(b'0', "/etc/passwd", "", b""), "has a bad name: it is absolute"),
        (raw(b'0', "", "", b""), "names no file"),
        (raw(b'0', ".", "", b""), "is not the directory that the root is"),
        (raw(b'1', "x", "../../etc/passwd", b""), "links to a bad name: `..` leads out"),
        (raw(b'1', "x", "/etc/passwd", b""), "links to a bad name: it is absolute"),
        (raw(b'1', "x", "y", b"content"), "has content, but is no file"),
        (raw(b'2', "x", "", b""), "links to what is no name"),
        (raw(b'3', "x", "", b""), "is a device"),
        (raw(b'4', "x", "", b""), "is a device"),
        (raw(b'6', "x", "", b""), "is a pipe"),
        (raw(b'S', "x", "", b""), "is a sparse file"),
        (raw(b'V', "x", "", b""), "is of a kind that has no place"),
        (raw(b'0', "a/.wh...", "", b""), "deletes what is no file"),
        (raw(b'0', "a/.wh.", "", b""), "deletes what is no file"),
        (raw(b'0', "a/.wh..", "", b""), "deletes what is no file"),
        (raw(b'0', "a\nb", "", b""), "`a\\nb` has a bad name: it holds a control character"),
    ];
    for (entry, expected) in cases {
        let told = told(&[entry]);
        assert!(told.contains(expected), "{told} / {expected}");
    }
}

#[test]
fn a_name_comes_once() {
    let twice = |a: Vec<u8>, b: Vec<u8>| told(&[a, b]);
    let file = |name| raw(b'0', name, "", b"");
    assert_eq!(twice(file("a"), file("./a")), "layer: `./a` is there twice");
    assert_eq!(twice(file("a"), raw(b'5', "a/", "", b"")), "layer: `a/` is there twice");
    assert_eq!(twice(file(".wh.a"), file(".wh.a")), "layer: `.wh.a` is there twice");
    assert_eq!(twice(file(".wh.a"), file("a")), "-a, a");
}

#[test]
fn whiteouts_are_understood() {
    let file = |name| raw(b'0', name, "", b"");
    let told = told(&[
        raw(b'5', "./", "", b""),
        file("etc/.wh.motd"),
        file("var/.wh..wh..opq"),
        file(".wh..wh..opq"),
        file(".wh..wh.plnk"),
    ]);
    assert_eq!(told, "-etc/motd, -var/*, -*");
}

#[test]
fn old_and_gnu_archives_are_understood() {
    let long = "n".repeat(200);
    let gnu = [
        raw(b'L', "././@LongLink", "", format!("{long}\0").as_bytes()),
        raw(b'0', "short", "", b"x"),
    ];
    assert_eq!(told(&gnu), long);
    let link = [raw(b'K', "././@LongLink", "", long.as_bytes()), raw(b'2', "l", "short", b"")];
    let read = read(&archive(&link), Compression::Plain, &Limits::default()).unwrap();
    assert!(
        matches!(&read[0].0, LayerEntry::Has(Header { node: Node::Symlink(to), .. }) if *to == long)
    );
    assert_eq!(told(&[raw(b'\0', "old/", "", b""), raw(b'\0', "old/x", "", b"")]), "old, old/x");
    let comment = raw(b'g', "pax_global_header", "", b"20 comment=a commit\n");
    assert_eq!(told(&[comment, raw(b'0', "x", "", b"")]), "x");
}

#[test]
fn a_size_in_a_record_counts() {
    // A reader that goes by the header alone would see another entry in the content.
    let mut smuggler = raw(b'0', "a", "", b"");
    smuggler.extend(raw(b'0', "hidden", "", b""));
    let record = raw(b'x', "p", "", b"12 size=512\n");
    assert_eq!(told(&[record, smuggler]), "a");
    for bad in ["14 size=-1234\n", "11 size=+1\n", "12 size=\n\n\n\n"] {
        let told = told(&[raw(b'x', "p", "", bad.as_bytes()), raw(b'0', "a", "", b"")]);
        assert!(told.contains("no number") || told.contains("PAX header is none"), "{told}");
    }
}

#[test]
fn what_is_told_in_two_ways_is_refused() {
    let pax = || raw(b'x', "p", "", b"10 path=b\n");
    let gnu = || raw(b'L', "p", "", b"c");
    let file = || raw(b'0', "a", "", b"");
    assert_eq!(told(&[pax(), file()]), "b");
    for parts in [
        vec![pax(), gnu(), file()],
        vec![pax(), pax(), file()],
        vec![gnu(), gnu(), file()],
        vec![raw(b'g', "p", "", b"10 path=b\n"), file()],
    ] {
        assert!(told(&parts).contains("in two ways"), "{}", told(&parts));
    }
    assert!(told(&[raw(b'x', "p", "", b"10 path=/\n"), file()]).contains("absolute"));
    assert!(told(&[pax()]).contains("cut off"));
}

#[test]
fn damage_is_named() {
    let whole = archive(&[raw(b'0', "a", "", b"content")]);
    let read = |bytes: &[u8]| match read(bytes, Compression::Plain, &Limits::default()) {
        Ok(entries) => format!("{} entries", entries.len()),
        Err(error) => error.to_string(),
    };
    assert_eq!(read(&whole), "1 entries");
    assert_eq!(read(&whole[..2 * BLOCK]), "1 entries");
    for cut in [100, BLOCK, BLOCK + 3, 2 * BLOCK - 1, 2 * BLOCK + 100, 3 * BLOCK] {
        assert_eq!(read(&whole[..cut]), "layer: it is cut off", "{cut}");
    }
    let mut more = whole.clone();
    more.extend(raw(b'0', "hidden", "", b""));
    assert_eq!(read(&more), "layer: there is something after its end");
    let mut sum = whole;
    sum[0] = b'b';
    assert_eq!(read(&sum), "layer: a header has a wrong checksum");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = Packing::default().encoder(Vec::new()).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn bombs_are_refused_before_they_are_read() {
    let limits = Limits { entries: 2, bytes: 1 << 20, metadata: 1 << 10 };
    let told =
        |bytes: &[u8]| read(&gzip(bytes), Compression::Gzip, &limits).unwrap_err().to_string();
    let zeros = vec![0; 2 << 20];
    assert!(told(&raw(b'0', "a", "", &zeros)).contains("more than 1048576 bytes of content"));
    assert!(told(&zeros).contains("more than 1048576 bytes of content"));
    let files: Vec<_> = ["a", "b", "c"].map(|name| raw(b'0', name, "", b"")).into();
    assert!(told(&archive(&files)).contains("more than 2 entries"));
    let name = raw(b'L', "p", "", &[b'n'; 2000]);
    assert!(told(&name).contains("more than 1024 bytes in the name"));
    // It only says that it has so much.
    let mut lying = tar::Header::new_ustar();
    lying.set_size(8_000_000_000);
    lying.as_old_mut().name[0] = b'a';
    lying.set_entry_type(tar::EntryType::Regular);
    lying.set_mode(0);
    lying.set_uid(0);
    lying.set_gid(0);
    lying.set_cksum();
    assert!(told(lying.as_bytes()).contains("more than 1048576 bytes of content"));
    let huge = [raw(b'x', "p", "", b"29 size=18446744073709551615\n"), raw(b'0', "a", "", b"")];
    let unbounded = Limits { bytes: u64::MAX, ..Limits::default() };
    let error = read(&archive(&huge), Compression::Plain, &unbounded).unwrap_err();
    assert!(error.to_string().contains("has a size that is none"), "{error}");
}

#[test]
fn what_is_not_packed_as_said_is_damaged() {
    let bytes = archive(&[raw(b'0', "a", "", b"")]);
    for compression in [Compression::Gzip, Compression::Zstd] {
        let error = read(&bytes, compression, &Limits::default()).unwrap_err();
        assert!(matches!(error, ArchiveError::Damaged { .. }), "{error}");
    }
    let packed = gzip(&bytes);
    let error = read(&packed[..packed.len() - 3], Compression::Gzip, &Limits::default());
    assert!(matches!(error, Err(ArchiveError::Damaged { .. })), "{error:?}");
}

#[test]
fn members_in_a_row_are_one_layer() {
    let bytes = archive(&[raw(b'0', "a", "", b"x"), raw(b'0', "b", "", b"y")]);
    let (left, right) = bytes.split_at(700);
    let packed = [gzip(left), gzip(right)].concat();
    assert_eq!(read(&packed, Compression::Gzip, &Limits::default()).unwrap().len(), 2);
}
