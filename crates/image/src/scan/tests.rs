use std::time::Duration;

use tollgate_model::{Verdict, Waiver};

use super::*;

const NOW: &str = "2026-01-01T00:00:00Z";

fn package(name: &str, version: &str, requires: &[&str]) -> Package {
    Package {
        ecosystem: Ecosystem::PyPi,
        name: name.into(),
        version: version.into(),
        architecture: None,
        source: None,
        licence: None,
        hashes: vec![],
        requires: requires.iter().map(|&name| name.to_owned()).collect(),
        size: 1,
    }
}

fn deb(name: &str, source: &str, version: &str) -> Package {
    Package {
        ecosystem: Ecosystem::Debian("12".into()),
        source: Some((source.into(), version.into())),
        ..package(name, &format!("{version}+b1"), &[])
    }
}

fn policy() -> ScanPolicy {
    ScanPolicy {
        fail_on: Rating::High,
        only_fixable: false,
        max_age: Duration::from_secs(30 * 86_400),
        waivers: vec![],
        allowed_licences: None,
        denied_licences: vec![],
    }
}

fn waiver(id: &str, expires: &str) -> Waiver {
    let reason = "not reachable".to_owned();
    Waiver { id: id.into(), package: None, reason, expires: expires.parse().unwrap(), line: 7 }
}

/// Advisories of `a` (high, fixed in 2), `b` (low), `c` (unrated), `d` (critical, never fixed) and
/// of Debian's glibc.
fn database(dir: &tempfile::TempDir) -> Database {
    let files = [
        (
            "1",
            r#""aliases": ["CVE-1"], "database_specific": {"severity": "HIGH"}"#,
            "PyPI",
            "a",
            Some("2"),
        ),
        ("2", r#""aliases": ["CVE-1"], "summary": "Reads files."#, "PyPI", "a", Some("2")),
        ("3", r#""database_specific": {"severity": "LOW"}"#, "PyPI", "b", Some("2")),
        ("4", r#""summary": "Who knows?"#, "PyPI", "c", Some("2")),
        ("5", r#""database_specific": {"severity": "CRITICAL"}"#, "PyPI", "d", None),
        (
            "6",
            r#""aliases": ["CVE-6"], "database_specific": {"severity": "HIGH"}"#,
            "Debian:12",
            "glibc",
            Some("2.36-9+deb12u4"),
        ),
    ];
    let from = dir.path().join("from");
    std::fs::create_dir(&from).unwrap();
    for (id, more, ecosystem, name, fixed) in files {
        let more =
            if more.matches('"').count() % 2 == 1 { format!("{more}\"") } else { more.into() };
        let fixed = fixed.map(|fixed| format!(r#", {{"fixed": "{fixed}"}}"#)).unwrap_or_default();
        let text = format!(
            r#"{{"id": "X-{id}", "modified": "2025-12-24T00:00:00Z", {more}, "affected": [{{
                "package": {{"ecosystem": "{ecosystem}", "name": "{name}"}},
                "ranges": [{{"type": "ECOSYSTEM", "events": [{{"introduced": "0"}}{fixed}]}}]}}]}}"#
        );
        std::fs::write(from.join(format!("{id}.json")), text).unwrap();
    }
    let mut bytes = Vec::new();
    crate::osv::import(&from, None, NOW.parse().unwrap(), &mut bytes).unwrap();
    let path = dir.path().join("db");
    std::fs::write(&path, bytes).unwrap();
    Database::open(&path).unwrap()
}

fn scanned(packages: Vec<Package>, policy: &ScanPolicy) -> Scan {
    let dir = tempfile::tempdir().unwrap();
    let database = database(&dir);
    scan(&Inventory::of(packages), Some(&database), policy, NOW.parse().unwrap()).unwrap()
}

fn told(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.message.as_str()).collect()
}

#[test]
fn one_vulnerability_is_told_once_with_all_its_names_and_why_the_package_is_there() {
    let packages =
        vec![package("app", "1", &["mid"]), package("mid", "1", &["a"]), package("a", "1.0", &[])];
    let scan = scanned(packages, &policy());
    assert_eq!(scan.report.verdict, Verdict::Fail);
    assert_eq!(told(&scan.report.findings), ["a 1.0: CVE-1 (X-1, X-2), high: Reads files."]);
    let finding = &scan.report.findings[0];
    assert_eq!(finding.subject.as_deref(), Some("CVE-1"), "known again whatever is told of it");
    assert_eq!(finding.hint.as_deref(), Some("without it: 2; it is there for app > mid > a"));
    assert_eq!(scan.vulnerabilities[0].purls, ["pkg:pypi/a@1.0"]);
    assert_eq!(scanned(vec![package("a", "2.1", &[])], &policy()).report.verdict, Verdict::Pass);
}

