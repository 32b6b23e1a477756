mod zips;

use std::collections::BTreeMap;

use zips::{Part, archive, row, wheel};

use super::*;
use crate::{Content, EntryKind};

fn scheme() -> Scheme {
    Scheme {
        site_packages: "lib/site".parse().unwrap(),
        scripts: "bin".parse().unwrap(),
        data: "data".parse().unwrap(),
        headers: "include".parse().unwrap(),
        python: "/usr/bin/python3.11".to_owned(),
    }
}

fn installed(bytes: &[u8], limits: &Limits) -> Result<Installed, ArchiveError> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a");
    std::fs::write(&file, bytes).unwrap();
    let wheel = Wheel::open(&file, &"a-1.0-py3-none-any.whl".parse().unwrap(), limits)?;
    let leave_out = LeaveOut::of(["**/tests/**"]).unwrap();
    let mut installed = wheel.install(&scheme(), &leave_out, directory.path())?;
    // The directory goes away; what was unpacked there is kept as bytes.
    for entry in &mut installed.entries {
        let EntryKind::File(content) = &mut entry.kind else { panic!("a file") };
        let mut bytes = Vec::new();
        std::io::copy(&mut content.open().unwrap(), &mut bytes).unwrap();
        *content = Content::Bytes(bytes);
    }
    Ok(installed)
}

fn install(parts: &[Part]) -> Result<Installed, ArchiveError> {
    installed(&archive(parts, 0), &Limits::default())
}

fn told(result: Result<Installed, ArchiveError>) -> String {
    result.unwrap_err().to_string()
}

fn files(installed: &Installed) -> BTreeMap<&str, (&[u8], u32)> {
    installed
        .entries
        .iter()
        .map(|entry| match &entry.kind {
            EntryKind::File(Content::Bytes(bytes)) => {
                (entry.path.as_str(), (bytes.as_slice(), entry.mode))
            }
            _ => panic!("a file"),
        })
        .collect()
}

#[test]
fn every_file_goes_where_the_specification_says() {
    let mut program = Part::new("a-1.0.data/platlib/a/tool", "x").stored();
    program.mode = 0o100_755;
    let large = vec![7; 3 << 20];
    let installed = install(&wheel(&[
        Part::new("a/", ""),
        Part::new("a/__init__.py", ""),
        Part::new("a/tests/test_a.py", "t"),
        Part::new("a/large.bin", large.clone()),
        program,
        Part::new("a-1.0.data/scripts/run", "#!python\nx\n"),
        Part::new("a-1.0.data/scripts/call", "gives way"),
        Part::new("a-1.0.data/data/share/a,b.txt", "d"),
        Part::new("a-1.0.data/headers/a.h", "h"),
        Part::new("a-1.0.dist-info/entry_points.txt", "[console_scripts]\ncall = a:main\n"),
        Part::new("a-1.0.dist-info/INSTALLER", "pip"),
        Part::new("a-1.0.dist-info/REQUESTED", ""),
    ]))
    .unwrap();
    let files = files(&installed);
    assert_eq!(
        files.keys().copied().collect::<Vec<_>>(),
        [
            "bin/call",
            "bin/run",
            "data/share/a,b.txt",
            "include/a/a.h",
            "lib/site/a-1.0.dist-info/INSTALLER",
            "lib/site/a-1.0.dist-info/METADATA",
            "lib/site/a-1.0.dist-info/RECORD",
            "lib/site/a-1.0.dist-info/WHEEL",
            "lib/site/a-1.0.dist-info/entry_points.txt",
            "lib/site/a/__init__.py",
            "lib/site/a/large.bin",
            "lib/site/a/tool",
        ]
    );
    assert_eq!(files["bin/run"], (&b"#!/usr/bin/python3.11\nx\n"[..], 0o755));
    assert!(
        files["bin/call"].0.starts_with(b"#!/usr/bin/python3.11\nimport sys\nfrom a import main\n")
    );
    assert_eq!(files["lib/site/a/tool"], (&b"x"[..], 0o755));
    assert_eq!(files["lib/site/a/large.bin"], (large.as_slice(), 0o644));
    assert_eq!(files["lib/site/a-1.0.dist-info/INSTALLER"].0, b"tollgate\n");
    let record = std::str::from_utf8(files["lib/site/a-1.0.dist-info/RECORD"].0).unwrap();
    let run = Part::new("../../bin/run", "#!/usr/bin/python3.11\nx\n");
    assert!(record.contains(&row(&run)), "{record}");
    assert!(record.contains("\"../../data/share/a,b.txt\",sha256="));
    assert!(record.contains("a-1.0.dist-info/RECORD,,\n") && !record.contains("tests"));
    assert_eq!(record.lines().count(), files.len());
}

