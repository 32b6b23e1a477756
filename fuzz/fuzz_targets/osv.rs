//! Any text as an advisory, and as the parts of a database: its header, index and one block, on a
//! line each, under digests that are right. `@1` and `#1` stand for the digest and length of line 1.

#![no_main]

use std::fmt::Write as _;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use tollgate_image::Ecosystem;
use tollgate_image::oci::Sha256;
use tollgate_image::osv::{BaseScore, Database, import};

/// Where a made-up database has its parts.
const PLACES: [usize; 3] = [48, 4_096, 8_192];

fuzz_target!(|text: &str| {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("db");
    advisory(text, dir.path(), &path);
    std::fs::write(&path, made_up(text)).expect("a file");
    let _ = Database::open(&path).map(|database| ask(&database));
    for line in text.lines() {
        let _ = line.parse::<BaseScore>();
    }
});

/// The advisory as a database, which a changed byte never makes answer something else.
fn advisory(text: &str, dir: &Path, path: &Path) {
    let from = dir.join("from");
    std::fs::create_dir(&from).expect("a directory");
    std::fs::write(from.join("advisory.json"), text).expect("a file");
    let mut whole = Vec::new();
    let now = "2026-01-01T00:00:00Z".parse().expect("a time");
    if import(&from, None, now, &mut whole).is_err() {
        return;
    }
    std::fs::write(path, &whole).expect("a file");
    let database = Database::open(path).expect("what was just written");
    let answer = ask(&database);
    assert!(!answer.contains("Err("), "{answer}");
    let mut again = Vec::new();
    import(&from, Some(&database), now, &mut again).expect("as before");
    assert_eq!(again, whole, "an import replaces what was known");

    let at = text.bytes().fold(0_usize, |sum, byte| sum * 31 % 65_521 + usize::from(byte));
    let length = whole.len();
    whole[at % length] ^= 0x20;
    std::fs::write(path, &whole).expect("a file");
    if let Ok(damaged) = Database::open(path) {
        let told = ask(&damaged);
        assert!(told == answer || told.contains("Damaged"), "{told} for {answer}");
    }
}

fn ask(database: &Database) -> String {
    let mut answer = format!("{:?}", database.coverage());
    for ecosystem in [Ecosystem::PyPi, Ecosystem::Debian("12".to_owned())] {
        for name in ["a", "b", "glibc"] {
            let known = database.of(&ecosystem, name);
            // Writing into a text can't fail.
            let _ = write!(answer, "{known:?}");
            for advisory in known.unwrap_or_default() {
                for version in ["1.0", "2.36-9+deb12u4", "3!0.dev1", ""] {
                    let _ = advisory.affects(&ecosystem, version);
                }
            }
        }
    }
    answer
}

fn made_up(text: &str) -> Vec<u8> {
    let mut lines: Vec<String> = text.lines().take(3).map(str::to_owned).collect();
    for at in (1..lines.len()).rev() {
        let digest = Sha256::of(lines[at].as_bytes()).to_string();
        let length = lines[at].len().to_string();
        for line in &mut lines[..at] {
            *line = line.replace(&format!("@{at}"), &digest).replace(&format!("#{at}"), &length);
        }
    }
    let header = lines.first().map_or("", String::as_str);
    let mut bytes = b"TGADV\0\x001".to_vec();
    bytes.extend((header.len() as u64).to_le_bytes());
    let digest = Sha256::of(header.as_bytes()).hex();
    bytes.extend(
        (0..64).step_by(2).filter_map(|at| u8::from_str_radix(&digest[at..at + 2], 16).ok()),
    );
    for (line, place) in lines.iter().zip(PLACES) {
        bytes.resize(place.max(bytes.len()), 0);
        bytes.extend(line.as_bytes());
    }
    bytes
}
