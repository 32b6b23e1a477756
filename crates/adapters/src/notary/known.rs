//! What a scan found, as a statement.

use std::collections::BTreeMap;

use tollgate_engine::{PortError, Shown, Store as _};
use tollgate_evidence::predicate::{Database, Scan, ScanMetadata, Scanner, Score, Vulnerability};
use tollgate_image::scan::{self, Counts};
use tollgate_model::{Report, Timestamp};

use super::broken;
use crate::DiskStore;
use crate::workspace::image::scan::KnownAgainst;

/// What is known against an image; nothing where nobody looked.
pub(super) fn against(
    shown: &Shown<'_>,
    report: &Report,
    store: &DiskStore,
) -> Result<Option<Scan>, PortError> {
    let Some(digest) = shown.result.image.as_ref().and_then(|image| image.scan) else {
        return Ok(None);
    };
    let known: KnownAgainst =
        serde_json::from_slice(&store.get(&digest)?).map_err(|error| broken(&error))?;
    let newest = known.coverage.iter().map(|it| it.newest).min();
    let sources: Vec<&str> = known.coverage.iter().map(|it| it.source.as_str()).collect();
    Ok(Some(Scan {
        scanner: Scanner {
            uri: "urn:tollgate:scanner".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            db: Database {
                uri: "https://osv.dev".to_owned(),
                version: (!sources.is_empty()).then(|| sources.join(" ")),
                // As old as the oldest part of it.
                last_update: newest.unwrap_or(Timestamp::from_millis(0)),
            },
            result: known.vulnerabilities.iter().map(vulnerability).collect(),
        },
        metadata: ScanMetadata { scan_started_on: shown.at, scan_finished_on: shown.at },
        step: shown.step.to_string(),
        verdict: report.verdict,
        not_assessed: report.not_assessed.iter().map(|it| it.message.clone()).collect(),
    }))
}

fn vulnerability(found: &scan::Vulnerability) -> Vulnerability {
    let score =
        |score: f64| Score { method: "cvss_score".to_owned(), score: format!("{score:.1}") };
    let annotate = |package: &String| {
        let mut said = BTreeMap::from([
            ("package".to_owned(), package.clone()),
            ("version".to_owned(), found.version.clone()),
        ]);
        if let Some(fixed) = found.fixed.first() {
            said.insert("fixed".to_owned(), fixed.clone());
        }
        if let Counts::Waived { reason, until } = &found.counts {
            said.insert("waived".to_owned(), format!("until {until}: {reason}"));
        }
        said
    };
    Vulnerability {
        id: found.ids.first().cloned().unwrap_or_default(),
        severity: found.score.map(score).into_iter().collect(),
        annotations: found.packages.iter().map(annotate).collect(),
    }
}
