//! `tollgate audit at`.

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_ledger::Ledger;
use tollgate_model::{
    Decision, Delivery, DeliveryEvent, EnvironmentRecord, Exit, Fact, PromotionStarted,
    ReleaseRecorded, Timestamp,
};

use super::PAGE;
use crate::cli::Context;
use crate::display::{count, style};
use crate::error::CliError;
use crate::project::Project;

const AFTER: &str = "\
Examples:
  tollgate audit at 2026-05-03T14:03:00Z         what served where, and who let it in
  tollgate audit at 2026-05-03T14:03:00+02:00 prod --json";

/// What served at a time, who approved it, on what evidence.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// The time, with its offset from UTC.
    #[arg(value_name = "TIME")]
    time: Timestamp,
    /// Only this environment.
    #[arg(value_name = "ENVIRONMENT")]
    environment: Option<String>,
}

/// An environment as it was.
#[derive(Serialize)]
struct Then {
    environment: String,
    release: tollgate_model::ReleaseId,
    since: Timestamp,
    manifests_commit: Option<String>,
    /// What the release is; none where its record came later, which can't be.
    recorded: Option<ReleaseRecorded>,
    /// Who had it promoted.
    promoted_by: Option<String>,
    promotion: Option<PromotionStarted>,
    approved_by: Vec<String>,
}

pub(super) fn execute(args: &Args, project: &Project, context: &Context) -> Result<Exit, CliError> {
    let ledger = project.existing_ledger()?;
    let mut past = Past::default();
    past.read(&ledger, args.time)?;
    let all = past.environments.keys().cloned().collect::<Vec<_>>();
    let wanted = all.iter().filter(|name| args.environment.as_ref().is_none_or(|it| it == *name));
    let then: Vec<Then> = wanted.filter_map(|name| past.then(name)).collect();
    if context.json {
        then.iter().try_for_each(|then| context.json_line(then))?;
        return Ok(Exit::Passed);
    }
    if then.is_empty() {
        context.line(&format!("nothing served at {}", args.time))?;
    }
    then.iter().try_for_each(|then| show(then, context))?;
    Ok(Exit::Passed)
}

/// All that had happened by then.
#[derive(Default)]
struct Past {
    environments: BTreeMap<String, EnvironmentRecord>,
    promotions: BTreeMap<String, Vec<(String, PromotionStarted)>>,
    releases: BTreeMap<tollgate_model::ReleaseId, ReleaseRecorded>,
}

impl Past {
    fn read(&mut self, ledger: &Ledger, until: Timestamp) -> Result<(), CliError> {
        let mut after = 0;
        loop {
            let page = ledger.read(after, PAGE)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.seq;
            for entry in page {
                // A clock that went back does not hide what came after.
                if entry.at > until {
                    continue;
                }
                match entry.fact {
                    Fact::ReleaseRecorded(release) => {
                        self.releases.insert(release.release, release);
                    }
                    Fact::Delivery(fact) => self.take(fact, entry.at)?,
                    _ => {}
                }
            }
        }
    }

    fn take(&mut self, fact: Delivery, at: Timestamp) -> Result<(), CliError> {
        let record = self.environments.entry(fact.environment.clone()).or_default();
        record.apply(&fact.event, at).map_err(CliError::broken)?;
        if let DeliveryEvent::PromotionStarted(started) = fact.event {
            self.promotions.entry(fact.environment).or_default().push((fact.by, started));
        }
        Ok(())
    }

    fn then(&self, name: &str) -> Option<Then> {
        let record = self.environments.get(name)?;
        let served = record.stable.as_ref()?;
        let promotions = self.promotions.get(name).into_iter().flatten();
        let promotion = promotions.rev().find(|(_, it)| it.release == served.release).cloned();
        let policy = promotion.as_ref().map(|(_, promotion)| promotion.policy);
        let agreed = record.opinions.iter().filter(|(_, opinion)| {
            opinion.release == served.release
                && Some(opinion.policy) == policy
                && opinion.decision != Decision::Reject
        });
        Some(Then {
            environment: name.to_owned(),
            release: served.release,
            since: served.since,
            manifests_commit: served.commit.clone(),
            recorded: self.releases.get(&served.release).cloned(),
            promoted_by: promotion.as_ref().map(|(by, _)| by.clone()),
            promotion: promotion.map(|(_, promotion)| promotion),
            approved_by: agreed.map(|(_, opinion)| opinion.signer.clone()).collect(),
        })
    }
}

fn show(then: &Then, context: &Context) -> Result<(), CliError> {
    let name = style::strong(format!("{:>8}", then.environment));
    context.line(&format!("{name}  {}  since {}", style::strong(then.release), then.since))?;
    if let Some(recorded) = &then.recorded {
        let evidence = count(recorded.evidence.len() as u64, "statement");
        context.line(&format!("          commit {}, {}", recorded.commit, recorded.image))?;
        context.line(&format!("          on {evidence}, by {}", recorded.run))?;
    }
    if let Some(by) = &then.promoted_by {
        context.line(&format!("          promoted by {}", style::safe(by)))?;
    }
    if let Some(who) = then.promotion.as_ref().and_then(|it| it.overridden_by.as_ref()) {
        context
            .line(&style::doubt(format!("          past the policy, by {}", style::safe(who))))?;
    }
    for who in &then.approved_by {
        context.line(&format!("          approved by {}", style::safe(who)))?;
    }
    if let Some(commit) = &then.manifests_commit {
        context.line(&format!("          in commit {commit} of the manifests"))?;
    }
    Ok(())
}
