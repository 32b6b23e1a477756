//! One advisory as it is published.

use serde::Deserialize;
use serde_json::Value as Json;
use tollgate_model::{Rating, Timestamp};

use super::{Advisory, BaseScore, Event, Range};
use crate::python::PackageName;

/// How much of a summary is kept, in characters.
const LONGEST_SUMMARY: usize = 300;
/// The most names of one advisory that are kept.
const MOST_NAMES: usize = 50;

/// An advisory as it is published.
#[derive(Debug, Deserialize)]
pub(super) struct Published {
    pub(super) id: String,
    modified: String,
    #[serde(default)]
    pub(super) withdrawn: Option<Json>,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    upstream: Vec<String>,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    details: String,
    #[serde(default)]
    severity: Vec<Severity>,
    #[serde(default)]
    affected: Vec<Package>,
    #[serde(default)]
    database_specific: Json,
}

#[derive(Debug, Deserialize)]
struct Severity {
    #[serde(rename = "type")]
    kind: String,
    score: String,
}

#[derive(Debug, Deserialize)]
struct Package {
    package: Option<Name>,
    #[serde(default)]
    ranges: Vec<PublishedRange>,
    #[serde(default)]
    versions: Vec<String>,
    #[serde(default)]
    severity: Vec<Severity>,
    #[serde(default)]
    ecosystem_specific: Json,
    #[serde(default)]
    database_specific: Json,
}

#[derive(Debug, Deserialize)]
struct Name {
    ecosystem: String,
    name: String,
}

#[derive(Debug, Deserialize)]
struct PublishedRange {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    events: Vec<PublishedEvent>,
}

#[derive(Debug, Deserialize)]
struct PublishedEvent {
    introduced: Option<String>,
    fixed: Option<String>,
    last_affected: Option<String>,
    limit: Option<String>,
}

impl Published {
    /// When it was changed, if that is a time: PyPI's export has `1-01-01T00:00:00Z`.
    pub(super) fn modified(&self) -> Option<Timestamp> {
        self.modified.parse().ok()
    }

    /// What it says of each package of the ecosystems that are known here: `PyPI` and `Debian:…`.
    pub(super) fn advisories(&self) -> Vec<(String, String, Advisory)> {
        let known = self.affected.iter().filter_map(|affected| {
            let name = affected.package.as_ref()?;
            let normal = match name.ecosystem.as_str() {
                "PyPI" => name.name.parse::<PackageName>().ok()?.to_string(),
                other if other.starts_with("Debian:") => name.name.clone(),
                _ => return None,
            };
            Some((name.ecosystem.clone(), normal, self.of(affected)))
        });
        known.collect()
    }

    fn of(&self, affected: &Package) -> Advisory {
        let score = [&affected.severity, &self.severity].into_iter().find_map(|all| worst(all));
        let told = || {
            let words = [
                &affected.ecosystem_specific["severity"],
                &affected.ecosystem_specific["urgency"],
                &affected.database_specific["severity"],
                &self.database_specific["severity"],
            ];
            words.into_iter().find_map(|word| in_words(word.as_str()?))
        };
        let malicious = self.id.starts_with("MAL-");
        let rating = match malicious {
            true => Some(Rating::Critical),
            false => score.and_then(BaseScore::rating).or_else(told),
        };
        // GIT ranges are about commits, which packages don't tell.
        let ranges = affected.ranges.iter().filter(|range| range.kind != "GIT");
        Advisory {
            ids: self.names(),
            summary: self.sentence(),
            rating,
            score: score.map(BaseScore::value),
            ranges: ranges.map(PublishedRange::range).collect(),
            versions: affected.versions.clone(),
        }
    }

    /// Debian's own names stand for one upstream each; an update that mends several is none of them.
    fn names(&self) -> Vec<String> {
        let mut names = vec![self.id.clone()];
        let upstream = self.upstream.iter().filter(|_| self.upstream.len() == 1);
        for name in self.aliases.iter().chain(upstream).take(MOST_NAMES) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    fn sentence(&self) -> String {
        let given = [self.summary.trim(), self.details.trim()];
        let text = given.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
        let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        match line.char_indices().nth(LONGEST_SUMMARY) {
            Some((end, _)) => format!("{}…", line[..end].trim_end()),
            None => line.trim().to_owned(),
        }
    }
}

/// Vectors of CVSS 4 are not computed; what the advisory says in words holds for those.
fn worst(all: &[Severity]) -> Option<BaseScore> {
    let read = all.iter().filter(|severity| severity.kind == "CVSS_V3");
    read.filter_map(|severity| severity.score.parse().ok())
        .max_by(|one: &BaseScore, other| one.value().total_cmp(&other.value()))
}

/// GitHub's words, and Debian's urgencies.
fn in_words(word: &str) -> Option<Rating> {
    Some(match word.to_ascii_lowercase().as_str() {
        "critical" => Rating::Critical,
        "high" => Rating::High,
        "moderate" | "medium" => Rating::Medium,
        "low" | "unimportant" => Rating::Low,
        _ => return None,
    })
}

impl PublishedRange {
    fn range(&self) -> Range {
        let events = self.events.iter().flat_map(|event| {
            let of =
                |version: &Option<String>, kind: fn(String) -> Event| version.clone().map(kind);
            [
                of(&event.introduced, Event::Introduced),
                of(&event.fixed, Event::Fixed),
                of(&event.last_affected, Event::LastAffected),
                of(&event.limit, Event::Limit),
            ]
        });
        Range { events: events.flatten().collect() }
    }
}
