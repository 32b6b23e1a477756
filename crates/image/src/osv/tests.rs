use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::Ecosystem;

const NOW: &str = "2026-01-01T00:00:00Z";

fn advisory(id: &str, more: &str) -> String {
    format!(r#"{{"id": "{id}", "modified": "2025-12-24T00:00:00Z", {more}}}"#)
}

fn of(ecosystem: &str, name: &str, more: &str) -> String {
    format!(
        r#""affected": [{{"package": {{"ecosystem": "{ecosystem}", "name": "{name}"}}, {more}}}]"#
    )
}

/// `introduced:1 fixed:2`.
fn range(events: &str) -> String {
    let event = |event: &str| {
        let (kind, version) = event.split_once(':').unwrap();
        format!(r#"{{"{kind}": "{version}"}}"#)
    };
    let events: Vec<_> = events.split_whitespace().map(event).collect();
    format!(r#""ranges": [{{"type": "ECOSYSTEM", "events": [{}]}}]"#, events.join(", "))
}

fn imported(files: &[String], before: Option<&Path>, to: &Path) -> Result<Imported, ImportError> {
    let from = tempfile::tempdir().unwrap();
    for (at, file) in files.iter().enumerate() {
        fs::write(from.path().join(format!("{at}.json")), file).unwrap();
    }
    let before = before.map(|path| Database::open(path).unwrap());
    let mut bytes = Vec::new();
    let told = import(from.path(), before.as_ref(), NOW.parse().unwrap(), &mut bytes)?;
    fs::write(to, bytes).unwrap();
    Ok(told)
}

#[test]
fn scores_are_those_of_the_calculator() {
    for (vector, score) in [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10.0),
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1),
        ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 7.8),
        ("CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N", 5.9),
        ("CVSS:3.1/AV:N/AC:L/PR:L/UI:R/S:C/C:L/I:L/A:N", 5.4),
        ("CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N", 1.6),
        ("CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:C/C:L/I:L/A:N", 5.5),
        ("CVSS:3.1/AV:A/AC:L/PR:H/UI:N/S:U/C:N/I:L/A:H", 5.2),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H/E:P", 7.5),
    ] {
        assert_eq!(vector.parse::<BaseScore>().unwrap().value(), score, "{vector}");
    }
    for vector in ["", "CVSS:4.0/AV:N", "CVSS:3.1/AV:N", "CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U"] {
        vector.parse::<BaseScore>().unwrap_err();
    }
    let rating = |vector: &str| vector.parse::<BaseScore>().unwrap().rating();
    assert_eq!(rating("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"), Some(Rating::High));
    assert_eq!(rating("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N"), None);
}

/// Versions of PyPI, whether they have it, and the first without it.
#[test]
fn ranges_are_evaluated_as_the_schema_says() {
    let yes = |fixed: &[&str]| Affected::Yes {
        fixed: fixed.iter().map(|&version| version.to_owned()).collect(),
    };
    for (events, version, expected) in [
        ("introduced:0 fixed:2.0", "1.9", yes(&["2.0"])),
        ("introduced:0 fixed:2.0", "2.0", Affected::No),
        ("introduced:0 fixed:2.0", "2.0rc1", yes(&["2.0"])),
        ("introduced:0 fixed:2.0", "2.0.0", Affected::No),
        ("introduced:1.0 last_affected:1.5", "1.5", yes(&[])),
        ("introduced:1.0 last_affected:1.5", "1.5.1", Affected::No),
        ("introduced:1.0 last_affected:1.5", "0.9", Affected::No),
        ("introduced:1.0", "9!0", yes(&[])),
        // In whatever order they are written.
        ("fixed:3 introduced:2 fixed:1 introduced:0", "0.5", yes(&["1"])),
        ("fixed:3 introduced:2 fixed:1 introduced:0", "1.5", Affected::No),
        ("fixed:3 introduced:2 fixed:1 introduced:0", "2.5", yes(&["3"])),
        ("introduced:0 limit:2", "1", yes(&[])),
        ("introduced:0 limit:2", "2", Affected::No),
        ("introduced:0 limit:*", "2", yes(&[])),
        ("fixed:2", "1", Affected::No),
    ] {
        let text = advisory("X-1", &of("PyPI", "a", &range(events)));
        let published: schema::Published = serde_json::from_str(&text).unwrap();
        let (_, _, advisory) = published.advisories().remove(0);
        let found = advisory.affects(&Ecosystem::PyPi, version).unwrap();
        assert_eq!(found, expected, "{events} {version}");
    }
}

