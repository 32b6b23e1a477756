//! Into an environment.

use tollgate_delivery::manifest::Change;
use tollgate_delivery::policy::Assessment;
use tollgate_model::{Decision, DeliveryEvent, PromotionStarted, ReleaseRecorded, Timestamp};

use super::write::{Said, Written};
use super::{DeliverError, Deliverer};
use crate::PortErrorKind;

/// How often Git is written anew when another commit got in between.
const PUSHES: usize = 5;

/// A promotion that is in Git.
#[derive(Clone, Debug)]
pub struct Promoted {
    /// What the environment said.
    pub assessment: Assessment,
    /// The commit to the manifests.
    pub commit: String,
    /// What it changed; nothing where they named it already.
    pub changes: Vec<Change>,
}

impl Deliverer<'_> {
    /// Moves a release into the environment: decides, and writes Git.
    ///
    /// # Errors
    /// The policy does not admit it, the environment is busy, the manifests can't be changed, or Git
    /// could not be written. Nothing is changed then.
    pub fn promote(
        &mut self,
        recorded: &(Timestamp, ReleaseRecorded),
    ) -> Result<Promoted, DeliverError> {
        let release = &recorded.1;
        // What can't be written is not begun.
        let tip = self.ports.branch.tip(&self.environment.manifests)?;
        self.edited(&tip, release)?;
        let (head, assessment) = self.transact(|this, records| {
            let assessment = this.assess_with(recorded, records)?;
            if !assessment.admits() {
                return Err(DeliverError::Refused(Box::new(assessment)));
            }
            let own = this.own(records);
            if own.stable.as_ref().is_some_and(|served| served.release == release.release) {
                let name = &this.environment.name;
                return Err(DeliverError::Senseless(format!(
                    "{} serves in {name} already",
                    release.release
                )));
            }
            let bytes = serde_json::to_vec(&assessment).unwrap_or_default();
            let started = PromotionStarted {
                release: release.release,
                image: release.image.clone(),
                policy: assessment.policy,
                assessment: this.ports.store.put(&bytes)?,
                overridden_by: assessment.overridden_by.clone(),
            };
            Ok((vec![DeliveryEvent::PromotionStarted(started)], assessment))
        })?;
        let said = Said {
            subject: format!(
                "promote({}): {} {}",
                self.environment.name, self.project, release.release
            ),
            body: format!(
                "{} admits the release of commit {}.",
                self.environment.name, release.commit
            ),
            approved_by: self.agreed(release)?,
            head,
            release,
        };
        self.write_promotion(&said, assessment)
    }

    fn write_promotion(
        &mut self,
        said: &Said<'_>,
        assessment: Assessment,
    ) -> Result<Promoted, DeliverError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.write(said) {
                Ok(Written { commit, changes }) => {
                    self.committed(&commit, said.release)?;
                    return Ok(Promoted { assessment, commit, changes });
                }
                // Somebody else's commit: the edit is made anew, on top of theirs.
                Err(DeliverError::Port(error))
                    if error.kind == PortErrorKind::Conflict && tries < PUSHES => {}
                Err(error) => {
                    self.abandon(&error.to_string())?;
                    return Err(error);
                }
            }
        }
    }

    /// Git has it. A rollback that came meanwhile has ended the promotion, and writes Git itself.
    pub(super) fn committed(
        &mut self,
        commit: &str,
        release: &ReleaseRecorded,
    ) -> Result<(), DeliverError> {
        self.transact(|this, records| {
            let own = this.own(records);
            if own.promoting.is_none() {
                return Ok((Vec::new(), ()));
            }
            let mut events = vec![DeliveryEvent::PromotionCommitted { commit: commit.to_owned() }];
            events.extend(this.applied(release.release));
            Ok((events, ()))
        })
        .map(|_| ())
    }

    pub(super) fn abandon(&mut self, why: &str) -> Result<(), DeliverError> {
        self.transact(|this, records| {
            let own = this.own(records);
            let why = why.to_owned();
            let event = own.promoting.map(|_| DeliveryEvent::PromotionAbandoned { why });
            Ok((event.into_iter().collect(), ()))
        })
        .map(|_| ())
    }

    /// Who agreed to it under this policy, for the record in Git.
    fn agreed(&self, release: &ReleaseRecorded) -> Result<Vec<String>, DeliverError> {
        let own = self.own(&self.record.environments()?);
        let policy = self.environment.policy_digest();
        let agreed = own.opinions.iter().filter(|(_, opinion)| {
            opinion.release == release.release
                && opinion.policy == policy
                && opinion.decision != Decision::Reject
        });
        let mut people: Vec<String> = agreed.map(|(_, opinion)| opinion.signer.clone()).collect();
        people.sort();
        people.dedup();
        Ok(people)
    }
}
