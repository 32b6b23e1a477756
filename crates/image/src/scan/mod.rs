//! What is known against an image, and what follows from it.
//!
//! Three things can come of a scan, and the third is never told as the first: nothing is known
//! against a package; something is; or the database doesn't say, because it has no such ecosystem,
//! is too old, or a version can't be compared.

mod found;
mod policy;
mod why;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tollgate_model::{Finding, Place, Rating, Report, ScanPolicy, Severity, Timestamp};

use crate::licence;
use crate::osv::{Coverage, Database, DatabaseError};
use crate::{Ecosystem, Inventory, Package};
use found::{Searched, search};
use policy::Judge;

/// How a database is had.
const HOW: &str = "`tollgate scan db import all.zip` reads the export of osv.dev for an ecosystem";

/// What came of a scan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scan {
    /// The verdict, and what it follows from.
    pub report: Report,
    /// All that is known, whether it counts or not, worst first.
    pub vulnerabilities: Vec<Vulnerability>,
    /// What the database covers.
    pub coverage: Vec<Coverage>,
}

/// A vulnerability of a package that is in the image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vulnerability {
    /// All its names, `CVE-…` first.
    pub ids: Vec<String>,
    /// In a sentence.
    pub summary: String,
    /// How bad it is; none where nobody says.
    pub rating: Option<Rating>,
    /// CVSS base score, 0 to 10.
    pub score: Option<f64>,
    /// The packages that have it: several where they were built from one source.
    pub packages: Vec<String>,
    /// Their version: of the source, where they were built from one.
    pub version: String,
    /// `PyPI`, `Debian:12`.
    pub ecosystem: String,
    /// Versions without it, the nearest first.
    pub fixed: Vec<String>,
    /// Package URLs.
    pub purls: Vec<String>,
    /// From a package that nothing needs to this one, each pulling in the next.
    pub path: Vec<String>,
    /// Whether it fails the image; else why not.
    pub counts: Counts,
}

/// Whether a vulnerability counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counts {
    /// It fails the image.
    Fails,
    /// It is less bad than what fails.
    Below,
    /// There is no version without it.
    NotFixable,
    /// Somebody answered for it.
    Waived {
        /// Why it may stay.
        reason: String,
        /// Until when.
        until: Timestamp,
    },
}

/// What is known against these packages, and whether their licences are those of the policy. `now` decides how old the database is and which waivers
/// hold; without a database nothing is assessed.
///
/// # Errors
/// The database can't be read, or is damaged.
pub fn scan(
    inventory: &Inventory,
    database: Option<&Database>,
    policy: &ScanPolicy,
    now: Timestamp,
) -> Result<Scan, DatabaseError> {
    let mut not_assessed = gaps(inventory, database, policy, now);
    let Searched { vulnerabilities, unreadable } = match database {
        Some(database) => search(inventory, database)?,
        None => Searched::default(),
    };
    not_assessed.extend(unreadable);
    let mut judge = Judge::new(policy, now);
    let mut vulnerabilities: Vec<Vulnerability> =
        vulnerabilities.into_iter().map(|found| judge.counts(found)).collect();
    vulnerabilities.sort_by_key(|found| (order(found), found.packages.clone(), found.ids.clone()));
    let mut findings: Vec<Finding> =
        vulnerabilities.iter().map(|found| judge.finding(found)).collect();
    findings.extend(judge.idle_waivers());
    let allowed = policy.allowed_licences.as_deref();
    let (denied, unknown) = licence::check(inventory, allowed, &policy.denied_licences);
    findings.extend(denied);
    not_assessed.extend(unknown);
    let failing = vulnerabilities.iter().filter(|found| found.counts == Counts::Fails).count();
    let report = Report::new(findings, not_assessed)
        .figure("scan.packages", figure(inventory.packages.len()))
        .figure("scan.vulnerabilities", figure(vulnerabilities.len()))
        .figure("scan.failing", figure(failing));
    let coverage = database.map(|database| database.coverage().to_vec()).unwrap_or_default();
    Ok(Scan { report, vulnerabilities, coverage })
}

#[expect(clippy::cast_precision_loss, reason = "numbers of packages")]
fn figure(count: usize) -> f64 {
    count as f64
}

/// What fails first, then the worst; what nobody rated may be the worst.
fn order(found: &Vulnerability) -> (bool, std::cmp::Reverse<Rating>) {
    let rating = found.rating.unwrap_or(Rating::Critical);
    (found.counts != Counts::Fails, std::cmp::Reverse(rating))
}

/// What the database can't tell of, by ecosystem.
fn gaps(
    inventory: &Inventory,
    database: Option<&Database>,
    policy: &ScanPolicy,
    now: Timestamp,
) -> Vec<Finding> {
    let mut packages: BTreeMap<&Ecosystem, Vec<&Package>> = BTreeMap::new();
    for package in &inventory.packages {
        packages.entry(&package.ecosystem).or_default().push(package);
    }
    let gap = |(ecosystem, packages): (&Ecosystem, Vec<&Package>)| {
        let count = match packages.len() {
            1 => format!("1 package of {ecosystem} is"),
            many => format!("{many} packages of {ecosystem} are"),
        };
        let Some(database) = database else {
            let message = format!("{count} not assessed: there is no database of advisories");
            return Some(about(ecosystem, message).hint(HOW));
        };
        let Some(coverage) = database.covers(ecosystem) else {
            let message = format!("{count} not assessed: the database says nothing of {ecosystem}");
            return Some(about(ecosystem, message).hint(HOW));
        };
        let age = std::time::Duration::from_millis(now.millis_since(coverage.newest));
        if age <= policy.max_age {
            return None;
        }
        let message = format!(
            "{count} not assessed: what the database knows of {ecosystem} is {} old",
            days(age)
        );
        let found = format!("the newest is of {}", coverage.newest);
        let finding = about(ecosystem, message)
            .contrast(format!("at most {} old", days(policy.max_age)), found);
        Some(finding.hint(HOW))
    };
    packages.into_iter().filter_map(gap).collect()
}

fn days(age: std::time::Duration) -> String {
    match age.as_secs() / 86_400 {
        0 => format!("{} h", age.as_secs() / 3_600),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

fn about(ecosystem: &Ecosystem, message: String) -> Finding {
    let place = Place::Package { package: ecosystem.to_string(), version: "(all)".to_owned() };
    Finding::new("scan.database", place, message)
}

/// A finding that fails nothing.
fn note(finding: Finding) -> Finding {
    Finding { severity: Severity::Info, ..finding }
}
