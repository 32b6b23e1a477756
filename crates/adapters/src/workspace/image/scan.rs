//! What is known against the packages of an image.

use tollgate_engine::Clock as _;
use tollgate_image::Inventory;
use tollgate_image::scan::scan;
use tollgate_model::{Finding, Report};

use super::Bench;
use crate::{SystemClock, advisories};

impl Bench<'_> {
    /// The scan that is asked for; nothing where none is. `gaps` are what is not known of the
    /// packages, which is never a pass.
    pub(super) fn scanned(&self, inventory: &Inventory, gaps: &[String]) -> Report {
        let Some(policy) = &self.build.scan else { return Report::new(Vec::new(), Vec::new()) };
        let mut open: Vec<Finding> = gaps.iter().map(|gap| self.unknown(gap)).collect();
        let database = advisories::open(&self.host.state);
        let scanned = database
            .and_then(|database| scan(inventory, database.as_ref(), policy, SystemClock.now()));
        match scanned {
            Ok(scan) => {
                open.extend(scan.report.not_assessed);
                let report = Report::new(scan.report.findings, open);
                Report { figures: scan.report.figures, ..report }
            }
            Err(error) => {
                let finding = self.unfit("scan.database", format!("not assessed: {error}"));
                open.push(finding.hint("`tollgate scan db import all.zip` writes it anew"));
                Report::new(Vec::new(), open)
            }
        }
    }

    fn unknown(&self, gap: &str) -> Finding {
        let message = format!("what the base has in it is not assessed: {gap}");
        self.unfit("scan.base", message).hint("a base of Debian packages tells what is in it")
    }
}
