//! The environment follows its branch: what stands there was decided, by whomever.

use std::time::Duration;

use tollgate_model::DeliveryEvent;

use super::{DeliverError, Deliverer};

/// After so long a promotion that Git does not have is not on its way any more.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the branch asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Followed {
    /// What serves, or is on its way.
    Same,
    /// Nothing by digest yet: a tag says nothing of what runs.
    Nothing,
    /// A commit that Tollgate did not make asks for this, and policy admits it.
    Adopted(String),
    /// A commit that Tollgate did not make asks for what policy does not admit.
    Refused {
        /// The commit.
        commit: String,
        /// The image.
        image: String,
        /// Why not.
        why: String,
    },
}

impl Deliverer<'_> {
    /// Ends what a dead process left open, and looks what the branch asks for.
    ///
    /// # Errors
    /// Git can't be reached, or the ledger can't be written.
    pub fn follow(&mut self) -> Result<Followed, DeliverError> {
        self.catch_up()?;
        let tip = self.ports.branch.tip(&self.environment.manifests)?;
        let wants = self.wants(&tip)?;
        self.resume(wants.as_deref().unwrap_or_default(), &tip.commit)?;
        let Some(image) = wants else { return Ok(Followed::Nothing) };
        let found = self.record.release_of_image(&image)?;
        let (_, followed) = self.transact(|this, records| {
            let own = this.own(records);
            let serving = own.stable.iter().map(|served| served.release);
            let coming = own.rollout.iter().map(|rollout| rollout.release);
            let wanted = own.wanted.iter().map(|wanted| wanted.release);
            let known: Vec<_> = serving.chain(coming).chain(wanted).collect();
            let is_known = |(_, release): &(_, tollgate_model::ReleaseRecorded)| {
                known.contains(&release.release)
            };
            let under_way = own.rollout.is_some() || own.promoting.is_some();
            if under_way || found.as_ref().is_some_and(is_known) {
                return Ok((Vec::new(), Followed::Same));
            }
            let (commit, image) = (tip.commit.clone(), image.clone());
            let why = match &found {
                None => "no release here has that image".to_owned(),
                Some(recorded) => {
                    let assessment = this.assess_with(recorded, records)?;
                    if assessment.admits() {
                        let release = recorded.1.release;
                        let commit = commit.clone();
                        let mut events = vec![DeliveryEvent::CommitAdopted { commit, release }];
                        events.extend(this.applied(release));
                        return Ok((events, Followed::Adopted(image)));
                    }
                    let unmet = assessment.unmet().map(|it| format!("{}: {}", it.name, it.found));
                    unmet.collect::<Vec<_>>().join("; ")
                }
            };
            // Said once for a commit, not at every look.
            let is_new = own.refused.as_ref().is_none_or(|(told, _)| *told != commit);
            let event = DeliveryEvent::CommitRefused {
                commit: commit.clone(),
                image: image.clone(),
                why: why.clone(),
            };
            let events = if is_new { vec![event] } else { Vec::new() };
            Ok((events, Followed::Refused { commit, image, why }))
        })?;
        Ok(followed)
    }

    /// A promotion whose process died between the intent and the outcome: Git tells which it was. One
    /// that Git does not have may still be on its way.
    fn resume(&mut self, image: &str, commit: &str) -> Result<(), DeliverError> {
        let own = self.own(&self.record.environments()?);
        let Some((since, promotion)) = own.promoting else { return Ok(()) };
        match self.record.release(&promotion.release)? {
            Some((_, release)) if release.image == image => self.committed(commit, &release),
            _ if self.ports.clock.now().millis_since(since) > PATIENCE.as_millis() as u64 => {
                self.abandon("its process died before Git had it")
            }
            _ => Ok(()),
        }
    }
}