#[test]
fn a_signature_needs_no_row_and_is_not_installed() {
    let mut parts = wheel(&[]);
    parts.push(Part::new("a-1.0.dist-info/RECORD.jws", "s"));
    let installed = install(&parts).unwrap();
    assert!(!files(&installed).contains_key("lib/site/a-1.0.dist-info/RECORD.jws"));
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for (name, why) in [
        ("../a", "leads out"),
        ("/etc/passwd", "absolute"),
        ("a//b", "is not spelled as"),
        ("./a", "is not spelled as"),
        ("a\\b", "a separator to some"),
        ("a\nb", "control character"),
        ("a-1.0.data/scripts/../../x", "leads out"),
        ("a-1.0.data/elsewhere/x", "in no category"),
        ("a-1.0.data/scripts", "has no place"),
        ("b-1.0.dist-info/x", "2 directories of metadata"),
    ] {
        let told = told(install(&wheel(&[Part::new(name, "x")])));
        assert!(told.contains(why), "{name}: {told}");
    }
}

// One change of one entry, and what is said of it.
#[test]
fn entries_that_readers_disagree_about_are_refused() {
    type Change = fn(&mut Part);
    let changes: [(Change, &str); 12] = [
        (|part| part.mode = 0o120_777, "neither a file nor a directory"),
        (|part| part.mode = 0o020_644, "neither a file nor a directory"),
        (|part| part.flags = 1, "is encrypted"),
        (|part| part.method = 12, "neither stored nor packed"),
        (|part| part.local_name = "c.py".to_owned(), "described in two ways"),
        (|part| part.local_size = 9, "described in two ways"),
        (|part| (part.claimed_size, part.local_size) = (9, 9), "checksum"),
        (|part| (part.claimed_size, part.local_size) = (1, 1), "checksum"),
        (|part| part.crc = 7, "checksum"),
        (|part| (part.claimed_size, part.local_size) = (1 << 30, 1 << 30), "can't have"),
        (|part| (part.packed, part.method) = (false, 8), "checksum"),
        (|part| (part.packed, part.method) = (true, 0), "can't have"),
    ];
    for (change, why) in changes {
        let mut parts = wheel(&[Part::new("b.py", "12345")]);
        change(&mut parts[0]);
        let told = told(install(&parts));
        assert!(told.contains(why), "{why}: {told}");
        assert!(told.contains("b.py"), "{told}");
    }
}

#[test]
fn entries_twice_below_a_file_or_sharing_bytes_are_refused() {
    let twice = [Part::new("b.py", "x"), Part::new("b.py", "y")];
    let mut record = wheel(&twice[..1]);
    record.insert(0, twice[1].clone());
    assert!(told(install(&record)).contains("is there twice"));
    let below = wheel(&[Part::new("b", "x"), Part::new("b/c", "y")]);
    assert!(told(install(&below)).contains("lies below a file"));
    let mut shared = wheel(&[Part::new("b", "x"), Part::new("b", "x")]);
    (shared[1].shared, shared[1].name) = (true, "c".to_owned());
    assert!(told(install(&shared)).contains("described in two ways"));
    let mut same = wheel(&[Part::new("b", "x"), Part::new("b", "x")]);
    same[1].shared = true;
    assert!(told(install(&same)).contains("is there twice"));
    let installed_twice = wheel(&[Part::new("b", "x"), Part::new("a-1.0.data/purelib/b", "y")]);
    assert!(told(install(&installed_twice)).contains("would be installed twice"));
}

// A second entry whose local header lies in the content of the first.
#[test]
fn an_entry_within_another_is_refused() {
    let inner = archive(&[Part::new("inner", "x").stored()], 0);
    let outer = Part::new("outer", inner).stored();
    let mut parts = wheel(&[outer, Part::new("inner", "x").stored()]);
    parts[1].shared = true;
    let mut bytes = archive(&parts, 0);
    // The directory's second entry points into the content of the first: 30 bytes and its name on.
    let entry = bytes.windows(4).enumerate().filter(|(_, w)| *w == b"PK\x01\x02").map(|(at, _)| at);
    // The first is the directory of the inner archive.
    let second = entry.into_iter().nth(2).unwrap();
    bytes[second + 42..second + 46].copy_from_slice(&35_u32.to_le_bytes());
    assert!(told(installed(&bytes, &Limits::default())).contains("shares its bytes"));
}

