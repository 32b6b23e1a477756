//! SARIF.

use std::collections::BTreeSet;

use serde_json::Value;
use tollgate_model::{Extent, Finding, Place, Report, SourceLine, Verdict};
use tollgate_report::{Document, Part, sarif};

use crate::samples::{self, HOSTILE};

fn read(document: &Document) -> Value {
    let log: Value = serde_json::from_str(&sarif(document)).unwrap();
    assert_eq!(log["version"], "2.1.0");
    log["runs"][0].clone()
}

fn results(document: &Document) -> Vec<Value> {
    read(document)["results"].as_array().unwrap().clone()
}

fn kinds(document: &Document) -> Vec<(String, String)> {
    let word = |result: &Value, name: &str| result[name].as_str().unwrap().to_owned();
    results(document).iter().map(|one| (word(one, "kind"), word(one, "level"))).collect()
}

/// By what the results are known again, in the order of their words.
fn known(document: &Document) -> Vec<String> {
    let fingerprint =
        |result: &Value| result["partialFingerprints"]["tollgate/v1"].as_str().unwrap().to_owned();
    results(document).iter().map(fingerprint).collect()
}

/// Not the version of this crate, which every release changes.
fn stable(document: &Document) -> String {
    let version = format!("\"semanticVersion\": \"{}\"", env!("CARGO_PKG_VERSION"));
    let log = sarif(document);
    assert!(log.contains(&version), "{log}");
    log.replace(&version, "\"semanticVersion\": \"0.0.0\"")
}

#[test]
fn a_check_in_sarif() {
    insta::assert_snapshot!(stable(&samples::check()));
}

#[test]
fn a_run_in_sarif() {
    insta::assert_snapshot!(stable(&samples::run()));
}

#[test]
fn a_scan_in_sarif() {
    insta::assert_snapshot!(stable(&samples::scan()));
}

#[test]
fn every_result_has_its_rule_a_file_and_a_fingerprint_of_its_own() {
    let all = [samples::check(), samples::gate(), samples::scan(), samples::run()];
    for document in all.into_iter().chain([samples::everywhere(HOSTILE)]) {
        let run = read(&document);
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        let results = run["results"].as_array().unwrap();
        assert!(!results.is_empty());
        for result in results {
            let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
            assert_eq!(rule["id"], result["ruleId"]);
            assert!(rule["help"]["text"].as_str().is_some_and(|help| !help.is_empty()));
            let place = &result["locations"][0]["physicalLocation"];
            assert!(place["artifactLocation"]["uri"].is_string(), "hosts refuse {result}");
            let of_host = result["partialFingerprints"]["primaryLocationLineHash"].is_string();
            let in_line = place["region"].is_object()
                && result["locations"][0].get("logicalLocations").is_none();
            assert_eq!(of_host, !in_line, "a line is known by its words: {result}");
        }
        let known = known(&document);
        assert_eq!(known.iter().collect::<BTreeSet<_>>().len(), results.len());
    }
}

#[test]
fn a_finding_is_known_again_whatever_was_measured() {
    let place = |version: &str| Place::Package { package: "idna".into(), version: version.into() };
    let advisory = |id: &str, version: &str| {
        Finding::new("scan.vulnerability", place(version), format!("{id} of {version}")).about(id)
    };
    let of = |findings: Vec<Finding>| {
        known(&samples::single("Scan", "slim", Report::new(findings, vec![]), vec![]))
    };
    let before = of(vec![advisory("CVE-1", "3.3"), advisory("CVE-2", "3.3"), samples::finding()]);
    let moved = Finding {
        extent: Some(Extent { count: 9, of: 20_000 }),
        samples: vec![],
        rule: Some(SourceLine { path: "contracts/customers.odcs.yaml".into(), line: 99 }),
        message: "`age`: 9 of 20000 rows are above 120".into(),
        ..samples::finding()
    };
    let after = of(vec![moved, advisory("CVE-2", "3.4")]);
    assert_eq!(after, [before[2].clone(), before[1].clone()], "what is mended moves no other");
    let twice = of(vec![samples::finding(), samples::finding()]);
    assert!(twice[0].ends_with(":1") && twice[1].ends_with(":2"), "{twice:?}");
}

#[test]
fn reports_replace_the_earlier_ones_of_their_kind_and_no_others() {
    let id = |document: &Document| read(document)["automationDetails"]["id"].clone();
    assert_eq!(id(&samples::check()), "Data check/data/sample.csv/");
    assert_eq!(id(&samples::run()), "Run/", "the number of a run is in none");
}

#[test]
fn what_is_open_is_no_failure_and_no_verdict_gets_lost() {
    let pair = |kind: &str, level: &str| (kind.to_owned(), level.to_owned());
    let expected = [
        pair("fail", "error"),
        pair("fail", "error"),
        pair("fail", "warning"),
        pair("open", "none"),
    ];
    assert_eq!(kinds(&samples::check()), expected);
    let only = |verdict| {
        let report = Report { verdict, ..Report::new(vec![], vec![]) };
        samples::single("Run", "lint", report, vec![])
    };
    assert_eq!(kinds(&only(Verdict::Fail)), [pair("fail", "error")]);
    assert_eq!(kinds(&only(Verdict::Undecided)), [pair("open", "none")]);
    assert_eq!(kinds(&only(Verdict::Pass)), []);
}

#[test]
fn text_is_text() {
    let link = Finding::new("data.x", Place::Step { step: "a".into() }, "[ok](http://evil) {0}");
    let document = samples::single("Run", "a", Report::new(vec![link], vec![]), vec![]);
    let text = results(&document)[0]["message"]["text"].as_str().unwrap().to_owned();
    assert!(text.starts_with("[ok] (http://evil) {0}\n"), "{text}");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]
    #[test]
    fn any_text_is_written_out(text in "\\PC{0,20}|[\\x00-\\x7f]{0,20}|\\p{Any}{0,12}") {
        let document = samples::everywhere(&text);
        let parts = |part: &Part| part.report.findings.len() + part.report.not_assessed.len();
        let count: usize = document.parts.iter().map(parts).sum();
        proptest::prop_assert_eq!(results(&document).len(), count);
        let log = sarif(&document);
        let hidden = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{200b}'..='\u{200f}');
        proptest::prop_assert!(!log.contains(hidden));
    }
}