#[test]
fn a_version_that_is_listed_has_it_and_one_that_can_t_be_read_is_told() {
    let listed = of("PyPI", "a", r#""versions": ["1.0", "what"]"#);
    let published: schema::Published = serde_json::from_str(&advisory("X-1", &listed)).unwrap();
    let (_, _, one) = published.advisories().remove(0);
    let affects = |version: &str| one.affects(&Ecosystem::PyPi, version);
    assert_eq!(affects("1.0.0"), Ok(Affected::Yes { fixed: vec![] }));
    assert_eq!(affects("1.1"), Ok(Affected::No));
    assert_eq!(affects("what"), Err(Unreadable("what".into())));
    let odd = of("PyPI", "a", &range("introduced:0 fixed:what"));
    let published: schema::Published = serde_json::from_str(&advisory("X-1", &odd)).unwrap();
    let (_, _, one) = published.advisories().remove(0);
    assert_eq!(one.affects(&Ecosystem::PyPi, "1"), Err(Unreadable("what".into())));
}

#[test]
fn a_database_tells_what_was_imported() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("db");
    let high = r#""severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}]"#;
    let files = [
        advisory("PYSEC-1", &format!("{}, {high}", of("PyPI", "My.Pkg", &range("introduced:0")))),
        advisory(
            "GHSA-1",
            &format!(
                r#"{}, "summary": "Bad.", "aliases": ["CVE-1"], "database_specific": {{"severity": "MODERATE"}}"#,
                of("PyPI", "my-pkg", &range("introduced:0"))
            ),
        ),
        advisory("MAL-1", &of("PyPI", "evil", r#""versions": ["1"]"#)),
        advisory(
            "W-1",
            &format!(
                r#"{}, "withdrawn": "2025-01-01T00:00:00Z""#,
                of("PyPI", "my-pkg", &range("introduced:0"))
            ),
        ),
        advisory("N-1", &of("npm", "left-pad", &range("introduced:0"))),
        advisory(
            "DEBIAN-CVE-2",
            &format!(
                r#"{}, "upstream": ["CVE-2"]"#,
                of("Debian:12", "glibc", &range("introduced:0 fixed:2.36-9+deb12u4"))
            ),
        ),
    ];
    let told = imported(&files, None, &path).unwrap();
    assert_eq!((told.read, told.withdrawn, told.elsewhere), (6, 1, 1));
    let database = Database::open(&path).unwrap();
    assert_eq!(database.coverage(), told.coverage);
    let names: Vec<_> =
        told.coverage.iter().map(|one| (one.ecosystem.as_str(), one.advisories)).collect();
    assert_eq!(names, [("Debian:12", 1), ("PyPI", 3)]);
    let known = database.of(&Ecosystem::PyPi, "my-pkg").unwrap();
    let told: Vec<_> = known.iter().map(|one| (one.ids[0].as_str(), one.rating)).collect();
    assert_eq!(told, [("GHSA-1", Some(Rating::Medium)), ("PYSEC-1", Some(Rating::High))]);
    assert_eq!((known[0].summary.as_str(), known[1].score), ("Bad.", Some(7.5)));
    let evil = database.of(&Ecosystem::PyPi, "evil").unwrap();
    assert_eq!(evil[0].rating, Some(Rating::Critical));
    let debian = Ecosystem::Debian("12".into());
    let glibc = database.of(&debian, "glibc").unwrap();
    assert_eq!(glibc[0].ids, ["DEBIAN-CVE-2", "CVE-2"]);
    let affects = |version: &str| glibc[0].affects(&debian, version).unwrap();
    assert_ne!(affects("2.36-9+deb12u3"), Affected::No);
    assert_eq!(affects("2.36-9+deb12u10"), Affected::No);
    assert!(database.of(&Ecosystem::PyPi, "other").unwrap().is_empty());
    assert!(database.covers(&Ecosystem::Debian("11".into())).is_none());
}

#[test]
fn an_import_replaces_its_own_ecosystems_and_leaves_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (dir.path().join("1"), dir.path().join("2"));
    let one = |id: &str, ecosystem: &str| advisory(id, &of(ecosystem, "a", &range("introduced:0")));
    imported(&[one("P-1", "PyPI"), one("D-1", "Debian:12")], None, &first).unwrap();
    imported(&[one("P-2", "PyPI")], Some(&first), &second).unwrap();
    let database = Database::open(&second).unwrap();
    let id = |ecosystem| database.of(&ecosystem, "a").unwrap()[0].ids[0].clone();
    assert_eq!(id(Ecosystem::PyPi), "P-2");
    assert_eq!(id(Ecosystem::Debian("12".into())), "D-1");
    // The same advisories are the same bytes.
    let third = dir.path().join("3");
    imported(&[one("P-2", "PyPI")], Some(&first), &third).unwrap();
    assert_eq!(fs::read(&second).unwrap(), fs::read(&third).unwrap());
}

/// An advisory "of the year 9999" must not make old knowledge look new.
#[test]
fn what_an_advisory_says_of_the_future_is_not_believed() {
    let dir = tempfile::tempdir().unwrap();
    let known = of("PyPI", "a", &range("introduced:0"));
    let odd = format!(r#"{{"id": "X-2", "modified": "9999-01-01T00:00:00Z", {known}}}"#);
    let told = imported(&[advisory("X-1", &known), odd], None, &dir.path().join("db")).unwrap();
    assert_eq!(told.coverage[0].newest, "2025-12-24T00:00:00Z".parse().unwrap());
}

#[test]
fn what_is_no_advisory_is_an_error_that_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("db");
    let deep = advisory("X-1", &format!(r#""database_specific": {}"#, "[".repeat(100_000)));
    for (text, expected) in
        [("{}", "missing field `id`"), ("nonsense", "expected"), (deep.as_str(), "recursion limit")]
    {
        let told = imported(&[text.to_owned()], None, &to).unwrap_err().to_string();
        assert!(told.contains("0.json") && told.contains(expected), "{told}");
    }
    let npm = advisory("N-1", &of("npm", "left-pad", &range("introduced:0")));
    let told = imported(&[npm], None, &to).unwrap_err().to_string();
    assert!(told.contains("no advisory of packages of PyPI or Debian"), "{told}");
    assert!(!to.exists());
}

proptest! {
    /// Whatever byte is another: an error, or the same answer; never another one.
    #[test]
    fn a_damaged_database_is_never_an_answer(at: prop::sample::Index, flip in 1..=255_u8) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("db");
        let file = advisory("X-1", &of("PyPI", "a", &range("introduced:0")));
        imported(&[file], None, &path).unwrap();
        let whole = Database::open(&path).unwrap().of(&Ecosystem::PyPi, "a").unwrap();
        let mut bytes = fs::read(&path).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        fs::write(&path, &bytes).unwrap();
        if let Ok(database) = Database::open(&path)
            && let Ok(known) = database.of(&Ecosystem::PyPi, "a")
        {
            prop_assert_eq!(&known, &whole);
        }
        bytes.truncate(at);
        fs::write(&path, &bytes).unwrap();
        let told = Database::open(&path).and_then(|it| it.of(&Ecosystem::PyPi, "a"));
        prop_assert!(told.is_err() || told.unwrap() == whole);
    }
}
