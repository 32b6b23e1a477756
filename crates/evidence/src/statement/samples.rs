//! Statements for tests.

use std::collections::BTreeMap;

use tollgate_model::{BarFigure, Judgement, Report, Timestamp, Verdict};

use super::*;
use crate::predicate::*;

pub(crate) const IMAGE: &str =
    "sha256:1111111111111111111111111111111111111111111111111111111111111111";

pub(crate) fn about(predicate: Predicate) -> Statement {
    let image = Resource::new("churn", Digests::registry(IMAGE).unwrap());
    Statement { subjects: vec![image], predicate }
}

pub(crate) fn gate() -> Statement {
    let report = Report::new(Vec::new(), Vec::new()).figure("roc_auc", 0.871_234_567_890_123_4);
    let mut gate = Assessment::of("quality", &report, Vec::new(), Timestamp::from_millis(1));
    gate.judgement = Some(Judgement {
        bars: vec![BarFigure {
            metric: "roc_auc".into(),
            bar: ">= 0.85".into(),
            value: 0.871_234_567_890_123_4,
            interval: Some((0.1 + 0.2, 0.9)),
            verdict: Verdict::Pass,
        }],
        ..Judgement::default()
    });
    about(Predicate::Gate(Box::new(gate)))
}

pub(crate) fn provenance() -> Statement {
    let commit = Digests::commit(&"c".repeat(40)).unwrap();
    about(Predicate::Provenance(Box::new(Provenance {
        build_definition: BuildDefinition {
            build_type: BuildDefinition::TYPE.into(),
            external_parameters: ExternalParameters {
                pipeline: "main".into(),
                step: "image".into(),
                parameters: BTreeMap::new(),
            },
            internal_parameters: BTreeMap::new(),
            resolved_dependencies: vec![Resource::new("source", commit)],
        },
        run_details: RunDetails {
            builder: Builder { id: "urn:tollgate:builder".into(), version: BTreeMap::new() },
            metadata: BuildMetadata {
                invocation_id: "run-1".into(),
                started_on: Timestamp::from_millis(1),
                finished_on: Timestamp::from_millis(2),
            },
        },
    })))
}

pub(crate) fn tests() -> Statement {
    about(Predicate::Tests(TestResult::new("test", Verdict::Pass, None, Vec::new())))
}

pub(crate) fn scan() -> Statement {
    let at = Timestamp::from_millis(1);
    about(Predicate::Scan(Scan {
        scanner: Scanner {
            uri: "urn:tollgate:scanner".into(),
            version: "0.1.0".into(),
            db: Database { uri: "https://osv.dev".into(), version: None, last_update: at },
            result: vec![Vulnerability {
                id: "CVE-2026-0001".into(),
                severity: vec![Score { method: "cvss_score".into(), score: "5.2".into() }],
                annotations: Vec::new(),
            }],
        },
        metadata: ScanMetadata { scan_started_on: at, scan_finished_on: at },
        step: "image".into(),
        verdict: Verdict::Pass,
        not_assessed: Vec::new(),
    }))
}

pub(crate) fn notes() -> Statement {
    let text = "Says which customers may leave.\n\n# Limits\nNot for prices.".to_owned();
    about(Predicate::Notes(Notes { path: "MODEL_CARD.md".to_owned(), text }))
}

pub(crate) fn all() -> Vec<Statement> {
    let document = serde_json::json!({"specVersion": "1.6", "bomFormat": "CycloneDX"});
    let Predicate::Gate(data) = gate().predicate else { unreachable!("a gate's sample") };
    vec![
        provenance(),
        tests(),
        about(Predicate::Data(data)),
        gate(),
        scan(),
        notes(),
        about(Predicate::CycloneDx(document.clone())),
        about(Predicate::Spdx(document)),
        about(Predicate::Signature),
    ]
}
