//! What statements say. Fields are named and spelt as the specifications have them; what is beyond
//! these (`step`, `verdict` …) is ours, and others skip it, as in-toto's parsing rules ask.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tollgate_model::{Finding, Judgement, Report, Tests, Timestamp, Verdict};

use crate::Resource;

/// How something was made. Source: SLSA v1.0, `provenance/v1`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Provenance {
    /// What was asked for, and what it was made from.
    pub build_definition: BuildDefinition,
    /// Who made it, and when.
    pub run_details: RunDetails,
}

/// What was asked for, and what it was made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BuildDefinition {
    /// How to read the rest: [`BuildDefinition::TYPE`].
    pub build_type: String,
    /// What a person could have asked for otherwise.
    pub external_parameters: ExternalParameters,
    /// What Tollgate itself set, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub internal_parameters: BTreeMap<String, String>,
    /// Everything that went in, by digest: the commit, the base, packages, data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resolved_dependencies: Vec<Resource>,
}

/// What a person could have asked for otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExternalParameters {
    /// The pipeline.
    pub pipeline: String,
    /// The step that made it.
    pub step: String,
    /// The step's parameters, by name. Never a secret.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
}

/// Who made it, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunDetails {
    /// Who made it.
    pub builder: Builder,
    /// Which run it was.
    pub metadata: BuildMetadata,
}

/// Who made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Builder {
    /// A URI of who is trusted to have made it so.
    pub id: String,
    /// Versions of its parts, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub version: BTreeMap<String, String>,
}

/// Which run it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BuildMetadata {
    /// The run.
    pub invocation_id: String,
    /// When it began.
    pub started_on: Timestamp,
    /// When it ended.
    pub finished_on: Timestamp,
}

/// What tests, or any command that answers by its exit, came to. Source: in-toto
/// `test-result/v0.1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TestResult {
    /// The whole.
    pub result: TestOutcome,
    /// What it was run with.
    pub configuration: Vec<Resource>,
    /// The names of tests that failed; the first few, where there are many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed_tests: Vec<String>,
    /// The step.
    pub step: String,
    /// How many there were of each, where the step counts tests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<TestCounts>,
}

/// The outcome of tests, in the specification's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TestOutcome {
    /// All is well.
    Passed,
    /// Nobody can say: this stands for what is undecided.
    Warned,
    /// Something is not.
    Failed,
}

/// How many tests there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestCounts {
    /// That passed.
    pub passed: u64,
    /// That failed or broke.
    pub failed: u64,
    /// That were skipped.
    pub skipped: u64,
}

/// What a check of data or a gate came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Assessment {
    /// The step.
    pub step: String,
    /// What follows.
    pub verdict: Verdict,
    /// What was measured, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub figures: BTreeMap<String, f64>,
    /// Figures with their intervals and thresholds, the comparison, the slices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judgement: Option<Judgement>,
    /// What is wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Remark>,
    /// What could not be assessed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_assessed: Vec<Remark>,
    /// What it was decided by: the contract, the predictions, the baseline, by digest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Resource>,
    /// When.
    pub finished_on: Timestamp,
}

/// A finding, as far as everybody may read it: evidence is published, so no sample and no value of
/// the data is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remark {
    /// Of the check.
    pub code: String,
    /// Where.
    pub place: String,
    /// What was expected, where that can be said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
}

/// What is known against an image. Source: in-toto `vulns/v0.2`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scan {
    /// Who looked, with which database, and what there was.
    pub scanner: Scanner,
    /// When.
    pub metadata: ScanMetadata,
    /// The step.
    pub step: String,
    /// What follows by the project's policy.
    pub verdict: Verdict,
    /// Packages that could not be looked up. Any makes a pass undecided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_assessed: Vec<String>,
}

/// Who looked, with which database, and what there was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scanner {
    /// A URI of who looked.
    pub uri: String,
    /// Its version.
    pub version: String,
    /// What it knows.
    pub db: Database,
    /// What there was; nothing is the best.
    pub result: Vec<Vulnerability>,
}

/// A database of vulnerabilities.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Database {
    /// Where it is from.
    pub uri: String,
    /// Which it is: its digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Of which time its knowledge is.
    pub last_update: Timestamp,
}