/// Each vulnerability under each policy: whether it fails.
#[test]
fn what_counts_is_a_table() {
    use Counts::{Below, Fails, NotFixable};
    let all = |policy: &ScanPolicy| {
        let packages = ["a", "b", "c", "d"].map(|name| package(name, "1", &[]));
        let scan = scanned(packages.to_vec(), policy);
        let mut counts: Vec<_> = scan
            .vulnerabilities
            .iter()
            .map(|found| (found.packages[0].clone(), found.counts.clone()))
            .collect();
        counts.sort_by(|one, other| one.0.cmp(&other.0));
        counts.into_iter().map(|(_, counts)| counts).collect::<Vec<_>>()
    };
    assert_eq!(all(&policy()), [Fails, Below, Fails, Fails]);
    let low = ScanPolicy { fail_on: Rating::Low, ..policy() };
    assert_eq!(all(&low), [Fails, Fails, Fails, Fails]);
    let worst = ScanPolicy { fail_on: Rating::Critical, only_fixable: true, ..policy() };
    assert_eq!(all(&worst), [Below, Below, Fails, NotFixable]);
}

#[test]
fn a_waiver_holds_until_its_day_and_an_idle_one_is_told() {
    let with = |waivers| ScanPolicy { waivers, ..policy() };
    let a = || vec![package("a", "1", &[])];
    let scan = scanned(a(), &with(vec![waiver("cve-1", "2026-01-01T00:00:01Z")]));
    assert_eq!(scan.report.verdict, Verdict::Pass);
    assert!(
        told(&scan.report.findings)[0]
            .contains("waived until 2026-01-01T00:00:01.000Z: not reachable")
    );
    let scan = scanned(a(), &with(vec![waiver("CVE-1", NOW)]));
    assert_eq!(scan.report.verdict, Verdict::Fail);
    let finding = &scan.report.findings[0];
    assert!(finding.message.contains("its waiver ended 2026-01-01"), "{}", finding.message);
    assert_eq!(finding.rule.as_ref().unwrap().line, 7);
    let scan = scanned(a(), &with(vec![waiver("CVE-9", "2027-01-01T00:00:00Z")]));
    assert!(
        told(&scan.report.findings).contains(&"the waiver for CVE-9 is for nothing in this image")
    );
    assert!(scan.report.findings.iter().any(|it| it.subject.as_deref() == Some("CVE-9")));
    let other = Waiver { package: Some("b".into()), ..waiver("CVE-1", "2027-01-01T00:00:00Z") };
    assert_eq!(scanned(a(), &with(vec![other])).report.verdict, Verdict::Fail);
}

#[test]
fn licences_are_part_of_it() {
    let policy = ScanPolicy { denied_licences: vec!["AGPL-3.0-only".into()], ..policy() };
    let with = |licence: Option<&str>| {
        let package = Package { licence: licence.map(str::to_owned), ..package("z", "1", &[]) };
        scanned(vec![package], &policy).report
    };
    assert_eq!(with(Some("MIT")).verdict, Verdict::Pass);
    assert_eq!(with(Some("AGPL-3.0-only")).verdict, Verdict::Fail);
    assert_eq!(with(None).verdict, Verdict::Undecided);
}

#[test]
fn debian_packages_go_by_their_source() {
    let old = "2.36-9+deb12u3";
    let scan = scanned(vec![deb("libc6", "glibc", old), deb("libc-bin", "glibc", old)], &policy());
    assert_eq!(scan.vulnerabilities.len(), 1);
    assert_eq!(scan.vulnerabilities[0].packages, ["libc-bin", "libc6"]);
    let new = scanned(vec![deb("libc6", "glibc", "2.36-9+deb12u4")], &policy());
    assert_eq!(new.report.verdict, Verdict::Pass);
}

#[test]
fn what_the_database_does_not_tell_is_not_assessed() {
    let a = Inventory::of(vec![package("z", "1", &[])]);
    let now: Timestamp = NOW.parse().unwrap();
    let none = scan(&a, None, &policy(), now).unwrap();
    assert_eq!(none.report.verdict, Verdict::Undecided);
    assert!(told(&none.report.not_assessed)[0].contains("there is no database"));
    assert!(none.report.not_assessed[0].hint.as_ref().unwrap().contains("tollgate scan db import"));

    let dir = tempfile::tempdir().unwrap();
    let database = database(&dir);
    let of = |inventory: &Inventory, policy: &ScanPolicy| {
        scan(inventory, Some(&database), policy, now).unwrap().report
    };
    assert_eq!(of(&a, &policy()).verdict, Verdict::Pass);
    let hours = ScanPolicy { max_age: Duration::from_secs(3_600), ..policy() };
    let old = of(&a, &hours);
    assert_eq!(old.verdict, Verdict::Undecided);
    assert!(told(&old.not_assessed)[0].contains("8 days old"), "{:?}", told(&old.not_assessed));
    let elsewhere = Package { ecosystem: Ecosystem::Debian("11".into()), ..package("z", "1", &[]) };
    let report = of(&Inventory::of(vec![elsewhere]), &policy());
    assert!(told(&report.not_assessed)[0].contains("says nothing of Debian:11"));
    let odd = of(&Inventory::of(vec![package("a", "one", &[])]), &policy());
    assert_eq!(odd.verdict, Verdict::Undecided);
    assert!(told(&odd.not_assessed)[0].contains("`one` is no version"));
    assert!(odd.not_assessed.iter().all(|finding| finding.subject.is_some()), "{odd:?}");
    // What is known of an old database is known all the same.
    assert_eq!(of(&Inventory::of(vec![package("a", "1", &[])]), &hours).verdict, Verdict::Fail);
}
