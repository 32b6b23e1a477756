//! What is known against the packages of an image.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tollgate_engine::{Clock as _, Store as _};
use tollgate_image::Inventory;
use tollgate_image::osv::Coverage;
use tollgate_image::scan::{Vulnerability, scan};
use tollgate_model::{Digest, Finding, Report};

use super::Bench;
use super::error::Stopped;
use crate::{SystemClock, advisories};

/// What a scan found, as the store has it: evidence is made of it later.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KnownAgainst {
    /// What is known.
    pub(crate) vulnerabilities: Vec<Vulnerability>,
    /// Of what the database told.
    pub(crate) coverage: Vec<Coverage>,
}

impl Bench<'_> {
    /// The scan that is asked for, and the store's digest of what it found; nothing where none is.
    /// `gaps` are what is not known of the packages, which is never a pass.
    pub(super) fn scanned(
        &self,
        inventory: &Inventory,
        gaps: &BTreeSet<&String>,
    ) -> Result<(Report, Option<Digest>), Stopped> {
        let nothing = || Report::new(Vec::new(), Vec::new());
        let Some(policy) = &self.build.scan else { return Ok((nothing(), None)) };
        let mut open: Vec<Finding> = gaps.iter().map(|gap| self.unknown(gap)).collect();
        let database = advisories::open(&self.host.state);
        let scanned = database
            .and_then(|database| scan(inventory, database.as_ref(), policy, SystemClock.now()));
        match scanned {
            Ok(scan) => {
                open.extend(scan.report.not_assessed);
                let report = Report::new(scan.report.findings, open);
                let known =
                    KnownAgainst { vulnerabilities: scan.vulnerabilities, coverage: scan.coverage };
                let json = serde_json::to_vec(&known).unwrap_or_default();
                let kept = self.host.store.put(&json)?;
                Ok((Report { figures: scan.report.figures, ..report }, Some(kept)))
            }
            Err(error) => {
                let finding = self.unfit("scan.database", format!("not assessed: {error}"));
                open.push(finding.hint("`tollgate scan db import all.zip` writes it anew"));
                Ok((Report::new(Vec::new(), open), None))
            }
        }
    }

    fn unknown(&self, gap: &str) -> Finding {
        let message = format!("what the base has in it is not assessed: {gap}");
        self.unfit("scan.base", message).hint("a base of Debian packages tells what is in it")
    }
}