/// A vulnerability in a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vulnerability {
    /// `CVE-…`, `GHSA-…`.
    pub id: String,
    /// How bad it is, by each method.
    pub severity: Vec<Score>,
    /// `package`, `version`, `fixed`, `waived`, as far as they are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub annotations: Vec<BTreeMap<String, String>>,
}

/// How bad something is by one method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// The method, such as `cvss_score`.
    pub method: String,
    /// What it says.
    pub score: String,
}

/// When a scan was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScanMetadata {
    /// When it began.
    pub scan_started_on: Timestamp,
    /// When it ended.
    pub scan_finished_on: Timestamp,
}

/// What its authors say of a model, which nobody can measure: what it is meant for, and what not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notes {
    /// The project's file in which they say it.
    pub path: String,
    /// What stands there: Markdown.
    pub text: String,
}

impl BuildDefinition {
    /// How Tollgate's provenance is to be read.
    pub const TYPE: &'static str = "urn:tollgate:build:v1";
}

impl TestResult {
    /// What `step` came to, with the tests that it counted. What failed or is undecided as a whole
    /// is so here too, whatever the tests say.
    #[must_use]
    pub fn new(
        step: &str,
        verdict: Verdict,
        tests: Option<&Tests>,
        configuration: Vec<Resource>,
    ) -> Self {
        let failed = tests.filter(|tests| tests.failed > 0).map(|_| Verdict::Fail);
        let result = match verdict.and(failed.unwrap_or(Verdict::Pass)) {
            Verdict::Pass => TestOutcome::Passed,
            Verdict::Undecided => TestOutcome::Warned,
            Verdict::Fail => TestOutcome::Failed,
        };
        let names = |tests: &Tests| tests.failures.iter().map(|it| it.name.clone()).collect();
        let counts = |tests: &Tests| TestCounts {
            passed: tests.passed,
            failed: tests.failed,
            skipped: tests.skipped,
        };
        Self {
            result,
            configuration,
            failed_tests: tests.map(names).unwrap_or_default(),
            step: step.to_owned(),
            counts: tests.map(counts),
        }
    }

    /// The outcome in our words.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self.result {
            TestOutcome::Passed => Verdict::Pass,
            TestOutcome::Warned => Verdict::Undecided,
            TestOutcome::Failed => Verdict::Fail,
        }
    }
}

impl Assessment {
    /// What `report` says of `step`, without a value of the data.
    #[must_use]
    pub fn of(step: &str, report: &Report, inputs: Vec<Resource>, finished_on: Timestamp) -> Self {
        let remarks = |findings: &[Finding]| findings.iter().map(Remark::of).collect();
        Self {
            step: step.to_owned(),
            verdict: report.verdict,
            figures: report.figures.clone(),
            judgement: report.judgement.as_deref().cloned(),
            findings: remarks(&report.findings),
            not_assessed: remarks(&report.not_assessed),
            inputs,
            finished_on,
        }
    }
}

impl Remark {
    fn of(finding: &Finding) -> Self {
        Self {
            code: finding.code.clone(),
            place: finding.place.to_string(),
            expected: finding.expected.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use tollgate_model::{Place, Sample};

    use super::*;

    #[test]
    fn no_value_of_the_data_gets_into_evidence() {
        let place = Place::Data { source: "people.csv".into(), column: Some("email".into()) };
        let mut finding = Finding::new("data.pattern", place, "secret@example.com is no address")
            .contrast("an address", "secret@example.com");
        let value = Some("secret@example.com".to_owned());
        finding.samples.push(Sample { part: None, row: 3, value });
        let report = Report::new(vec![finding], Vec::new());
        let said = Assessment::of("data", &report, Vec::new(), Timestamp::from_millis(0));
        let json = serde_json::to_string(&said).unwrap();
        assert!(!json.contains("secret"), "{json}");
        assert!(json.contains("an address") && json.contains("email"), "{json}");
    }

    #[test]
    fn a_test_that_failed_fails_the_whole_and_doubt_is_no_pass() {
        let failed = Tests { passed: 3, failed: 1, ..Tests::default() };
        let result = |verdict, tests| TestResult::new("test", verdict, tests, Vec::new()).verdict();
        assert_eq!(result(Verdict::Pass, Some(&failed)), Verdict::Fail);
        assert_eq!(result(Verdict::Undecided, None), Verdict::Undecided);
        assert_eq!(result(Verdict::Pass, None), Verdict::Pass);
    }
}
