//! Moves releases into environments and back.
//!
//! Every act is the same: look at the ledger, decide, append where it still ends there, then do it. Who
//! decides on an old ledger loses, and decides again. Facts of runs and of other environments don't
//! stand against it, so no lease is needed: the ledger's order is the order.

mod error;
mod follow;
mod host;
mod judge;
mod ports;
mod promote;
mod rollback;
mod rollout;
mod sample;
mod write;

use std::collections::BTreeMap;

use tollgate_delivery::approval::Statement;
use tollgate_delivery::policy::{Assessment, Case, Voice, assess};
use tollgate_ledger::{Head, LedgerError};
use tollgate_model::{
    Delivery, DeliveryEvent, Environment, EnvironmentRecord, Fact, Opinion, ReleaseRecorded,
    Target, Timestamp,
};

use crate::{Clock, Store};

pub use error::DeliverError;
pub use follow::Followed;
pub use host::{Host, Looked, Split, Traffic, Workloads};
pub use judge::{Judgement, RolloutJudge};
pub use ports::{Branch, Record, Tip, Witness};
pub use promote::Promoted;
pub use rollback::{Asked, WentBack};
pub use rollout::{Life, Next, Seen, next};
pub use sample::{Role, Sample, Value};

/// How often a decision is made anew when somebody else got in between.
const TRIES: usize = 50;

/// What delivery acts through.
#[derive(Clone, Copy)]
pub struct DeliveryPorts<'a> {
    /// Tells the time.
    pub clock: &'a dyn Clock,
    /// Keeps what was decided by.
    pub store: &'a dyn Store,
    /// The branches that environments follow.
    pub branch: &'a dyn Branch,
    /// Checks signatures.
    pub witness: &'a dyn Witness,
}

/// One environment, and who acts on it.
pub struct Deliverer<'a> {
    /// The project's name.
    pub project: &'a str,
    /// The environment.
    pub environment: &'a Environment,
    /// What it is called in the manifests, where they don't say.
    pub repository: &'a str,
    /// The ledger.
    pub record: &'a mut dyn Record,
    /// The outside.
    pub ports: DeliveryPorts<'a>,
    /// Who asks: a person, a pipeline, or Tollgate itself.
    pub by: String,
}

type Records = BTreeMap<String, EnvironmentRecord>;

impl Deliverer<'_> {
    /// What the environment says to a release now.
    ///
    /// # Errors
    /// The ledger or the project's history can't be read.
    pub fn assess(
        &self,
        recorded: &(Timestamp, ReleaseRecorded),
    ) -> Result<Assessment, DeliverError> {
        self.assess_with(recorded, &self.record.environments()?)
    }

    fn assess_with(
        &self,
        (at, release): &(Timestamp, ReleaseRecorded),
        records: &Records,
    ) -> Result<Assessment, DeliverError> {
        let own = records.get(&self.environment.name);
        let opinions = own.map_or(&[][..], |record| &record.opinions);
        let of_this = opinions.iter().filter(|(_, opinion)| opinion.release == release.release);
        let voices: Vec<Voice> =
            of_this.map(|(at, opinion)| self.voice(*at, opinion, release)).collect();
        let case = Case {
            environment: self.environment,
            release: release.release,
            evidence: &self.ports.witness.evidence(release, *at),
            records,
            opinions: &voices,
            authors: &self.authors(own, release)?,
            now: self.ports.clock.now(),
        };
        Ok(assess(&case))
    }

    fn voice(&self, at: Timestamp, opinion: &Opinion, release: &ReleaseRecorded) -> Voice {
        let text = self.statement(opinion, release);
        let void = match &self.environment.policy.approvals {
            Some(asked) => self.ports.witness.void(&text, opinion, &asked.by),
            None => Some("nobody is asked".to_owned()),
        };
        Voice { at, opinion: opinion.clone(), void }
    }

    /// The text that a person signs.
    #[must_use]
    pub fn statement(&self, opinion: &Opinion, release: &ReleaseRecorded) -> String {
        let statement = Statement {
            project: self.project,
            environment: &self.environment.name,
            release: release.release,
            image: &release.image,
            policy: opinion.policy,
            decision: opinion.decision,
            reason: opinion.reason.as_deref(),
        };
        statement.text()
    }

    /// Only where it matters: history is not asked for nothing.
    fn authors(
        &self,
        own: Option<&EnvironmentRecord>,
        release: &ReleaseRecorded,
    ) -> Result<Vec<String>, DeliverError> {
        let asked = self.environment.policy.approvals.as_ref();
        if asked.is_none_or(|asked| !asked.separate_author) {
            return Ok(Vec::new());
        }
        let serves = own.and_then(|record| record.stable.as_ref());
        let serves = match serves {
            Some(served) => self.record.release(&served.release)?,
            None => None,
        };
        let since = serves.as_ref().map(|(_, release)| release.commit.as_str());
        Ok(self.ports.branch.authors(since, &release.commit)?)
    }

    /// A person's word, whose signature is in the store already.
    ///
    /// # Errors
    /// It is not to be believed, or the ledger can't be written.
    pub fn hear(
        &mut self,
        opinion: &Opinion,
        release: &ReleaseRecorded,
    ) -> Result<(), DeliverError> {
        if let Some(why) = self.voice(self.ports.clock.now(), opinion, release).void {
            return Err(DeliverError::Senseless(why));
        }
        self.note(&[DeliveryEvent::OpinionGiven(opinion.clone())])
    }

    /// Appends what is so, whatever else is.
    ///
    /// # Errors
    /// It can't follow on what is there, or the ledger can't be written.
    pub fn note(&mut self, events: &[DeliveryEvent]) -> Result<(), DeliverError> {
        self.transact(|_, _| Ok((events.to_vec(), ()))).map(|_| ())
    }

    /// Decides on the ledger as it is, and appends where it still is so.
    fn transact<T>(
        &mut self,
        mut decide: impl FnMut(&Self, &Records) -> Result<(Vec<DeliveryEvent>, T), DeliverError>,
    ) -> Result<(Head, T), DeliverError> {
        let mut tries = 0;
        loop {
            let head = self.record.head()?;
            let records = self.record.environments()?;
            let (events, outcome) = decide(self, &records)?;
            if events.is_empty() {
                return Ok((head, outcome));
            }
            let facts: Vec<Fact> = events.into_iter().map(|event| self.fact(event)).collect();
            tries += 1;
            match self.record.append(head.seq, self.ports.clock.now(), &facts) {
                Ok(head) => return Ok((head, outcome)),
                Err(LedgerError::Conflict { .. }) if tries < TRIES => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn fact(&self, event: DeliveryEvent) -> Fact {
        let environment = self.environment.name.clone();
        Fact::Delivery(Delivery { environment, by: self.by.clone(), event })
    }

    fn own(&self, records: &Records) -> EnvironmentRecord {
        records.get(&self.environment.name).cloned().unwrap_or_default()
    }

    /// What follows on a commit where something else applies the manifests: Git has it, so it serves,
    /// as far as anybody here can tell. Where this machine is the target, `serve` takes it from there.
    fn applied(&self, release: tollgate_model::ReleaseId) -> Vec<DeliveryEvent> {
        match self.environment.target {
            Target::Gitops => {
                vec![DeliveryEvent::RolloutStarted { release }, DeliveryEvent::RolloutCompleted]
            }
            Target::Local(_) => Vec::new(),
        }
    }
}