#[test]
fn what_the_record_does_not_hold_is_refused() {
    let mut unlisted = wheel(&[]);
    unlisted.push(Part::new("b.py", "x"));
    assert!(told(install(&unlisted)).contains("`b.py` is not in RECORD"));
    let mut lacking = wheel(&[Part::new("b.py", "x")]);
    lacking.remove(0);
    assert!(told(install(&lacking)).contains("is in RECORD, but not in the wheel"));
    let mut other = wheel(&[Part::new("b.py", "x")]);
    other[0] = Part::new("b.py", "y");
    assert!(told(install(&other)).contains("its digest is another"));
    for (from, to, why) in [
        (",1\n", ",2\n", "its size is another"),
        ("sha256=", "md5=", "no sha256 but `md5`"),
        ("b.py,sha256", "b.py,,\nb.py,sha256", "no record at line 2"),
        ("b.py,", "b.py,,x\nc,", "no record at line 1"),
    ] {
        let mut parts = wheel(&[Part::new("b.py", "x")]);
        let record = parts.last_mut().unwrap();
        let text = String::from_utf8(record.content.clone()).unwrap().replace(from, to);
        *record = Part::new("a-1.0.dist-info/RECORD", text);
        let told = told(install(&parts));
        assert!(told.contains(why), "{why}: {told}");
    }
}

#[test]
fn a_wheel_is_what_its_name_says() {
    let replaced = |at: usize, name: &str, text: &str| {
        let mut parts = wheel(&[]);
        parts.pop();
        parts[at] = Part::new(name, text);
        let mut record: String = parts.iter().map(row).collect();
        record.push_str("a-1.0.dist-info/RECORD,,\n");
        parts.push(Part::new("a-1.0.dist-info/RECORD", record));
        told(install(&parts))
    };
    let metadata = "a-1.0.dist-info/METADATA";
    assert!(replaced(0, metadata, "Name: b\nVersion: 1.0\n").contains("is of b 1.0"));
    assert!(replaced(0, metadata, "Name: a\nVersion: 2.0\n").contains("is of a 2.0"));
    assert!(replaced(0, metadata, "Name: a\n").contains("has no Version"));
    assert!(replaced(0, "METADATA", "").contains("has no `a-1.0.dist-info/METADATA`"));
    assert!(
        replaced(1, "a-1.0.dist-info/WHEEL", "Wheel-Version: 2.0\n").contains("Wheel-Version 2.0")
    );
    let commands = Part::new("a-1.0.dist-info/entry_points.txt", "[console_scripts]\nx = m:f()\n");
    assert!(told(install(&wheel(&[commands]))).contains("has a command that is none"));
    let renamed: Vec<Part> = wheel(&[])
        .into_iter()
        .map(|part| Part::new(&part.name.replace("a-1.0", "b-1.0"), part.content))
        .collect();
    assert!(told(install(&renamed)).contains("is not of `a`"));
}

#[test]
fn limits_are_held_before_anything_is_unpacked() {
    let bytes = archive(&wheel(&[Part::new("zeros", vec![0; 1 << 20])]), 0);
    let limits = Limits { bytes: 1 << 19, ..Limits::default() };
    assert!(told(installed(&bytes, &limits)).contains("more than 524288 bytes"));
    let limits = Limits { entries: 3, ..Limits::default() };
    assert!(told(installed(&bytes, &limits)).contains("more than 3 entries"));
    let limits = Limits { metadata: 10, ..Limits::default() };
    assert!(told(installed(&bytes, &limits)).contains("more than 10 bytes in"));
}

#[test]
fn what_is_no_archive_or_cut_off_is_refused() {
    let bytes = archive(&wheel(&[Part::new("b.py", "x")]), 0);
    for end in [0, 1, 30, bytes.len() / 2, bytes.len() - 1] {
        assert!(installed(&bytes[..end], &Limits::default()).is_err(), "{end}");
    }
    assert!(installed(b"no archive at all", &Limits::default()).is_err());
    let more = archive(&wheel(&[]), 1);
    assert!(told(installed(&more, &Limits::default())).contains("another number of entries"));
}
