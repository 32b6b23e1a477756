//! Whether an environment admits a release: a pure function of what is known of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tollgate_model::{
    Approvals, Decision, Delivery, Digest, Environment, EnvironmentRecord, Opinion, ReleaseId,
    Timestamp, Verdict, format_duration,
};

/// All that is known, when it is asked.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The environment, with what it asks.
    pub environment: &'a Environment,
    /// The release.
    pub release: ReleaseId,
    /// What its evidence says, of which every signature was checked.
    pub evidence: &'a [Shown],
    /// How all environments stand.
    pub records: &'a BTreeMap<String, EnvironmentRecord>,
    /// What people said of it here, of which every signature was checked.
    pub opinions: &'a [Voice],
    /// Who wrote what is new in it: mail addresses, in lower case.
    pub authors: &'a [String],
    /// The time.
    pub now: Timestamp,
}

/// What one piece of evidence says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// The step, or `scan`.
    pub name: String,
    /// What came of it.
    pub verdict: Verdict,
    /// When.
    pub at: Timestamp,
    /// What was found, where it is not to be believed.
    pub found: Option<String>,
}

/// What a person said, and whether they did.
#[derive(Clone, Debug, PartialEq)]
pub struct Voice {
    /// When it was said.
    pub at: Timestamp,
    /// What.
    pub opinion: Opinion,
    /// Why the signature is not to be believed, where that is so.
    pub void: Option<String>,
}

/// What an environment says to a release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    /// The environment.
    pub environment: String,
    /// The release.
    pub release: ReleaseId,
    /// The digest of the policy.
    pub policy: Digest,
    /// When it was asked.
    pub at: Timestamp,
    /// What its conditions come to together.
    pub verdict: Verdict,
    /// Each of them.
    pub conditions: Vec<Condition>,
    /// Who goes past it, where somebody does.
    pub overridden_by: Option<String>,
}

/// One thing that is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// What.
    pub name: String,
    /// Whether it is met. What is not there yet is undecided.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What would meet it, where it is not met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Assessment {
    /// Whether the release may come in.
    #[must_use]
    pub fn admits(&self) -> bool {
        self.verdict.passed() || self.overridden_by.is_some()
    }

    /// The conditions that are not met.
    pub fn unmet(&self) -> impl Iterator<Item = &Condition> {
        self.conditions.iter().filter(|condition| !condition.verdict.passed())
    }
}

/// What the environment says to the release.
#[must_use]
pub fn assess(case: &Case<'_>) -> Assessment {
    let mut conditions = case.evidence();
    conditions.extend(case.after());
    conditions.extend(case.approvals());
    conditions.push(case.freeze());
    conditions.push(case.hold());
    conditions.extend(case.drill());
    Assessment {
        environment: case.environment.name.clone(),
        release: case.release,
        policy: case.environment.policy_digest(),
        at: case.now,
        verdict: Verdict::all(conditions.iter().map(|condition| condition.verdict)),
        conditions,
        overridden_by: case.overridden(),
    }
}

fn met(name: impl Into<String>, found: impl Into<String>) -> Condition {
    let (name, found) = (name.into(), found.into());
    Condition { name, verdict: Verdict::Pass, found, remedy: None }
}

fn unmet(
    name: impl Into<String>,
    verdict: Verdict,
    found: impl Into<String>,
    remedy: impl Into<String>,
) -> Condition {
    let (name, found, remedy) = (name.into(), found.into(), Some(remedy.into()));
    Condition { name, verdict, found, remedy }
}

