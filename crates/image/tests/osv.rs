//! A real export of advisories. What holds for which version is what `packaging` says
//! (`golden/osv.py` wrote it down).

#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::path::PathBuf;
use std::time::Duration;

use tollgate_image::osv::{Affected, Database, import};
use tollgate_image::scan::scan;
use tollgate_image::{Ecosystem, Inventory, Package};
use tollgate_model::{Rating, ScanPolicy, Verdict};

const GOLDEN: &str = include_str!("golden/osv.txt");

/// The export, where it is.
fn export() -> Option<PathBuf> {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/osv/PyPI/all.zip");
    if !path.exists() {
        eprintln!("skipped: ../shared/data/osv is not there");
        return None;
    }
    Some(path)
}

fn database(export: &std::path::Path, dir: &tempfile::TempDir) -> Database {
    let path = dir.path().join("db");
    let mut bytes = Vec::new();
    import(export, None, "2026-01-01T00:00:00Z".parse().unwrap(), &mut bytes).unwrap();
    std::fs::write(&path, bytes).unwrap();
    Database::open(&path).unwrap()
}

#[test]
fn advisories_hold_for_the_versions_for_which_packaging_says_so() {
    let Some(export) = export() else { return };
    let dir = tempfile::tempdir().unwrap();
    let database = database(&export, &dir);
    let mut compared = 0;
    for line in GOLDEN.lines() {
        let [name, version, expected] = line.splitn(3, ' ').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let holds = |advisory: &tollgate_image::osv::Advisory| {
            advisory.affects(&Ecosystem::PyPi, version).unwrap() != Affected::No
        };
        let known = database.of(&Ecosystem::PyPi, name).unwrap();
        let mut found: Vec<String> =
            known.into_iter().filter(holds).map(|advisory| advisory.ids[0].clone()).collect();
        found.sort();
        assert_eq!(found.join(","), expected, "{name} {version}");
        compared += 1;
    }
    assert!(compared >= 300, "{compared}");
}

#[test]
fn pins_that_are_known_to_be_vulnerable_are_found() {
    let Some(export) = export() else { return };
    let dir = tempfile::tempdir().unwrap();
    let database = database(&export, &dir);
    let policy = ScanPolicy {
        fail_on: Rating::High,
        only_fixable: true,
        max_age: Duration::from_secs(3_000 * 86_400),
        waivers: vec![],
        allowed_licences: None,
        denied_licences: vec![],
    };
    let package = |(name, version): (&str, &str)| Package {
        ecosystem: Ecosystem::PyPi,
        name: name.into(),
        version: version.into(),
        architecture: None,
        source: None,
        licence: None,
        hashes: vec![],
        requires: vec![],
        size: 0,
    };
    let scanned = |pins: &[(&str, &str)]| {
        let inventory = Inventory::of(pins.iter().copied().map(package).collect());
        scan(&inventory, Some(&database), &policy, "2026-01-01T00:00:00Z".parse().unwrap()).unwrap()
    };
    for (pin, id) in [
        (("jinja2", "2.10"), "CVE-2019-10906"),
        (("pillow", "9.0.0"), "CVE-2022-24303"),
        (("mlflow", "2.1.0"), "CVE-2023-1177"),
        (("requests", "2.19.0"), "CVE-2018-18074"),
        (("pyyaml", "5.3"), "CVE-2020-1747"),
    ] {
        let scan = scanned(&[pin]);
        assert_eq!(scan.report.verdict, Verdict::Fail, "{pin:?}");
        let found = scan.vulnerabilities.iter().any(|it| it.ids.iter().any(|name| name == id));
        assert!(found, "{pin:?} {id}: {:?}", scan.report.findings);
    }
    assert_eq!(scanned(&[("numpy", "1.26.4")]).report.verdict, Verdict::Pass);
}
