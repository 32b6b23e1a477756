//! Which advisories hold for which packages.

use std::collections::BTreeMap;

use tollgate_model::{Finding, Place, Rating};

use super::why::Why;
use super::{Counts, Vulnerability};
use crate::osv::{Advisory, Affected, Database, DatabaseError, Unreadable};
use crate::{Ecosystem, Inventory, Package};

/// What was found.
#[derive(Default)]
pub(super) struct Searched {
    pub(super) vulnerabilities: Vec<Vulnerability>,
    /// Packages of which nothing can be said.
    pub(super) unreadable: Vec<Finding>,
}

/// What advisories go by: the package, or the source that it was built from, with its version.
type Subject<'a> = (&'a Ecosystem, &'a str, &'a str);

fn subject(package: &Package) -> Subject<'_> {
    match &package.source {
        Some((name, version)) => (&package.ecosystem, name, version),
        None => (&package.ecosystem, &package.name, &package.version),
    }
}

pub(super) fn search(
    inventory: &Inventory,
    database: &Database,
) -> Result<Searched, DatabaseError> {
    let mut subjects: BTreeMap<Subject<'_>, Vec<&Package>> = BTreeMap::new();
    for package in &inventory.packages {
        subjects.entry(subject(package)).or_default().push(package);
    }
    let why = Why::of(inventory);
    let mut searched = Searched::default();
    for (subject, packages) in subjects {
        let (ecosystem, name, version) = subject;
        let mut held: Vec<Held> = Vec::new();
        for advisory in database.of(ecosystem, name)? {
            match advisory.affects(ecosystem, version) {
                Ok(Affected::No) => {}
                Ok(Affected::Yes { fixed }) => Held::new(advisory, fixed).join(&mut held),
                Err(unreadable) => searched.open(subject, &advisory, &unreadable),
            }
        }
        let found = held.into_iter().map(|held| held.vulnerability(subject, &packages, &why));
        searched.vulnerabilities.extend(found);
    }
    Ok(searched)
}

impl Searched {
    fn open(&mut self, subject: Subject<'_>, advisory: &Advisory, why: &Unreadable) {
        let (_, name, version) = subject;
        let place = Place::Package { package: name.to_owned(), version: version.to_owned() };
        let id = advisory.ids.first().map(String::as_str).unwrap_or_default();
        let message = format!("{name} {version}: whether it has {id} is not assessed: {why}");
        self.unreadable.push(Finding::new("scan.version", place, message).about(id));
    }
}

/// One vulnerability under all its names: several databases tell of it, each in its own words.
struct Held {
    ids: Vec<String>,
    summary: String,
    rating: Option<Rating>,
    score: Option<f64>,
    fixed: Vec<String>,
}

impl Held {
    fn new(advisory: Advisory, fixed: Vec<String>) -> Self {
        let Advisory { ids, summary, rating, score, .. } = advisory;
        Self { ids, summary, rating, score, fixed }
    }

    /// Those that have a name in common are one.
    fn join(mut self, all: &mut Vec<Self>) {
        let same = |other: &Self| other.ids.iter().any(|id| self.ids.contains(id));
        let (same, others): (Vec<Self>, Vec<Self>) = all.drain(..).partition(same);
        *all = others;
        for other in same {
            self.take(other);
        }
        all.push(self);
    }

    fn take(&mut self, other: Self) {
        let add = |to: &mut Vec<String>, from: Vec<String>| {
            for one in from {
                if !to.contains(&one) {
                    to.push(one);
                }
            }
        };
        add(&mut self.ids, other.ids);
        add(&mut self.fixed, other.fixed);
        if self.summary.is_empty() {
            self.summary = other.summary;
        }
        // Of two that rate it differently the worse is believed.
        self.rating = self.rating.max(other.rating);
        self.score = match (self.score, other.score) {
            (Some(one), Some(other)) => Some(one.max(other)),
            (one, other) => one.or(other),
        };
    }

    fn vulnerability(
        mut self,
        (ecosystem, _, version): Subject<'_>,
        packages: &[&Package],
        why: &Why<'_>,
    ) -> Vulnerability {
        self.ids.sort_by_key(|id| (!id.starts_with("CVE-"), id.clone()));
        let names: Vec<String> = packages.iter().map(|package| package.name.clone()).collect();
        Vulnerability {
            ids: self.ids,
            summary: self.summary,
            rating: self.rating,
            score: self.score,
            path: names.first().map(|name| why.path(ecosystem, name)).unwrap_or_default(),
            packages: names,
            version: version.to_owned(),
            ecosystem: ecosystem.to_string(),
            fixed: self.fixed,
            purls: packages.iter().map(|package| package.purl()).collect(),
            counts: Counts::Fails,
        }
    }
}
