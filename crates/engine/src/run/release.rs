//! Which images of a run become releases, and what is known of them.

use std::collections::BTreeMap;

use tollgate_model::{
    BuiltImage, Commit, Fact, ReleaseId, ReleaseRecorded, StepId, StepKind, StepResult, StepState,
};

use super::decide::Decider;
use crate::{Case, Certificate, ScanEntry, Shown};

impl Decider<'_> {
    /// The steps whose images become releases and are not yet: once the whole run has passed, at a
    /// commit that says all of what was built.
    pub(super) fn releases_due(&self) -> Vec<StepId> {
        if !self.is_done() || self.is_stopping() || self.commit().is_none() {
            return Vec::new();
        }
        if !self.record().verdict().passed() {
            return Vec::new();
        }
        let recorded = |id: &StepId| {
            self.known_releases().contains(id)
                || self.record().releases.iter().any(|known| known.step == *id)
        };
        let order = self.record().started.steps.iter();
        order.filter(|id| self.image_of(id).is_some() && !recorded(id)).cloned().collect()
    }

    /// Whether no step ran: all that is known was known before.
    pub(super) fn is_all_reused(&self) -> bool {
        let mut steps = self.record().steps.values();
        steps.all(|step| matches!(step.state, StepState::Reused(_)))
    }

    /// The release that the image of `step` is, with all that is known of it.
    pub(super) fn case<'c>(
        &'c self,
        step: &StepId,
        inputs: &'c BTreeMap<StepId, Vec<&'c ScanEntry>>,
    ) -> Option<Case<'c>> {
        let (step, _) = self.record().steps.get_key_value(step)?;
        let started = &self.record().started;
        let (commit, image) = (&self.commit()?.sha, self.image_of(step)?);
        Some(Case {
            plan: self.plan(),
            started,
            started_at: self.record().started_at,
            release: ReleaseId::of(&started.project, commit, step, &image.digest),
            commit,
            step,
            image,
            steps: started.steps.iter().filter_map(|id| self.shown(id, inputs)).collect(),
        })
    }

    /// The fact that it is a release.
    pub(super) fn release(&self, step: &StepId, certificate: Certificate) -> Option<Fact> {
        let started = &self.record().started;
        let (commit, image) = (self.commit()?, self.image_of(step)?);
        Some(Fact::ReleaseRecorded(ReleaseRecorded {
            run: started.run,
            step: step.clone(),
            release: ReleaseId::of(&started.project, &commit.sha, step, &image.digest),
            commit: commit.sha.clone(),
            branch: commit.branch.clone(),
            image: image.digest.clone(),
            key: certificate.key,
            evidence: certificate.evidence,
        }))
    }

    /// The commit, if it says all of what was built.
    fn commit(&self) -> Option<&Commit> {
        self.record().started.commit.as_ref().filter(|commit| !commit.dirty)
    }

    fn image_of(&self, step: &StepId) -> Option<&BuiltImage> {
        let builds = |it: &&tollgate_model::Step| matches!(it.kind, StepKind::Image(_));
        self.plan().steps.get(step).filter(builds)?;
        self.result(step)?.image.as_deref()
    }

    fn result(&self, step: &StepId) -> Option<&StepResult> {
        match &self.record().steps.get(step)?.state {
            StepState::Reused(_) => self.hit(step).map(|hit| &hit.result),
            state => state.result(),
        }
    }

    /// What a step came to, here or where it ran.
    fn shown<'c>(
        &'c self,
        step: &StepId,
        inputs: &'c BTreeMap<StepId, Vec<&'c ScanEntry>>,
    ) -> Option<Shown<'c>> {
        let (step, record) = self.record().steps.get_key_value(step)?;
        let inputs = inputs.get(step).map_or(&[][..], Vec::as_slice);
        match &record.state {
            StepState::Finished(fact) => Some(Shown {
                step,
                key: fact.key?,
                result: &fact.result,
                run: fact.run,
                at: record.since?,
                inputs,
            }),
            StepState::Reused(fact) => {
                let hit = self.hit(step)?;
                let (result, run, at) = (&hit.result, hit.run, hit.at);
                Some(Shown { step, key: fact.key, result, run, at, inputs })
            }
            StepState::Waiting | StepState::Running(_) | StepState::Skipped(_) => None,
        }
    }
}
