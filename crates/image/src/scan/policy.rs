//! Which vulnerabilities count.

use tollgate_model::{Finding, Place, Rating, ScanPolicy, SourceLine, Timestamp, Waiver};

use super::{Counts, Vulnerability, note};

/// Where waivers stand.
const FILE: &str = "tollgate.yaml";

/// Holds vulnerabilities against a policy.
pub(super) struct Judge<'a> {
    policy: &'a ScanPolicy,
    now: Timestamp,
    /// For each waiver whether it was for something.
    used: Vec<bool>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(policy: &'a ScanPolicy, now: Timestamp) -> Self {
        Self { policy, now, used: vec![false; policy.waivers.len()] }
    }

    /// The vulnerability, with whether it counts.
    pub(super) fn counts(&mut self, found: Vulnerability) -> Vulnerability {
        let mut holds = None;
        for (waiver, used) in self.policy.waivers.iter().zip(&mut self.used) {
            if is_for(waiver, &found) {
                *used = true;
                if self.now < waiver.expires {
                    holds.get_or_insert(waiver);
                }
            }
        }
        // What nobody rated can't be shown to be less bad than what fails.
        let below = found.rating.is_some_and(|rating| rating < self.policy.fail_on);
        let counts = match holds {
            Some(waiver) => Counts::Waived { reason: waiver.reason.clone(), until: waiver.expires },
            None if below => Counts::Below,
            None if self.policy.only_fixable && found.fixed.is_empty() => Counts::NotFixable,
            None => Counts::Fails,
        };
        Vulnerability { counts, ..found }
    }

    /// What is to be said of it.
    pub(super) fn finding(&self, found: &Vulnerability) -> Finding {
        let place =
            Place::Package { package: found.packages.join(", "), version: found.version.clone() };
        let finding = Finding::new("scan.vulnerability", place, self.message(found));
        let subject = found.ids.first().cloned();
        let finding = Finding { subject, ..finding.hint(remedy(found)) };
        match found.counts {
            Counts::Fails => Finding { rule: self.expired(found).map(line), ..finding },
            _ => note(finding),
        }
    }

    fn message(&self, found: &Vulnerability) -> String {
        let (first, others) =
            found.ids.split_first().map_or(("", &[][..]), |(id, rest)| (id, rest));
        let others = match others {
            [] => String::new(),
            others => format!(" ({})", others.join(", ")),
        };
        let severity = match (found.rating, found.score) {
            (Some(rating), Some(score)) => format!("{} {score:.1}", word(rating)),
            (Some(rating), None) => word(rating).to_owned(),
            (None, _) => "of unknown severity".to_owned(),
        };
        let summary = match found.summary.as_str() {
            "" => String::new(),
            summary => format!(": {summary}"),
        };
        let standing = match &found.counts {
            Counts::Fails => match self.expired(found) {
                Some(waiver) => format!("; its waiver ended {}", waiver.expires),
                None => String::new(),
            },
            Counts::Below => format!("; below {}", word(self.policy.fail_on)),
            Counts::NotFixable => "; there is no version without it".to_owned(),
            Counts::Waived { reason, until } => format!("; waived until {until}: {reason}"),
        };
        let names = found.packages.join(", ");
        format!("{names} {}: {first}{others}, {severity}{summary}{standing}", found.version)
    }

    fn expired(&self, found: &Vulnerability) -> Option<&Waiver> {
        self.policy
            .waivers
            .iter()
            .find(|waiver| is_for(waiver, found) && waiver.expires <= self.now)
    }

    /// Waivers for what is not there (any more).
    pub(super) fn idle_waivers(&self) -> Vec<Finding> {
        let idle = self.policy.waivers.iter().zip(&self.used).filter(|(_, used)| !**used);
        let told = |(waiver, _): (&Waiver, &bool)| {
            let place = Place::File { path: FILE.to_owned(), line: Some(u64::from(waiver.line)) };
            let message = format!("the waiver for {} is for nothing in this image", waiver.id);
            let finding = Finding::new("scan.waiver", place, message).about(&waiver.id);
            let finding = finding.hint("take it out");
            note(Finding { rule: Some(line(waiver)), ..finding })
        };
        idle.map(told).collect()
    }
}

fn is_for(waiver: &Waiver, found: &Vulnerability) -> bool {
    let named = found.ids.iter().any(|id| id.eq_ignore_ascii_case(&waiver.id));
    named && waiver.package.as_ref().is_none_or(|package| found.packages.contains(package))
}

fn line(waiver: &Waiver) -> SourceLine {
    SourceLine { path: FILE.to_owned(), line: waiver.line }
}

fn remedy(found: &Vulnerability) -> String {
    let to = match found.fixed.as_slice() {
        [] => {
            "there is no version without it yet: waive it with a reason, or do without".to_owned()
        }
        fixed => format!("without it: {}", fixed.join(", ")),
    };
    match found.path.as_slice() {
        [] | [_] => to,
        path => format!("{to}; it is there for {}", path.join(" > ")),
    }
}

fn word(rating: Rating) -> &'static str {
    match rating {
        Rating::Low => "low",
        Rating::Medium => "medium",
        Rating::High => "high",
        Rating::Critical => "critical",
    }
}
