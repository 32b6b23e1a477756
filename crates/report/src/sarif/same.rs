//! By what a result is known again in the next run.

use std::collections::BTreeMap;

use tollgate_model::{Digest, Finding, Place};

use super::Found;

/// How often each fingerprint was given out.
#[derive(Default)]
pub(super) struct Known(BTreeMap<Digest, u64>);

impl Known {
    /// The fingerprints of a finding. Those that are alike in all that lasts are counted.
    pub(super) fn again(&mut self, found: &Found) -> BTreeMap<&'static str, String> {
        let digest = lasting(&found.finding, found.step);
        let count = self.0.entry(digest).or_default();
        *count += 1;
        let fingerprint = format!("{digest}:{count}");
        let mut fingerprints = BTreeMap::from([("tollgate/v1", fingerprint.clone())]);
        if !matches!(found.finding.place, Place::File { line: Some(_), .. }) {
            // GitHub knows a result again by this one, and where it is missing goes by the words of
            // the line: all that is found in one table, or asked for by one line, would be the same.
            fingerprints.insert("primaryLocationLineHash", fingerprint);
        }
        fingerprints
    }
}

// Neither what was measured, nor lines, nor versions, which change while the matter stays the same.
fn lasting(finding: &Finding, step: Option<&str>) -> Digest {
    let (kind, of, part) = match &finding.place {
        Place::File { path, .. } => ("file", path.as_str(), ""),
        Place::Data { source, column } => {
            ("data", source.as_str(), column.as_deref().unwrap_or(""))
        }
        Place::Metric { source, name } => ("metric", source.as_str(), name.as_str()),
        Place::Package { package, .. } => ("package", package.as_str(), ""),
        Place::Step { step } => ("step", step.as_str(), ""),
    };
    let subject = finding.subject.as_deref().unwrap_or("");
    let all = [step.unwrap_or(""), &finding.code, kind, of, part, subject];
    // Each with its length, so that no two lists are one text.
    let text: String = all.iter().map(|text| format!("{}:{text}", text.len())).collect();
    Digest::of(text.as_bytes())
}
