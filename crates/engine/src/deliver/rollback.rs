//! Back out of an environment. It always wins: nothing is asked but whether it makes sense.

use tollgate_model::{Cause, DeliveryEvent, ReleaseId, ReleaseRecorded, RolledBack};

use super::write::Said;
use super::{DeliverError, Deliverer};
use crate::PortErrorKind;

/// A rollback that is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// To which release; none for the last good one.
    pub to: Option<ReleaseId>,
    /// What made it so.
    pub cause: Cause,
    /// Why.
    pub reason: String,
}

/// A rollback that is in the ledger.
#[derive(Clone, Debug)]
pub struct WentBack {
    /// What went out, and what serves.
    pub back: RolledBack,
    /// The commit to the manifests; none where Git has yet to be told, or there is nothing to tell.
    pub commit: Option<String>,
    /// Why Git was not told.
    pub unwritten: Option<String>,
}

impl Deliverer<'_> {
    /// Takes a release out. It is held from then on. Git is written at once, where it can be reached;
    /// else [`Deliverer::catch_up`] does.
    ///
    /// # Errors
    /// There is nothing to go back from or to, or the ledger can't be written.
    pub fn roll_back(&mut self, asked: &Asked) -> Result<WentBack, DeliverError> {
        let (_, back) = self.transact(|this, records| {
            let back = this.decided(asked, &this.own(records))?;
            Ok((vec![DeliveryEvent::RolledBack(back.clone())], back))
        })?;
        let (commit, unwritten) = match self.catch_up() {
            Ok(commit) => (commit, None),
            Err(error) => (None, Some(error.to_string())),
        };
        Ok(WentBack { back, commit, unwritten })
    }

    fn decided(
        &self,
        asked: &Asked,
        own: &tollgate_model::EnvironmentRecord,
    ) -> Result<RolledBack, DeliverError> {
        let name = &self.environment.name;
        let (cause, reason) = (asked.cause, asked.reason.clone());
        let stable = own.stable.as_ref().map(|served| served.release);
        // What is on its way is what goes first.
        if let Some(rollout) = &own.rollout
            && (asked.to.is_none() || asked.to == stable)
        {
            return Ok(RolledBack { from: rollout.release, to: stable, cause, reason });
        }
        let Some(from) = stable else {
            return Err(DeliverError::Senseless(format!("nothing serves in {name}")));
        };
        let to = asked.to.or_else(|| own.last_good().map(|served| served.release));
        match to {
            Some(_) => Ok(RolledBack { from, to, cause, reason }),
            None => Err(DeliverError::Senseless(format!(
                "nothing served in {name} before {from} that is not held"
            ))),
        }
    }

    /// Tells Git of a rollback that it does not know of: the commit, where there was one to tell of.
    ///
    /// # Errors
    /// Git can't be reached or refuses; it is tried again the next time.
    pub fn catch_up(&mut self) -> Result<Option<String>, DeliverError> {
        loop {
            let own = self.own(&self.record.environments()?);
            let Some(back) = own.unwritten else { return Ok(None) };
            let Some(to) = back.to else { return Ok(None) };
            let Some((_, release)) = self.record.release(&to)? else {
                return Err(DeliverError::Senseless(format!("release {to} is not in the ledger")));
            };
            match self.write(&self.said(&back, &release)?) {
                Ok(written) => {
                    self.told(&back, &written.commit)?;
                    return Ok(Some(written.commit));
                }
                Err(DeliverError::Port(error)) if error.kind == PortErrorKind::Conflict => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Unless another rollback came meanwhile, which Git has yet to be told of.
    fn told(&mut self, back: &RolledBack, commit: &str) -> Result<(), DeliverError> {
        self.transact(|this, records| {
            let commit = commit.to_owned();
            let is_this = this.own(records).unwritten.as_ref() == Some(back);
            let event = is_this.then_some(DeliveryEvent::RollbackCommitted { commit });
            Ok((event.into_iter().collect(), ()))
        })
        .map(|_| ())
    }

    fn said<'r>(
        &self,
        back: &RolledBack,
        release: &'r ReleaseRecorded,
    ) -> Result<Said<'r>, DeliverError> {
        Ok(Said {
            subject: format!(
                "rollback({}): {} {}",
                self.environment.name, self.project, release.release
            ),
            body: format!("{} is out and held: {}", back.from, back.reason),
            approved_by: Vec::new(),
            head: self.record.head()?,
            release,
        })
    }
}