impl Case<'_> {
    fn record(&self) -> Option<&EnvironmentRecord> {
        self.records.get(&self.environment.name)
    }

    fn age(&self, at: Timestamp) -> Duration {
        Duration::from_millis(self.now.millis_since(at))
    }

    fn evidence(&self) -> Vec<Condition> {
        let unsound = self.evidence.iter().filter_map(|shown| {
            let why = shown.found.as_ref()?;
            let remedy = "`tollgate release verify` tells more";
            Some(unmet(format!("evidence {}", shown.name), Verdict::Fail, why, remedy))
        });
        let asked = &self.environment.policy.evidence;
        let mut all: Vec<Condition> = unsound.collect();
        if self.evidence.is_empty() {
            let remedy = "a run at a commit makes a release, with evidence";
            all.push(unmet("evidence", Verdict::Undecided, "there is none", remedy));
        }
        all.extend(asked.iter().map(|name| match name.strip_prefix("smoke.") {
            Some(environment) => self.smoked(name, environment),
            None => self.shown(name),
        }));
        all
    }

    fn shown(&self, name: &str) -> Condition {
        let label = format!("evidence {name}");
        let Some(shown) = self.evidence.iter().filter(|it| it.name == name).max_by_key(|it| it.at)
        else {
            let remedy = format!("run a pipeline that has `{name}`, and builds the image");
            return unmet(label, Verdict::Undecided, "nothing tells of it", remedy);
        };
        if !shown.verdict.passed() {
            let remedy = "a release in which it passed";
            return unmet(label, shown.verdict, "it did not pass", remedy);
        }
        let age = format_duration(self.age(shown.at));
        match self.environment.policy.max_age {
            Some(most) if self.age(shown.at) > most => {
                let found = format!("it passed {age} ago, {} is allowed", format_duration(most));
                unmet(label, Verdict::Undecided, found, "run the pipeline again")
            }
            _ => met(label, format!("passed {age} ago")),
        }
    }

    fn smoked(&self, name: &str, environment: &str) -> Condition {
        let record = self.records.get(environment);
        match record.and_then(|record| record.smoked.get(&self.release)) {
            Some((at, Verdict::Pass)) => met(
                format!("evidence {name}"),
                format!("passed {} ago", format_duration(self.age(*at))),
            ),
            Some((_, verdict)) => {
                let remedy = "a release that answers";
                unmet(format!("evidence {name}"), *verdict, "it did not pass", remedy)
            }
            None => {
                let remedy = format!("promote it to {environment} first");
                unmet(format!("evidence {name}"), Verdict::Undecided, "it was not tried", remedy)
            }
        }
    }

    fn after(&self) -> Vec<Condition> {
        self.environment.after.iter().map(|name| self.served_in(name)).collect()
    }

    fn served_in(&self, name: &str) -> Condition {
        let label = format!("after {name}");
        let record = self.records.get(name);
        if let Some(why) = record.and_then(|record| record.holds.get(&self.release)) {
            let remedy = format!("`tollgate hold --lift {name}`, with a reason");
            return unmet(label, Verdict::Fail, format!("held in {name}: {why}"), remedy);
        }
        let Some(served) = record.and_then(|record| record.has_served(self.release)) else {
            let remedy = format!("`tollgate promote {name} {}`", self.release);
            return unmet(
                label,
                Verdict::Undecided,
                format!("it has not served in {name}"),
                remedy,
            );
        };
        let age = self.age(served.since);
        match self.environment.policy.soak {
            Some(soak) if age < soak => {
                let left = format_duration(soak.saturating_sub(age));
                let found = format!("it has served in {name} for {}", format_duration(age));
                unmet(label, Verdict::Undecided, found, format!("wait for {left} more"))
            }
            _ => met(label, format!("it has served in {name} for {}", format_duration(age))),
        }
    }

    fn approvals(&self) -> Option<Condition> {
        let asked = self.environment.policy.approvals.as_ref()?;
        let heard = self.heard(asked);
        let refused = heard.iter().find(|(_, voice)| voice.opinion.decision == Decision::Reject);
        if let Some((signer, voice)) = refused {
            let why = voice.opinion.reason.as_deref().unwrap_or("no reason given");
            let remedy = format!("{signer} can approve it after all");
            return Some(unmet(
                "approvals",
                Verdict::Fail,
                format!("{signer} rejects it: {why}"),
                remedy,
            ));
        }
        let approve = heard.keys().copied().collect::<BTreeSet<_>>();
        let missing: Vec<&str> = asked
            .groups
            .iter()
            .filter(|(_, people)| !people.iter().any(|person| approve.contains(person.as_str())))
            .map(|(group, _)| group.as_str())
            .collect();
        let found = self.told(&approve, asked);
        let remedy = format!("`tollgate approve {} {}`", self.environment.name, self.release);
        Some(if approve.len() < asked.count as usize {
            unmet("approvals", Verdict::Undecided, found, remedy)
        } else if !missing.is_empty() {
            let found = format!("{found}; nobody of {}", missing.join(", "));
            unmet("approvals", Verdict::Undecided, found, remedy)
        } else {
            met("approvals", found)
        })
    }

    /// The last word of each person that counts. An override is an approval too.
    fn heard(&self, asked: &Approvals) -> BTreeMap<&str, &Voice> {
        let mut last = BTreeMap::new();
        for voice in self.opinions.iter().filter(|voice| self.why_void(voice, asked).is_none()) {
            last.insert(voice.opinion.signer.as_str(), voice);
        }
        last
    }

    /// Why what a person said does not count here and now.
    fn why_void(&self, voice: &Voice, asked: &Approvals) -> Option<String> {
        let Voice { at, opinion, void } = voice;
        if opinion.release != self.release {
            return Some(format!("it is for {}", opinion.release));
        }
        if opinion.policy != self.environment.policy_digest() {
            return Some("the policy has changed since".to_owned());
        }
        if let Some(why) = void {
            return Some(why.clone());
        }
        if asked.expire.is_some_and(|expire| self.age(*at) > expire) {
            return Some("it has expired".to_owned());
        }
        let signer = opinion.signer.to_lowercase();
        let wrote = asked.separate_author && self.authors.contains(&signer);
        (wrote && opinion.decision != Decision::Reject).then(|| "they wrote it".to_owned())
    }

    fn told(&self, approve: &BTreeSet<&str>, asked: &Approvals) -> String {
        let count = format!("{} of {}", approve.len(), asked.count);
        let names = approve.iter().copied().collect::<Vec<_>>().join(", ");
        let mut found = if names.is_empty() { count } else { format!("{count}: {names}") };
        for voice in self.opinions.iter().filter(|voice| voice.opinion.release == self.release) {
            if let Some(why) = self.why_void(voice, asked) {
                found.push_str(&format!("; {}'s does not count: {why}", voice.opinion.signer));
            }
        }
        found
    }

    fn overridden(&self) -> Option<String> {
        let asked = self.environment.policy.approvals.as_ref()?;
        let heard = self.heard(asked);
        let goes_past =
            |(_, voice): &(&&str, &&Voice)| voice.opinion.decision == Decision::Override;
        heard.iter().find(goes_past).map(|(signer, _)| (*signer).to_owned())
    }

    fn freeze(&self) -> Condition {
        let everywhere = self.records.get(Delivery::ALL);
        let frozen = |record: Option<&EnvironmentRecord>| record.and_then(|it| it.frozen.clone());
        if let Some(why) = frozen(everywhere) {
            return unmet(
                "freeze",
                Verdict::Fail,
                format!("everything is frozen: {why}"),
                "`tollgate freeze --all --lift`",
            );
        }
        let name = &self.environment.name;
        if let Some(why) = frozen(self.record()) {
            let remedy = format!("`tollgate freeze {name} --lift`");
            return unmet("freeze", Verdict::Fail, format!("{name} is frozen: {why}"), remedy);
        }
        for window in &self.environment.freeze {
            if let Some(end) = window.ends(self.now) {
                let found = format!("{window}");
                return unmet("freeze", Verdict::Fail, found, format!("wait until {end}"));
            }
        }
        met("freeze", "none")
    }

    fn hold(&self) -> Condition {
        match self.record().and_then(|record| record.holds.get(&self.release)) {
            Some(why) => {
                let name = &self.environment.name;
                let remedy = format!("`tollgate hold --lift {name} {} --reason …`", self.release);
                unmet("hold", Verdict::Fail, format!("held: {why}"), remedy)
            }
            None => met("hold", "none"),
        }
    }

    fn drill(&self) -> Option<Condition> {
        let most = self.environment.policy.drill?;
        let record = self.record();
        let remedy = format!("`tollgate drill {}`", self.environment.name);
        let last = record.and_then(|record| record.drilled);
        // What has nothing to go back to can't be rehearsed.
        if last.is_none() && record.is_none_or(|record| record.last_good().is_none()) {
            return Some(met("drill", "nothing to go back to yet"));
        }
        Some(match last {
            Some(at) if self.age(at) <= most => {
                met("drill", format!("went well {} ago", format_duration(self.age(at))))
            }
            Some(at) => {
                let found = format!("the last was {} ago", format_duration(self.age(at)));
                unmet("drill", Verdict::Undecided, found, remedy)
            }
            None => unmet("drill", Verdict::Undecided, "there was none", remedy),
        })
    }
}
